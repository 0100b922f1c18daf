"""Facts and chat lines on their way to the bus and the store, in order, without a room ever waiting for either."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from vivavoce.kernel.errors import Conflict

ENTRIES_MAX = (
    10_000  # minutes of all rooms together while the backends are down; then the newest are lost
)
PAUSE_FIRST_S = 0.1
PAUSE_MAX_S = 5.0
DRAIN_S = 5.0

Entry = Callable[[], Awaitable[object]]

log = structlog.get_logger()


class Journal:
    """One task performs the entries one after another and tries each until it succeeds."""

    def __init__(self) -> None:
        self._entries: asyncio.Queue[Entry] = asyncio.Queue(maxsize=ENTRIES_MAX)

    def add(self, entry: Entry) -> None:
        """``entry`` is idempotent: it may be performed twice."""
        try:
            self._entries.put_nowait(entry)
        except asyncio.QueueFull:
            log.error("journal full, entry lost", entries=ENTRIES_MAX)

    async def run(self) -> None:
        while True:
            await self._perform(await self._entries.get())
            self._entries.task_done()

    async def drain(self) -> None:
        """Wait a moment for the entries that are left; log if some stay."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._entries.join()
        except TimeoutError:
            log.error("journal not written at shutdown", entries=self._entries.qsize())

    async def _perform(self, entry: Entry) -> None:
        pause_s = PAUSE_FIRST_S
        while True:
            try:
                await entry()
            except Conflict:
                return  # it was performed before
            except Exception:
                log.warning("journal entry failed, tried again", pause_s=pause_s, exc_info=True)
                await asyncio.sleep(pause_s)
                pause_s = min(PAUSE_MAX_S, pause_s * 2)
            else:
                return
