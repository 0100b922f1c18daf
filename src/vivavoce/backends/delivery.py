"""Delivery that the embedded buses share: one lane for each group and key, woken, then pulling from a journal.

A lane holds at most one batch, so a slow or failing handler costs no memory however much waits behind it.
Nothing here knows where the journal keeps its entries.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from vivavoce.kernel.events import Event, Handler

BATCH_EVENTS_MAX = 64  # what one lane holds in memory
ENDED_LANES_MAX = 4096  # remembered; a word of an entry is late by moments
RETRY_FIRST_S = 0.05
RETRY_GROWTH = 2.0
RETRY_PAUSE_MAX_S = 30.0
HANDLER_TIMEOUT_S = 30.0  # then the call is cancelled and counts as failed
CLOSE_WAIT_S = 5.0  # how long close lets running handlers finish before it cancels them

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event and its place in the journal."""

    seq: int
    event: Event


class Journal(Protocol):
    """Where accepted events wait."""

    async def pending(self, group: str, key: str, *, after: int) -> Sequence[Entry]:
        """The next entries of this group and key behind ``after``, in order, at most ``BATCH_EVENTS_MAX``."""
        ...

    def acknowledge(self, group: str, seq: int) -> None:
        """The group has handled the entry."""
        ...


@dataclass(slots=True)
class _Lane:
    """``done`` is the last entry handled; ``woken`` says that more came since the last pull."""

    group: str
    key: str
    done: int
    woken: bool = True


class Delivery:
    """Calls handlers in order per key, one event a time, until each has succeeded."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._routes: dict[str, dict[str, Handler]] = {}  # group → type → handler
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._ended: OrderedDict[tuple[str, str], int] = OrderedDict()  # what they had handled last
        self._tasks: asyncio.TaskGroup | None = None
        self._runner: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def subscribe(self, group: str, types: frozenset[str], handler: Handler) -> None:
        """A group may have several handlers, each for types of its own.

        Raises:
            ValueError: the group already handles one of the types.
            RuntimeError: delivery has begun.
        """
        if self._runner is not None:
            raise RuntimeError("subscribe before the bus starts")
        routes = self._routes.setdefault(group, {})
        if taken := routes.keys() & types:
            raise ValueError(f"group {group} already handles {sorted(taken)}")
        routes.update(dict.fromkeys(types, handler))

    @property
    def groups(self) -> frozenset[str]:
        return frozenset(self._routes)

    def groups_of(self, type: str) -> list[str]:
        """The groups that want events of this type."""
        return [group for group, routes in self._routes.items() if type in routes]

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be handled."""
        return not self._lanes

    def wake(self, group: str, key: str, seq: int) -> None:
        """The journal has an entry ``seq`` for this group and key. Call in the order of ``seq``."""
        lane = self._lanes.get((group, key))
        if lane is not None:
            lane.woken = True
            return
        # A lane that had just ended may have pulled it before this word of it, and the journal does not know yet.
        if seq <= self._ended.get((group, key), -1):
            return
        lane = self._lanes[group, key] = _Lane(group, key, done=seq - 1)
        if self._tasks is not None and not self._closing.is_set():
            self._tasks.create_task(self._run_lane(lane))

    async def start(self) -> None:
        """Run the lanes woken so far and all later ones."""
        running = asyncio.get_running_loop().create_future()
        self._runner = asyncio.create_task(self._run(running))
        self._runner.add_done_callback(_report_broken)
        await running

    async def close(self) -> None:
        """Let running handlers finish for a moment, then cancel them; what is not acknowledged stays in the journal.

        Raises:
            ExceptionGroup: delivery had broken (a bug of this module).
        """
        self._closing.set()
        if self._runner is None:
            return
        await asyncio.wait({self._runner}, timeout=CLOSE_WAIT_S)
        if not self._runner.done():
            self._runner.cancel()
            await asyncio.wait({self._runner})
        if not self._runner.cancelled():
            self._runner.result()

    async def _run(self, running: "asyncio.Future[None]") -> None:
        async with asyncio.TaskGroup() as self._tasks:
            for lane in list(self._lanes.values()):
                self._tasks.create_task(self._run_lane(lane))
            running.set_result(None)
            await self._closing.wait()

    async def _run_lane(self, lane: _Lane) -> None:
        while lane.woken and not self._closing.is_set():
            lane.woken = False
            entries = await self._pull(lane)
            for entry in entries:
                if self._closing.is_set() or not await self._handle_until_done(lane, entry.event):
                    return
                self._journal.acknowledge(lane.group, entry.seq)
                lane.done = entry.seq
            lane.woken = lane.woken or len(entries) == BATCH_EVENTS_MAX
        if not self._closing.is_set():
            self._end(lane)

    def _end(self, lane: _Lane) -> None:
        name = lane.group, lane.key
        del self._lanes[name]
        self._ended[name] = lane.done
        self._ended.move_to_end(name)
        if len(self._ended) > ENDED_LANES_MAX:
            self._ended.popitem(last=False)

    async def _pull(self, lane: _Lane) -> Sequence[Entry]:
        attempt = 0
        while not self._closing.is_set():
            try:
                return await self._journal.pending(lane.group, lane.key, after=lane.done)
            except Exception:
                attempt += 1
                _log.exception("event journal could not be read", group=lane.group, attempt=attempt)
                await self._pause(attempt)
        return ()

    async def _handle_until_done(self, lane: _Lane, event: Event) -> bool:
        """False if the bus closes first. A type that nobody in the group wants any more counts as handled."""
        handler = self._routes[lane.group].get(event.type)
        attempt = 0
        while handler is not None and not await self._handled(lane, handler, event, attempt):
            attempt += 1
            await self._pause(attempt)
            if self._closing.is_set():
                return False
        return True

    async def _handled(self, lane: _Lane, handler: Handler, event: Event, attempt: int) -> bool:
        try:
            async with asyncio.timeout(HANDLER_TIMEOUT_S):
                await handler(event)
        except (KeyboardInterrupt, SystemExit):
            raise
        except asyncio.CancelledError:
            if _is_cancelled_by_us():
                raise
            self._report(lane, event, attempt)  # the handler awaited something that was cancelled
        except BaseException:  # a panic in a Rust extension is no Exception
            self._report(lane, event, attempt)
        else:
            return True
        return False

    def _report(self, lane: _Lane, event: Event, attempt: int) -> None:
        _log.warning(
            "event handler failed and will be called again",
            group=lane.group,
            event_id=event.id,
            type=event.type,
            key=lane.key,
            attempt=attempt + 1,
            exc_info=True,
        )

    async def _pause(self, attempt: int) -> None:
        pause_s = min(RETRY_FIRST_S * RETRY_GROWTH ** min(attempt - 1, 32), RETRY_PAUSE_MAX_S)
        try:
            async with asyncio.timeout(pause_s):
                await self._closing.wait()
        except TimeoutError:
            return


def _report_broken(runner: "asyncio.Task[None]") -> None:
    if not runner.cancelled() and (error := runner.exception()):
        _log.error("event delivery is broken", exc_info=error)


def _is_cancelled_by_us() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
