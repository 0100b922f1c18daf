"""SQLite behind an event loop: one writer thread that commits in groups, and a few readers.

All writes that wait are done in one transaction with one fsync, so that a commit that survives a power cut
(``synchronous=FULL``) costs its fsync once a group, not once a write. In WAL mode readers never wait for the writer.
Nothing here knows of documents or events.
"""

import asyncio
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog

from vivavoce.kernel.errors import Unavailable

WRITES_WAITING_MAX = 1024  # beyond it a writer waits for room
GROUP_WRITES_MAX = 256  # in one transaction
READERS = 2
READS_WAITING_MAX = 1024
LAZY_WRITE_S = 0.05  # how long a lazy write waits for others to share a commit with
BUSY_TIMEOUT_S = 10.0  # another process, such as a command line, may hold the write lock

R = TypeVar("R")

_log = structlog.get_logger(__name__)
Work = Callable[[sqlite3.Connection], R]


def connect(path: Path) -> sqlite3.Connection:
    """A connection in WAL mode; the file is created for its owner only.

    Raises:
        Unavailable: the file is no database, or cannot be opened.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(f"The database {path} cannot be opened: {error}.") from error
    return connection


@dataclass(slots=True, eq=False)
class _Write:
    """``committed`` is called in the loop after the commit, also if nobody waits for the result any more."""

    work: Work[Any]
    future: "asyncio.Future[Any] | None" = None
    committed: Callable[[Any], None] | None = None
    outcome: Any = None
    error: Exception | None = None


class Writer:
    """The only connection of this process that writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(WRITES_WAITING_MAX)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Work[R], *, committed: Callable[[R], None] | None = None) -> R:
        """The work's result, once it is on disk. If this call is cancelled the write may still happen.

        Raises:
            Unavailable: the database could not do it, for instance because the disk is full.
            Exception: what the work raised; its changes are undone, those of others are not.
        """
        async with self._room:
            self._check_open()
            future: asyncio.Future[R] = self._loop.create_future()
            self._waiting.put(_Write(work, future, committed))
            return await future

    def write_lazily(self, work: Work[Any]) -> None:
        """Do it with the next commit, or after ``LAZY_WRITE_S``; a kill may forget it."""
        if not self._closed:
            self._waiting.put(_Write(work))

    async def close(self) -> None:
        """Commit what waits and end the thread."""
        if self._closed:
            return
        self._closed = True
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)
        self._connection.close()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("The server is stopping.")

    def _run(self) -> None:
        lazy: list[_Write] = []  # and what is committed with them
        last = False
        while not last:
            group, last = self._next_group(linger=bool(lazy))
            timed_out = not group
            lazy += group
            if last or timed_out or len(lazy) >= GROUP_WRITES_MAX or any(w.future for w in group):
                self._commit(lazy)
                lazy = []

    def _next_group(self, *, linger: bool) -> tuple[list[_Write], bool]:
        """What waits now, and whether it is the last; nothing if ``linger`` and the time is over."""
        group: list[_Write] = []
        try:
            write = self._waiting.get(timeout=LAZY_WRITE_S if linger else None)
            while write is not None:
                group.append(write)
                if len(group) == GROUP_WRITES_MAX:
                    return group, False
                write = self._waiting.get_nowait()
        except queue.Empty:
            return group, False
        return group, True

    def _commit(self, group: list[_Write]) -> None:
        if not group:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for write in group:
                self._do(write)
            self._connection.execute("COMMIT")
        except Exception as error:
            self._undo(group, error)
        self._settle_in_loop(group)

    def _do(self, write: _Write) -> None:
        self._connection.execute("SAVEPOINT one")
        try:
            write.outcome = write.work(self._connection)
        except Exception as error:
            if not self._connection.in_transaction:  # SQLite gave up the whole group
                raise
            write.error = _as_told(error)
            self._connection.execute("ROLLBACK TO one")
        self._connection.execute("RELEASE one")

    def _undo(self, group: list[_Write], error: Exception) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        for write in group:
            write.error = _as_told(error)

    def _settle_in_loop(self, group: list[_Write]) -> None:
        try:
            self._loop.call_soon_threadsafe(_settle, group)
        except RuntimeError:
            return  # the loop is gone, and with it everybody who waited


def _as_told(error: Exception) -> Exception:
    """Failures of the disk or the database as callers know them, the reason in the log; everything else as it is."""
    if isinstance(error, sqlite3.OperationalError):
        told = Unavailable("The server's disk or database is not ready. Try again in a moment.")
    elif type(error) is sqlite3.DatabaseError:  # its subclasses are bugs of ours
        told = Unavailable("The server's database is damaged. Restore it from a backup.")
    else:
        return error
    _log.error("database failed", why=str(error))
    told.__cause__ = error
    return told


def _settle(group: list[_Write]) -> None:
    for write in group:
        if write.error is None and write.committed is not None:
            write.committed(write.outcome)
        if write.future is None or write.future.done():
            continue
        if write.error is not None:
            write.future.set_exception(write.error)
        else:
            write.future.set_result(write.outcome)


class Readers:
    """Connections that only read, each in a thread of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-reader")
        self._room = asyncio.Semaphore(READS_WAITING_MAX)

    async def read(self, work: Work[R]) -> R:
        """The work's result from a snapshot that has every write committed before the call.

        Raises:
            Unavailable: the database could not do it, for instance because it is damaged.
            Exception: what the work raised.
        """
        async with self._room:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, work)

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._connections:
            connection.close()

    def _read(self, work: Work[R]) -> R:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path)
            connection.execute("PRAGMA query_only=ON")
            self._connections.append(connection)
        try:
            return work(connection)
        except Exception as error:
            if (told := _as_told(error)) is error:
                raise
            raise told from error
