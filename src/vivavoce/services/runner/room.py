"""One room's current or last run, as frames that each watcher pulls at its own pace. Knows no socket and no sandbox.

A watcher keeps only its place in the room's list of frames. So a slow one costs nothing, nothing is copied a
watcher, and what a room holds is bounded by the output limit of one run.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import BaseModel

from vivavoce.contracts.runs import RunOutput, RunQueued, RunResult, RunSnapshot, RunStage
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.runner.output import Chunk, joined
from vivavoce.services.runner.sandbox import StepKind

DIRECT_FRAMES_MAX = (
    64  # answers to one watcher that wait to be sent; beyond, it does not read and is cut
)


class Room:
    """Frames of one run after another; ``generation`` counts the runs."""

    def __init__(self) -> None:
        self.generation = 0
        self.frames: list[str] = []
        self.watchers: set[Watcher] = set()
        self._head: RunQueued | None = None
        self._stage: StepKind | None = None
        self._chunks: list[Chunk] = []
        self._result: RunResult | None = None

    def begin(self, head: RunQueued) -> None:
        """A new run; the last one is forgotten."""
        self.generation += 1
        self.frames = []
        self._chunks = []
        self._stage = self._result = None
        self.requeue(head)

    def requeue(self, head: RunQueued) -> None:
        """Its place in the queue changed."""
        self._head = head
        self._add(head)

    def enter(self, stage: StepKind) -> None:
        assert self._head is not None
        self._stage = stage
        self._add(RunStage(run=self._head.run, stage=stage))

    def write(self, chunks: list[Chunk]) -> None:
        assert self._head is not None
        for chunk in chunks:
            self._chunks.append(chunk)
            self._add(RunOutput(run=self._head.run, stream=chunk.stream, text=chunk.text))

    def finish(self, result: RunResult) -> None:
        self._result = result
        self._add(result)

    def snapshot(self) -> RunSnapshot:
        """For one who just came: everything so far, in few pieces."""
        self._chunks = joined(self._chunks)
        head = self._head
        run = head.run if head else ""
        return RunSnapshot(
            queued=head,
            stage=self._stage,
            output=[RunOutput(run=run, stream=c.stream, text=c.text) for c in self._chunks],
            result=self._result,
        )

    def _add(self, message: BaseModel) -> None:
        self.frames.append(message.model_dump_json())
        for watcher in self.watchers:
            watcher.wake()


@dataclass(slots=True, eq=False)
class Watcher:
    """One connection's place. ``wake`` tells it of news; ``close_code`` asks it to close itself."""

    room: Room
    participant: ParticipantId
    first: Callable[[], BaseModel]
    wake: Callable[[], None]
    close_code: int | None = None
    _direct: deque[str] = field(default_factory=deque[str])
    _generation: int = -1
    _index: int = 0

    def answer(self, message: BaseModel) -> bool:
        """Queue a frame for this watcher alone; false when too many wait."""
        if len(self._direct) >= DIRECT_FRAMES_MAX:
            return False
        self._direct.append(message.model_dump_json())
        self.wake()
        return True

    def close(self, code: int) -> None:
        self.close_code = code
        self.wake()

    def next_frame(self) -> str | None:
        """The next to send; none when it has everything."""
        if self._generation == -1:
            self._generation, self._index = self.room.generation, len(self.room.frames)
            self._direct.appendleft(self.room.snapshot().model_dump_json())
            return self.first().model_dump_json()
        if self._direct:
            return self._direct.popleft()
        if self._generation != self.room.generation:
            self._generation, self._index = self.room.generation, 0
        if self._index < len(self.room.frames):
            self._index += 1
            return self.room.frames[self._index - 1]
        return None
