"""Checks of somebody's connection before they join: a lone media session that nobody sees, for some seconds."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from prometheus_client import Gauge

from vivavoce.contracts.media import Media, MediaUnavailable, Relay
from vivavoce.contracts.rights import InterviewState
from vivavoce.contracts.tokens import CheckClaims
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import LimitExceeded, NotFound, Unavailable
from vivavoce.kernel.ids import InterviewId, new_id, new_participant_id
from vivavoce.kernel.rates import TokenBuckets
from vivavoce.services.signaling.limits import Limits
from vivavoce.services.signaling.rooms import InterviewOver, Rooms


class TooManyChecks(LimitExceeded):
    """As many people check their connection as may at once."""

    code = "too_many_checks"


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser gets of a check: the answer to its offer, and the relays to try."""

    id: InterviewId
    answer: str
    relays: tuple[Relay, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """``id`` names the media room, in which there is nobody else."""

    id: InterviewId
    interview: InterviewId
    is_over: asyncio.Event


class Checks:
    """Each is closed by whoever began it, or after ``Limits.check_s``."""

    def __init__(
        self, rooms: Rooms, media: Media, clock: Clock, limits: Limits, running: Gauge
    ) -> None:
        self._rooms = rooms
        self._media = media
        self._limits = limits
        self._running = running
        self._rates = TokenBuckets(
            clock, per_minute=limits.checks_per_minute, burst=limits.checks_burst
        )
        self._open: dict[InterviewId, Check] = {}
        self._tasks: asyncio.TaskGroup | None = None

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None]:
        """While entered, checks can be begun."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            yield
            self._tasks = None
            for check in self._open.values():
                check.is_over.set()

    async def begin(self, who: CheckClaims, offer: str) -> Begun:
        """A session that nobody else is in.

        Raises:
            NotFound, InterviewOver: of the interview.
            TooOften, TooManyChecks, OfferRejected, MediaUnavailable, Unavailable: as they say.
        """
        view = await self._rooms.view(who.interview)
        if view.state is InterviewState.ENDED:
            raise InterviewOver("This interview has ended.")
        self._rates.take(who.interview)
        if self._tasks is None:
            raise Unavailable("The server is starting or stopping. Try again.")
        if len(self._open) >= self._limits.checks_max:
            raise TooManyChecks("Many people check their connection just now. Try again shortly.")
        check = Check(InterviewId(new_id("chk")), who.interview, asyncio.Event())
        self._open[check.id] = check
        self._running.set(len(self._open))
        self._tasks.create_task(self._live(check))
        try:
            await self._media.open_room(check.id)
            participant = new_participant_id()
            answer = await self._media.join(check.id, participant, offer, observer=False)
            relays = await self._media.relays(check.id, participant)
        except BaseException:
            check.is_over.set()
            raise
        return Begun(check.id, answer, relays)

    def end(self, who: CheckClaims, check_id: InterviewId) -> None:
        """Raises ``NotFound`` for one of another interview, or one that is over."""
        check = self._open.get(check_id)
        if check is None or check.interview != who.interview:
            raise NotFound("This check is over.")
        check.is_over.set()

    async def _live(self, check: Check) -> None:
        try:
            async with asyncio.timeout(self._limits.check_s):
                await check.is_over.wait()
        except TimeoutError:
            pass  # the browser went away without a word
        finally:
            del self._open[check.id]
            self._running.set(len(self._open))
            with suppress(MediaUnavailable):  # a core that is gone has no room left
                await self._media.close_room(check.id)
