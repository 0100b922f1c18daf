"""Power cuts: logs that note how far they are on the disk, and the loss of a part of what is beyond."""

import os
import random
from pathlib import Path

from vivavoce.kernel.clock import Millis
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.collab.file_log import FileLogStore
from vivavoce.services.collab.log import History, Snapshot, UpdateLog


class NotedLogStore:
    """Beside each log a file with the size up to which it was synced."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._store = FileLogStore(directory)

    def open(self, interview: InterviewId, document: str) -> tuple[UpdateLog, History]:
        log, history = self._store.open(interview, document)
        return _NotedLog(log, self._directory / interview / f"{document}.synced"), history


class _NotedLog:
    """A log that writes a note after each sync; what is appended while the disk works is not in it."""

    def __init__(self, log: UpdateLog, note: Path) -> None:
        self._log = log
        self._note = os.open(note, os.O_RDWR | os.O_CREAT, 0o600)

    def append(self, at: Millis, author: str, client: int, update: bytes) -> int:
        return self._log.append(at, author, client, update)

    def refuse(self, seq: int) -> None:
        self._log.refuse(seq)

    def add_snapshot(self, snapshot: Snapshot) -> None:
        self._log.add_snapshot(snapshot)

    def read(self) -> History:
        return self._log.read()

    @property
    def last(self) -> int:
        return self._log.last

    @property
    def size_bytes(self) -> int:
        return self._log.size_bytes

    def sync(self) -> None:
        size_bytes = self._log.size_bytes
        self._log.sync()
        os.pwrite(self._note, size_bytes.to_bytes(8, "big"), 0)

    def close(self) -> None:
        os.close(self._note)
        self._log.close()


def cut_power(directory: Path, *, seed: int) -> None:
    """Each log keeps what was synced and, of the rest, what chance leaves it."""
    chance = random.Random(seed)
    for log in sorted(directory.glob("*/*.log")):
        note = log.with_suffix(".synced")
        synced = int.from_bytes(note.read_bytes(), "big") if note.exists() else 0
        size = log.stat().st_size
        os.truncate(log, chance.randint(min(synced, size), size))
