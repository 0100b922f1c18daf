"""The runner's messages: the one source of ``protocol/runs.schema.json`` and of the TypeScript types.

One JSON WebSocket a participant, ``/api/rooms/{interview}/runs``. First frame: ``hello`` with a ticket from
``POST /api/rooms/{interview}/runs/ticket``. The server answers with ``languages`` and the room's current or
last run (``snapshot``), then streams. Everybody in the room sees every run.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

# The files and nearly as much again, since JSON writes two characters for a quote or a line's end.
FRAME_BYTES_MAX = 1000 << 10
FILE_BYTES_MAX = 256 << 10
FILES_MAX = 50
FILES_BYTES_MAX = 512 << 10
FILE_NAME_LENGTH_MAX = 120
STDIN_BYTES_MAX = 16 << 10
INPUT_BYTES_MAX = 512 << 10  # of one run: everybody is shown it, so the server keeps it


class Verdict(StrEnum):
    """How a run ended."""

    OK = "ok"
    NONZERO = "nonzero"
    SIGNAL = "signal"
    WALL = "wall"
    CPU = "cpu"
    MEMORY = "memory"
    OUTPUT = "output"
    PROCESSES = "processes"
    COMPILE_ERROR = "compile_error"
    CANCELLED = "cancelled"
    SANDBOX_ERROR = "sandbox_error"


class _FromClient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _FromServer(BaseModel):
    model_config = ConfigDict(frozen=True)


class RunHello(_FromClient):
    type: Literal["hello"] = "hello"
    ticket: str = Field(max_length=200)


class SourceFile(_FromClient):
    """A file of the workspace; ``name`` is relative, ``/`` between folders, no ``..``."""

    name: str = Field(min_length=1, max_length=FILE_NAME_LENGTH_MAX)
    text: str = Field(max_length=FILE_BYTES_MAX)


class StartRun(_FromClient):
    """Run ``entry`` with all files beside it. Refused with ``run_in_progress`` while the room has one."""

    type: Literal["start"] = "start"
    language: str = Field(max_length=32)
    entry: str = Field(max_length=FILE_NAME_LENGTH_MAX)
    files: list[SourceFile] = Field(min_length=1, max_length=FILES_MAX)


class Stdin(_FromClient):
    type: Literal["stdin"] = "stdin"
    run: str = Field(max_length=64)
    text: str = Field(max_length=STDIN_BYTES_MAX)
    eof: bool = False


class StopRun(_FromClient):
    type: Literal["stop"] = "stop"
    run: str = Field(max_length=64)


class RunPing(_FromClient):
    type: Literal["ping"] = "ping"


RunClientMessage = Annotated[
    RunHello | StartRun | Stdin | StopRun | RunPing, Field(discriminator="type")
]


class LanguageInfo(_FromServer):
    """A language of the registry. ``available`` is the result of a probe run; if false, ``install`` says what to
    install, or is null while the language is still being checked (``languages`` comes again when that changes)."""

    id: str
    label: str
    version: str | None
    available: bool
    install: str | None
    extensions: list[str]
    entry: str
    template: str


class Languages(_FromServer):
    """``unavailable`` is a sentence when this host cannot isolate code, and then nothing runs."""

    type: Literal["languages"] = "languages"
    languages: list[LanguageInfo]
    unavailable: str | None


class RunQueued(_FromServer):
    """A run was asked for. Sent again when ``ahead``, the number of waiting runs of other rooms that come first, changes."""

    type: Literal["queued"] = "queued"
    run: str
    by: str
    by_name: str
    language: str
    entry: str
    ahead: int
    at: int


class RunStage(_FromServer):
    type: Literal["stage"] = "stage"
    run: str
    stage: Literal["compile", "run"]


class RunOutput(_FromServer):
    """Bytes decoded as UTF-8 with replacement; ``stdin`` echoes what a participant typed."""

    type: Literal["output"] = "output"
    run: str
    stream: Literal["stdout", "stderr", "stdin"]
    text: str


class RunResult(_FromServer):
    """``sentence`` says it for people. Peak memory is of the whole process tree; null where it cannot be measured."""

    type: Literal["finished"] = "finished"
    run: str
    verdict: Verdict
    exit_code: int | None
    signal: str | None
    wall_ms: int
    cpu_ms: int | None
    peak_bytes: int | None
    sentence: str


class RunSnapshot(_FromServer):
    """The room's current or last run, for one who just came: its head, its stage if it has begun, its output so far
    and its result if it has ended."""

    type: Literal["snapshot"] = "snapshot"
    queued: RunQueued | None
    stage: Literal["compile", "run"] | None
    output: list[RunOutput]
    result: RunResult | None


class RunError(_FromServer):
    """A message was refused; the socket lives on."""

    type: Literal["error"] = "error"
    code: str
    message: str


class RunPong(_FromServer):
    type: Literal["pong"] = "pong"


RunServerMessage = Annotated[
    Languages | RunQueued | RunStage | RunOutput | RunResult | RunSnapshot | RunError | RunPong,
    Field(discriminator="type"),
]
