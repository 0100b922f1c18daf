"""A run from the click to its end: hears its box and turns what it hears into the room's frames. Starts nothing itself."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from vivavoce.contracts.runs import INPUT_BYTES_MAX, RunQueued, RunResult, Verdict
from vivavoce.kernel.errors import LimitExceeded, NotFound
from vivavoce.kernel.ids import InterviewId, ParticipantId, RunId
from vivavoce.services.runner.installation import Installation
from vivavoce.services.runner.output import BATCH_MS, OutputBatch
from vivavoce.services.runner.room import Room
from vivavoce.services.runner.sandbox import Box, Ending, Job, StepKind, Stream
from vivavoce.services.runner.verdict import judge


class RunUnknown(NotFound):
    """The run has ended, or never was in this room."""

    code = "run_unknown"


class RunNotStarted(RunUnknown):
    """It waits, and takes no input yet."""


class InputTooLarge(LimitExceeded):
    """More than ``INPUT_BYTES_MAX`` in one run."""

    code = "input_too_large"


@dataclass(slots=True)
class ActiveRun:
    """The listener of its box; ``box`` is there while it runs. ``rest`` is called when it waits for input or time."""

    id: RunId
    interview: InterviewId
    participant: ParticipantId
    room: Room
    head: RunQueued
    installation: Installation
    job: Job
    rest: Callable[[], None]
    box: Box | None = None
    is_cancelled: bool = False
    _typed_bytes: int = 0
    _batch: OutputBatch = field(default_factory=OutputBatch)
    _timer: asyncio.TimerHandle | None = None
    _flushed_s: float = 0.0

    def on_step(self, kind: StepKind) -> None:
        self._flush()
        self.room.enter(kind)

    def on_output(self, stream: Stream, content: bytes) -> None:
        if self._batch.add(stream, content):
            self._flush()
        else:
            self._flush_soon()

    def on_idle(self) -> None:
        self.rest()

    def type(self, text: str) -> None:
        """Hand it to the program, and show it where it stands in the output.

        Raises:
            RunNotStarted: it has no box yet.
            InputTooLarge: so much was not typed in good faith.
            InputTooFast: the program does not read.
        """
        content = text.encode(errors="replace")
        if self._typed_bytes + len(content) > INPUT_BYTES_MAX:
            message = f"A run takes at most {INPUT_BYTES_MAX >> 10} KB of input."
            raise InputTooLarge(message)
        self._running_box().write_input(content)
        self._typed_bytes += len(content)
        self._batch.add_text("stdin", text)
        self._flush()

    def end_input(self) -> None:
        """Raises:
        RunNotStarted: it has no box yet.
        """
        self._running_box().end_input()

    def _running_box(self) -> Box:
        if self.box is None:
            message = "The program has not started yet."
            raise RunNotStarted(message)
        return self.box

    def stop(self) -> None:
        self.is_cancelled = True
        if self.box is not None:
            self.box.stop()

    def finish(self, ending: Ending) -> RunResult:
        """The last frames; what they say."""
        self.room.write(self._batch.finish())
        self._disarm()
        judgement = judge(ending)
        result = RunResult(
            run=self.id,
            verdict=judgement.verdict,
            exit_code=judgement.exit_code,
            signal=judgement.signal,
            wall_ms=ending.wall_ms,
            cpu_ms=ending.cpu_ms,
            peak_bytes=ending.peak_bytes,
            sentence=judgement.sentence,
        )
        self.room.finish(result)
        return result

    def _flush_soon(self) -> None:
        """The first bytes after a pause go at once; what follows within ``BATCH_MS`` goes together."""
        loop = asyncio.get_running_loop()
        due_s = self._flushed_s + BATCH_MS / 1000
        if loop.time() >= due_s:
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_at(due_s, self._flush)

    def _flush(self) -> None:
        self._flushed_s = asyncio.get_running_loop().time()
        self._disarm()
        self.room.write(self._batch.take())

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def never_started(run: RunQueued) -> RunResult:
    """Of a run that was stopped while it waited."""
    return RunResult(
        run=run.run,
        verdict=Verdict.CANCELLED,
        exit_code=None,
        signal=None,
        wall_ms=0,
        cpu_ms=None,
        peak_bytes=None,
        sentence="Stopped by a participant before it started.",
    )
