"""The rooms that this process holds, opened on first arrival; and the news that concerns them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from vivavoce.contracts.interviews import InterviewView, InterviewViews
from vivavoce.contracts.media import MediaEvent
from vivavoce.contracts.rights import Action, InterviewState, may
from vivavoce.contracts.sockets import CLOSE_GOING_AWAY
from vivavoce.contracts.tokens import JoinClaims
from vivavoce.kernel.errors import Conflict, Forbidden, Unavailable
from vivavoce.kernel.ids import InterviewId
from vivavoce.kernel.tickets import Tickets
from vivavoce.services.signaling.host import RoomHost, Surroundings
from vivavoce.services.signaling.inputs import InterviewMoved, MediaReported
from vivavoce.services.signaling.room import Room

log = structlog.get_logger()


class InterviewOver(Conflict):
    """The interview has ended; there is no room to enter."""

    code = "interview_ended"


class Rooms:
    """Owns the hosts and the tasks that they live in."""

    def __init__(self, around: Surroundings, views: InterviewViews) -> None:
        self.around = around
        self.tickets: Tickets[JoinClaims] = Tickets(around.clock)
        self._views = views
        self._hosts: dict[InterviewId, RoomHost] = {}
        self._lives: dict[InterviewId, asyncio.Task[None]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        views.on_change(self._interview_changed)
        around.media.listen(self._media_reported)

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None]:
        """While entered, rooms can be opened; on leaving, sockets are told to come back later."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            journal = tasks.create_task(self.around.journal.run())
            yield
            self._tasks = None
            for host in self._hosts.values():
                host.close_sockets(CLOSE_GOING_AWAY)
            await self.around.journal.drain()
            journal.cancel()
            for life in self._lives.values():
                life.cancel()  # the media service closes the rooms that are left

    async def view(self, interview: InterviewId) -> InterviewView:
        """What is known of the interview. Raises ``NotFound``."""
        return await self._views.get(interview)

    async def ticket(self, claims: JoinClaims) -> str:
        """A ticket for one socket. Raises as ``admit`` does."""
        await self.admit(claims)
        return self.tickets.issue(claims)

    async def admit(self, claims: JoinClaims) -> None:
        """Nothing, if they may be here now.

        Raises:
            NotFound: no such interview.
            InterviewOver: it has ended.
            Forbidden: the role may not join now.
        """
        view = await self._views.get(claims.interview)
        if view.state is InterviewState.ENDED:
            raise InterviewOver("This interview has ended.")
        if not may(claims.role, Action.JOIN, view.state):
            raise Forbidden("You may not join this interview now.")

    async def open(self, interview: InterviewId) -> RoomHost:
        """The room, opened if need be.

        Raises:
            NotFound: no such interview.
            Unavailable: the service is starting or stopping.
        """
        if interview not in self._hosts:
            await self._last_life(interview)
            view = await self._views.get(interview)
            kept = await self.around.store.load(interview)
            if interview not in self._hosts:
                self._start(interview, Room(view, kept))
                # The view may have moved between its loading and the room's first listening.
                await self._interview_changed(await self._views.get(interview))
        host = self._hosts.get(interview)
        if host is None:
            raise Unavailable("The room is closing. It is tried again.")
        return host

    def _start(self, interview: InterviewId, room: Room) -> None:
        if self._tasks is None:
            raise Unavailable("The server is starting or stopping. It is tried again.")
        host = RoomHost(interview, room, self.around, self._forget)
        self._hosts[interview] = host
        self.around.metrics.rooms.set(len(self._hosts))
        life = self._lives[interview] = self._tasks.create_task(host.run())
        life.add_done_callback(lambda _: self._lives.pop(interview))
        log.info("room opened", interview=interview)

    def _forget(self, interview: InterviewId) -> None:
        """Called by the host when it closes; its life ends with its last media command."""
        self._hosts.pop(interview)
        self.around.metrics.rooms.set(len(self._hosts))
        log.info("room closed", interview=interview)

    async def _last_life(self, interview: InterviewId) -> None:
        """Until a room of the same interview that just closed has closed its media too, not those of its successor."""
        life = self._lives.get(interview)
        if life is not None:
            await asyncio.wait({life})

    async def _interview_changed(self, view: InterviewView) -> None:
        host = self._hosts.get(view.id)
        if host is not None:
            host.handle(InterviewMoved(view))

    def _media_reported(self, interview: InterviewId, event: MediaEvent) -> None:
        host = self._hosts.get(interview)
        if host is not None:
            host.handle(MediaReported(event))
