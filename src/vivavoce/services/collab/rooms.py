"""Which documents are open in this process: loaded once however many ask, closed when nobody has needed them for a while."""

import asyncio
from dataclasses import dataclass

import structlog

from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import AppError, Unavailable
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.collab.commit import GroupCommit
from vivavoce.services.collab.counters import Counters
from vivavoce.services.collab.documents import DocumentKind
from vivavoce.services.collab.log import History, LogStore, UpdateLog
from vivavoce.services.collab.room import Room

IDLE_S = 60.0
SWEEP_S = 10.0
PRESENCE_S = 0.05  # presence changes within this time travel as one message

logger = structlog.get_logger()
Key = tuple[InterviewId, str]


@dataclass(slots=True)
class _Open:
    """``seen`` is the room's generation when it was last looked at, ``since_s`` since when it has been that and empty."""

    room: Room
    seen: int
    since_s: float


class Rooms:
    """``run`` must be running for ``open`` to return."""

    def __init__(
        self, store: LogStore, *, clock: Clock, commit: GroupCommit, counters: Counters
    ) -> None:
        self._store = store
        self._clock = clock
        self._commit = commit
        self._counters = counters
        self._open: dict[Key, _Open] = {}
        self._loading: dict[Key, asyncio.Future[Room]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._presence_due: dict[Room, asyncio.TimerHandle] = {}

    async def open(self, interview: InterviewId, kind: DocumentKind) -> Room:
        """The room of this document; the caller joins it before it awaits anything.

        Raises:
            Unavailable: it cannot be loaded, or its disk failed a moment ago.
        """
        key = (interview, kind.name)
        if found := self._open.get(key):
            if found.room.has_failed:
                raise Unavailable("The server's disk failed. This is tried again.")
            return found.room
        if key not in self._loading:
            assert self._tasks, "run() is not running"
            self._loading[key] = asyncio.get_running_loop().create_future()
            self._tasks.create_task(self._load(key, kind, self._loading[key]))
        return await asyncio.shield(self._loading[key])

    async def run(self) -> None:
        """Load, sync and unload until cancelled; everything is on the disk when it ends."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._tasks.create_task(self._commit.run())
                self._tasks.create_task(self._sweep())
        finally:
            await asyncio.shield(self._close_all())

    async def _load(self, key: Key, kind: DocumentKind, loaded: asyncio.Future[Room]) -> None:
        """One load for all who wait. A failure reaches them all and leaves nothing open."""
        interview, name = key
        try:
            log, history = await asyncio.to_thread(self._store.open, interview, name)
            try:
                room = self._room(kind, log, history)
            except BaseException:
                log.close()
                raise
        except (AppError, OSError, ValueError) as error:
            logger.error(
                "collab document not loaded", interview=interview, document=name, error=str(error)
            )
            loaded.set_exception(error if isinstance(error, AppError) else _not_loaded())
            loaded.exception()  # those who wait get it; if nobody does any more, that is no mistake
        else:
            self._open[key] = _Open(room, room.generation, self._clock.monotonic_s())
            loaded.set_result(room)
        finally:
            del self._loading[key]

    def _room(self, kind: DocumentKind, log: UpdateLog, history: History) -> Room:
        return Room(
            kind,
            log,
            history,
            clock=self._clock,
            counters=self._counters,
            on_append=self._commit.mark,
            on_presence=self._tell_presence_soon,
        )

    def _tell_presence_soon(self, room: Room) -> None:
        if room not in self._presence_due:
            loop = asyncio.get_running_loop()
            self._presence_due[room] = loop.call_later(PRESENCE_S, self._tell_presence, room)

    def _tell_presence(self, room: Room) -> None:
        self._presence_due.pop(room, None)
        room.flush_presence()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            await self.unload_idle()

    async def unload_idle(self) -> None:
        """Close the rooms that have been empty and untouched for ``IDLE_S``."""
        now_s = self._clock.monotonic_s()
        for key, found in list(self._open.items()):
            if found.room.seats or found.room.generation != found.seen:
                found.seen, found.since_s = found.room.generation, now_s
            elif found.room.has_failed or now_s - found.since_s >= IDLE_S:
                await self._unload(key, found)

    async def _unload(self, key: Key, found: _Open) -> None:
        """Somebody may come while the disk works: then the room stays."""
        await (
            self._commit.flush()
        )  # also for a failed one: no thread may sync a log that is being closed
        if found.room.generation == found.seen and not found.room.seats:
            del self._open[key]
            found.room.log.close()

    async def _close_all(self) -> None:
        await self._commit.flush()
        for timer in self._presence_due.values():
            timer.cancel()
        for found in self._open.values():
            found.room.log.close()
        self._open.clear()


def _not_loaded() -> Unavailable:
    return Unavailable(
        "This document cannot be opened right now. The operator finds the reason in the log."
    )
