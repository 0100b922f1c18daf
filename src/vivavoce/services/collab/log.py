"""The port for what nobody may lose: the ordered updates of one document, with author and time.

The log is the document: its state is what the updates give, in order, without those refused later. Replay reads the same log.
"""

from dataclasses import dataclass, field
from typing import Protocol

from vivavoce.kernel.clock import Millis
from vivavoce.kernel.errors import Unavailable
from vivavoce.kernel.ids import InterviewId

SERVER_AUTHOR = "server"


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted update: its original bytes, who sent it and when; ``client`` is the first Yjs client id in it, or 0."""

    seq: int
    at: Millis
    author: str
    client: int
    update: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The document's state after the entry ``seq``."""

    seq: int
    state: bytes


@dataclass(slots=True)
class History:
    """All that a log holds. ``refused`` entries must be passed over; snapshots do not contain them."""

    entries: list[Entry] = field(default_factory=list[Entry])
    snapshots: list[Snapshot] = field(default_factory=list[Snapshot])
    refused: set[int] = field(default_factory=set[int])


class LogDamaged(Unavailable):
    """The log cannot be read to its end, or written; its document stays closed."""

    code = "log_damaged"


class UpdateLog(Protocol):
    """One writer. What is appended survives the process at once, and the machine after the next ``sync``."""

    def append(self, at: Millis, author: str, client: int, update: bytes) -> int:
        """The new entry's sequence number; the first is 1.

        Raises:
            LogDamaged: it could not be written whole; the log is as it was before.
        """
        ...

    def refuse(self, seq: int) -> None:
        """Mark an entry that must never be applied again."""
        ...

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Let later loads begin here."""
        ...

    @property
    def last(self) -> int:
        """The sequence number of the last entry; 0 if there is none."""
        ...

    @property
    def size_bytes(self) -> int: ...

    def sync(self) -> None:
        """Bring everything appended so far to the disk; may block, may run in another thread.

        Raises:
            OSError: the disk did not take it. Nothing may be acknowledged any more.
        """
        ...

    def read(self) -> History:
        """All that was appended; may block."""
        ...

    def close(self) -> None: ...


class LogStore(Protocol):
    """Where the logs are."""

    def open(self, interview: InterviewId, document: str) -> tuple[UpdateLog, History]:
        """The document's log, made if there is none, and what it holds; may block.

        Raises:
            LogDamaged: it is held by another process, or broken before its end.
        """
        ...
