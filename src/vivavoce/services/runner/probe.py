"""Whether a language works on this host: its version, its prepared cache, and a small program, all inside the sandbox.

Knows languages and the port, no adapter; what it finds is for ``registry``.
"""

import asyncio
import hashlib
import shutil
import tarfile
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from vivavoce.services.runner.installation import Installation, find
from vivavoce.services.runner.languages import Language, Preparation
from vivavoce.services.runner.sandbox import (
    MIB,
    Ending,
    File,
    Job,
    Profile,
    Sandbox,
    Step,
    StepKind,
    Stream,
)
from vivavoce.services.runner.tools import Host

ARCHIVE_BYTES_MAX = 1024 * MIB  # of a prepared cache
PROBE_OUTPUT_BYTES_MAX = 64 << 10
PATIENCE = 4  # times a run's wall and processor time
VERSION_LENGTH_MAX = 80


class ProbeFailed(Exception):
    """The tools are there and do not work; the message says how, for the log and the doctor."""


@dataclass(frozen=True, slots=True)
class Working:
    """A language that ran its probe program."""

    installation: Installation
    version: str


@dataclass(slots=True)
class _Collector:
    """Keeps what a probe writes."""

    text: dict[str, bytearray] = field(
        default_factory=lambda: {"stdout": bytearray(), "stderr": bytearray()}
    )

    def on_step(self, kind: StepKind) -> None:
        pass

    def on_output(self, stream: Stream, content: bytes) -> None:
        self.text[stream] += content

    def on_idle(self) -> None:
        pass

    def read(self, stream: Stream) -> str:
        return self.text[stream].decode(errors="replace")


async def probe(
    language: Language, *, host: Host, sandbox: Sandbox, caches: Path
) -> Working | None:
    """None if a tool is missing.

    Raises:
        ProbeFailed: the tools are there, but the probe program did not run as it must.
    """
    installation = await asyncio.to_thread(find, language, host)
    if installation is None:
        return None
    version = await _version(installation, sandbox)
    if language.prepare is not None:
        cache = caches / f"{language.id}-{_digest(version, language)}"
        if not cache.is_dir():
            await _prepare(installation, language.prepare, sandbox, cache)
        installation = replace(installation, cache=cache)
    await _run_probe(installation, sandbox)
    return Working(installation, version)


async def _version(installation: Installation, sandbox: Sandbox) -> str:
    step = _patient(installation.tool_step(installation.language.version))
    output = await _run(sandbox, installation.profile(), Job((), (step,), PROBE_OUTPUT_BYTES_MAX))
    lines = output.strip().splitlines()
    return lines[0][:VERSION_LENGTH_MAX] if lines else "unknown version"


async def _run_probe(installation: Installation, sandbox: Sandbox) -> None:
    language = installation.language
    files = (File(language.entry, language.probe.source.encode()),)
    steps = tuple(map(_patient, installation.job(files, language.entry).steps))
    job = Job(files, steps, PROBE_OUTPUT_BYTES_MAX)
    output = await _run(sandbox, installation.profile(), job)
    if output != language.probe.expect:
        message = f"{language.label} printed {output[:200]!r} instead of {language.probe.expect!r}."
        raise ProbeFailed(message)


def _patient(step: Step) -> Step:
    """A host that is starting is slow, and a language that fails its probe stays away until the next start."""
    limits = step.limits
    return replace(
        step,
        limits=replace(limits, wall_s=PATIENCE * limits.wall_s, cpu_s=PATIENCE * limits.cpu_s),
    )


async def _run(sandbox: Sandbox, profile: Profile, job: Job) -> str:
    """Its standard output."""
    collector = _Collector()
    box = await sandbox.open(profile)
    ending = await box.execute(job, collector)
    _check(profile, ending, collector.read("stderr"))
    return collector.read("stdout")


def _check(profile: Profile, ending: Ending, stderr: str) -> None:
    if ending.exit_code != 0 or ending.stopped or ending.fault:
        why = ending.fault or (ending.stopped or f"exit code {ending.exit_code}")
        message = f"{profile.name}: its {ending.step.kind} step ended with {why}. {stderr[-500:]}"
        raise ProbeFailed(message.strip())


# --- prepared caches ------------------------------------------------------------------------------


@dataclass(slots=True)
class _ArchiveWriter:
    """Standard output into a file, for it may be large."""

    file: IO[bytes]
    stderr: bytearray = field(default_factory=bytearray)

    def on_step(self, kind: StepKind) -> None:
        pass

    def on_output(self, stream: Stream, content: bytes) -> None:
        if stream == "stdout":
            self.file.write(content)
        else:
            self.stderr += content

    def on_idle(self) -> None:
        pass


async def _prepare(
    installation: Installation, preparation: Preparation, sandbox: Sandbox, cache: Path
) -> None:
    """No stranger's code runs here, only the language's own tools; still its output comes by pipe."""
    profile = replace(
        installation.profile(),
        env={**installation.language.env, **preparation.env},
        disk_bytes=preparation.disk_mb * MIB,
    )
    step = _patient(installation.tool_step(preparation.command))
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=cache.parent) as file:
        writer = _ArchiveWriter(file)
        box = await sandbox.open(profile)
        ending = await box.execute(Job((), (step,), ARCHIVE_BYTES_MAX), writer)
        _check(profile, ending, writer.stderr.decode(errors="replace"))
        file.seek(0)
        await asyncio.to_thread(_unpack, file, cache)


def _unpack(file: IO[bytes], cache: Path) -> None:
    """All or nothing: into a neighbour, then renamed."""
    unpacked = Path(tempfile.mkdtemp(dir=cache.parent, prefix=f"{cache.name}."))
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            archive.extractall(unpacked, filter="data")
        _make_readable(unpacked)
        unpacked.rename(cache)
    except tarfile.TarError as error:
        shutil.rmtree(unpacked, ignore_errors=True)
        message = f"What was prepared is no archive: {error}."
        raise ProbeFailed(message) from error
    except OSError:
        shutil.rmtree(unpacked, ignore_errors=True)
        if not cache.is_dir():  # else another server was faster
            raise


def _make_readable(folder: Path) -> None:
    """For the users of the boxes, whatever the server's umask is."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _digest(version: str, language: Language) -> str:
    assert language.prepare is not None
    content = f"{version}\n{language.prepare.model_dump_json()}"
    return hashlib.sha256(content.encode()).hexdigest()[:16]
