"""Each language that this host has, through the real sandbox: its template, its input, its errors, its limits."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vivavoce.contracts.runs import Verdict
from vivavoce.kernel.clock import SystemClock
from vivavoce.services.runner.languages import Language, load_languages
from vivavoce.services.runner.probe import ProbeFailed, Working, probe
from vivavoce.services.runner.registry import Registry
from vivavoce.services.runner.sandbox import Box, File, Sandbox, Stream
from vivavoce.services.runner.sandboxes.bubblewrap import BubblewrapOptions, BubblewrapSandbox
from vivavoce.services.runner.tools import Host
from vivavoce.services.runner.verdict import judge

from .cell import Heard, isolation_missing
from .programs import BROKEN, GREETING, PROGRAMS
from .stage import PROJECT, languages

MISSING = isolation_missing()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no isolation on this host: {MISSING}")
LANGUAGES = load_languages()


@pytest.fixture(scope="module")
def caches() -> Path:
    """Kept between runs, and shared with the whole program's tests: Go's library takes a minute of processor time."""
    return PROJECT / ".pytest_cache" / "runner"


@pytest.fixture(scope="module")
def known() -> dict[str, Working]:
    """What was found out already, by language."""
    return {}


@pytest.fixture
async def sandbox() -> AsyncGenerator[Sandbox]:
    made = BubblewrapSandbox(clock=SystemClock(), options=BubblewrapOptions(allow_weak=True))
    await made.start()
    yield made
    await made.close()


async def working(language: Language, sandbox: Sandbox, caches: Path) -> Working:
    host = Host(home=Path.home(), project=PROJECT)
    found = await probe(language, host=host, sandbox=sandbox, caches=caches)
    if found is None:
        pytest.skip(f"not on this host: {language.install}")
    return found


@dataclass
class Typist(Heard):
    """Answers a question as soon as it is seen."""

    box: Box | None = None

    def on_output(self, stream: Stream, content: bytes) -> None:
        super().on_output(stream, content)
        if self.box is not None and bytes(self.stdout) == b"Name: ":
            self.box.write_input(b"Caro\n")


async def run(
    found: Working, sandbox: Sandbox, files: dict[str, str], entry: str
) -> tuple[Verdict, str, str]:
    box = await sandbox.open(found.installation.profile())
    heard = Typist(box=box)
    given = tuple(File(name, text.encode()) for name, text in files.items())
    verdict = judge(await box.execute(found.installation.job(given, entry), heard)).verdict
    return verdict, heard.stdout.decode(), heard.stderr.decode()


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
async def test_a_language_runs_its_template_reads_input_and_shows_its_errors(
    language: Language, sandbox: Sandbox, caches: Path, known: dict[str, Working]
) -> None:
    found = known[language.id] = await working(language, sandbox, caches)
    entry = language.entry
    verdict, stdout, stderr = await run(found, sandbox, {entry: language.template}, entry)
    assert (verdict, stdout) == (Verdict.OK, "Hello, world!\n"), stderr
    verdict, stdout, stderr = await run(found, sandbox, {entry: GREETING[language.id]}, entry)
    assert (verdict, stdout) == (Verdict.OK, "Name: to Caro\n"), stderr
    broken = BROKEN.get(language.id, "(")
    verdict, _, stderr = await run(found, sandbox, {entry: broken}, entry)
    expected = Verdict.COMPILE_ERROR if language.compile else Verdict.NONZERO
    assert verdict is expected
    assert entry in stderr


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
async def test_a_language_runs_what_people_bring_to_interviews(
    language: Language, sandbox: Sandbox, caches: Path, known: dict[str, Working]
) -> None:
    found = known.get(language.id) or await working(language, sandbox, caches)
    for program in PROGRAMS[language.id]:
        verdict, stdout, stderr = await run(found, sandbox, program.files, program.entry)
        assert (stdout, program.stderr in stderr) == (program.stdout, True), (
            f"{program.name}: {verdict} {stderr}"
        )


async def test_a_prepared_cache_is_made_once(sandbox: Sandbox, caches: Path) -> None:
    (go,) = languages("go")
    first = await working(go, sandbox, caches)
    made = first.installation.cache
    assert made is not None
    before = made.stat().st_ctime_ns
    again = await working(go, sandbox, caches)
    assert again.installation.cache == made
    assert made.stat().st_ctime_ns == before


async def test_a_language_whose_probe_prints_something_else_is_shown_as_not_working(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (bash,) = languages("bash")
    wrong = bash.model_copy(update={"probe": bash.probe.model_copy(update={"expect": "hallo\n"})})
    host = Host(home=tmp_path, project=tmp_path)
    with pytest.raises(ProbeFailed, match="instead of 'hallo"):
        await probe(wrong, host=host, sandbox=sandbox, caches=tmp_path)
    registry = Registry([wrong])
    assert registry.infos()[0].install is None
    await registry.probe_all(host=host, sandbox=sandbox, caches=tmp_path)
    (shown,) = registry.infos()
    assert (shown.available, shown.install) == (False, bash.install)
    assert "instead of" in registry.failures["bash"]


async def test_a_cache_that_is_no_archive_takes_nobody_elses_language_away(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (bash,) = languages("bash")
    prepare = {"command": {"argv": ["{bash}", "-c", "echo no archive"]}, "env": {}}
    wrong = Language.model_validate(bash.model_dump() | {"id": "wrong", "prepare": prepare})
    later = Language.model_validate(
        bash.model_dump()
        | {"prepare": prepare | {"command": {"argv": ["/bin/tar", "-c", "-T", "/dev/null"]}}}
    )
    registry = Registry([wrong, later])
    host = Host(home=tmp_path, project=tmp_path)
    await registry.probe_all(host=host, sandbox=sandbox, caches=tmp_path / "caches")
    assert [(shown.id, shown.available) for shown in registry.infos()] == [
        ("wrong", False),
        ("bash", True),
    ]
    assert "archive" in registry.failures["wrong"]


async def test_a_toolchain_that_only_root_can_reach_is_shown_to_the_boxs_user(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """A folder as closed as /root is; the host's own mounts stay as they were."""
    closed = tmp_path / "closed"
    (closed / "toys/bin").mkdir(parents=True)
    (closed / "toys/bin/toy").write_text("#!/bin/sh\necho played\n")
    (closed / "toys/bin/toy").chmod(0o755)
    (closed / "secret").write_text("secret")
    closed.chmod(0o700)
    (bash,) = languages("bash")
    candidate = {"root": str(closed / "toys"), "mount": "/opt/toys", "program": "bin/toy"}
    fields = bash.model_dump() | {
        "tools": {"toy": {"candidates": [candidate]}},
        "version": {"argv": ["{toy}"]},
        "run": {"argv": ["/bin/sh", "-c", "{toy}; ls /opt/toys; ls /mnt; ls " + str(closed)]},
        "probe": {"source": "", "expect": "played\nbin\n"},
    }
    mounts = Path("/proc/self/mounts").read_text()
    with pytest.raises(ProbeFailed, match="No such file"):
        await probe(
            Language.model_validate(fields),
            host=Host(home=tmp_path, project=tmp_path),
            sandbox=sandbox,
            caches=tmp_path,
        )
    fields["run"] = {"argv": ["/bin/sh", "-c", "{toy}; ls /opt/toys"]}
    found = await probe(
        Language.model_validate(fields),
        host=Host(home=tmp_path, project=tmp_path),
        sandbox=sandbox,
        caches=tmp_path,
    )
    assert found is not None
    assert found.version == "played"
    assert Path("/proc/self/mounts").read_text() == mounts
