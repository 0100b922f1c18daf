"""The port for isolation: what the runner asks of whatever keeps a stranger's program away from everything.

Knows no language and no room. An adapter either isolates as it states in ``Isolation`` or raises
``SandboxUnavailable``; there is no adapter that runs code without isolation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

from vivavoce.kernel.errors import LimitExceeded, Unavailable

Stream = Literal["stdout", "stderr"]
StepKind = Literal["compile", "run"]

MIB = 1 << 20
WORK_DIR = "/work"  # where the files are inside; the program starts there


class SandboxUnavailable(Unavailable):
    """This host cannot isolate code; the message says why, ``remedy`` what to do."""

    code = "sandbox_unavailable"

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class InputTooFast(LimitExceeded):
    """The program does not read what is typed."""

    code = "input_too_fast"


@dataclass(frozen=True, slots=True)
class Isolation:
    """How code is kept apart on this host; ``weaknesses`` says, in sentences, what the full mode would add."""

    name: str
    weaknesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one step. ``memory_bytes`` and ``processes`` hold for the whole process tree."""

    wall_s: float = 10
    cpu_s: int = 10
    memory_bytes: int = 256 * MIB
    processes: int = 64


@dataclass(frozen=True, slots=True)
class Mount:
    """A host path shown read-only inside."""

    source: Path
    target: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a box looks like before any file of a job is in it. ``name`` is for logs."""

    name: str
    mounts: tuple[Mount, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    disk_bytes: int = 32 * MIB
    file_bytes: int = 16 * MIB
    cpus: float = 1.0


@dataclass(frozen=True, slots=True)
class File:
    """``name`` is a checked relative path (``files.check_file_name``)."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """A command, no line break in it; every step but a job's last gets an empty standard input."""

    kind: StepKind
    argv: tuple[str, ...]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Job:
    """Files and the steps to take with them; a step that fails is the last."""

    files: tuple[File, ...]
    steps: tuple[Step, ...]
    output_bytes_max: int = MIB


class Stopped(StrEnum):
    """Why we ended a program that did not end itself."""

    WALL = "wall"
    CPU = "cpu"
    MEMORY = "memory"
    OUTPUT = "output"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ended, in its last step. Times are of that step. ``fault`` is our own failure, for the log."""

    step: Step
    exit_code: int | None
    stopped: Stopped | None = None
    out_of_memory: bool = False
    refused_processes: int = 0
    wall_ms: int = 0
    cpu_ms: int | None = None
    peak_bytes: int | None = None
    fault: str | None = None


class Listener(Protocol):
    """Hears what happens in a box, on the event loop; must not block."""

    def on_step(self, kind: StepKind) -> None: ...

    def on_output(self, stream: Stream, content: bytes) -> None: ...

    def on_idle(self) -> None:
        """Once in a job, when its last step has not worked for a while: it waits for input, or for time to pass."""
        ...


class Box(Protocol):
    """One isolated place for one job, then destroyed."""

    @property
    def alive(self) -> bool:
        """Whether it can still take a job."""
        ...

    async def execute(self, job: Job, listener: Listener) -> Ending:
        """Run the job to its end; afterwards nothing of it is left. Cancelling ends the program too."""
        ...

    def write_input(self, content: bytes) -> None:
        """Type into the running program; restarts the wall time of its step.

        Raises:
            InputTooFast: too much is waiting unread.
        """
        ...

    def end_input(self) -> None: ...

    def stop(self) -> None:
        """End the program now; ``execute`` returns soon after."""
        ...

    async def close(self) -> None:
        """Destroy an unused box; a no-op after ``execute``."""
        ...


class Sandbox(Protocol):
    """Makes boxes."""

    @property
    def isolation(self) -> Isolation: ...

    async def open(self, profile: Profile) -> Box:
        """A fresh box, namespaces up and waiting for a job.

        Raises:
            SandboxUnavailable: it could not be made.
        """
        ...
