"""What ``vivavoce doctor`` asks of this service: can code be isolated here, and which languages work. Starts no server."""

from typing import NamedTuple

from vivavoce.kernel.clock import SystemClock
from vivavoce.services.runner import RunnerOptions, make_sandbox
from vivavoce.services.runner.languages import load_languages
from vivavoce.services.runner.registry import Registry
from vivavoce.services.runner.sandbox import Isolation, Sandbox, SandboxUnavailable


class Check(NamedTuple):
    """One line of the doctor; ``remedy`` is empty when there is nothing to do."""

    name: str
    ok: bool
    detail: str
    remedy: str


async def check(options: RunnerOptions) -> list[Check]:
    """The sandbox's mode, then each language; takes some seconds, the first time more."""
    sandbox = make_sandbox(SystemClock(), options)
    try:
        await sandbox.start()
    except SandboxUnavailable as error:
        return [Check("sandbox", False, error.message, error.remedy)]
    try:
        return [_isolation(sandbox.isolation), *await _languages(sandbox, options)]
    finally:
        await sandbox.close()


def _isolation(isolation: Isolation) -> Check:
    detail = " ".join([f"{isolation.name}.", *isolation.weaknesses])
    return Check("sandbox", True, detail, "")


async def _languages(sandbox: Sandbox, options: RunnerOptions) -> list[Check]:
    registry = Registry(load_languages())
    await registry.probe_all(host=options.host, sandbox=sandbox, caches=options.caches)
    return [
        Check(
            f"language {language.label}",
            language.available,
            language.version or registry.failures.get(language.id, "not installed"),
            language.install or "",
        )
        for language in registry.infos()
    ]
