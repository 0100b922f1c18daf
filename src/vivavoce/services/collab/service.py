"""The use-cases: give a ticket, take a seat, follow the interview's state and its people."""

from collections import OrderedDict
from typing import Protocol

from vivavoce.contracts.events import ParticipantLeft, read
from vivavoce.contracts.interviews import InterviewView, InterviewViews
from vivavoce.contracts.rights import Action, InterviewState, may
from vivavoce.contracts.tokens import JoinClaims
from vivavoce.kernel.errors import AppError, Conflict, Forbidden
from vivavoce.kernel.events import Event
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.kernel.tickets import Tickets
from vivavoce.services.collab.commit import GroupCommit
from vivavoce.services.collab.documents import KINDS
from vivavoce.services.collab.room import Room
from vivavoce.services.collab.rooms import Rooms
from vivavoce.services.collab.seat import Seat

SOCKETS_PER_PARTICIPANT_MAX = 8  # pages of one person; the oldest makes room
REMOVED_MAX = 10_000  # remembered removals; join tokens outlive a removal by minutes only


class Ended(Conflict):
    """The interview is over."""

    code = "interview_ended"


class Replaced(Conflict):
    """The same person opened too many pages."""

    code = "replaced"


class Removed(Forbidden):
    """The participant was removed from the room."""

    code = "removed"


class Connection(Protocol):
    """One socket, as the service sees it."""

    interview: InterviewId
    claims: JoinClaims | None

    def send(self, frame: bytes) -> None: ...

    def cut(self, error: AppError) -> None: ...

    def places(self) -> list[tuple[Room, Seat]]: ...


class CollabService:
    """All connections of this process and what they may do."""

    def __init__(
        self,
        *,
        tickets: Tickets[JoinClaims],
        views: InterviewViews,
        rooms: Rooms,
        commit: GroupCommit,
    ) -> None:
        self._tickets = tickets
        self._views = views
        self._rooms = rooms
        self._commit = commit
        self._connections: dict[InterviewId, list[Connection]] = {}
        self._removed: OrderedDict[ParticipantId, None] = OrderedDict()

    async def issue_ticket(self, interview: InterviewId, claims: JoinClaims) -> str:
        """A ticket for one document.

        Raises:
            Forbidden: the token is for another interview, the interview ended or the participant was removed.
        """
        await self._check(interview, claims)
        return self._tickets.issue(claims)

    async def _check(self, interview: InterviewId, claims: JoinClaims) -> InterviewState:
        if claims.interview != interview:
            raise Forbidden("This link belongs to another interview.")
        self._refuse_removed(claims)
        state = (await self._views.get(interview)).state
        if not may(claims.role, Action.JOIN, state):
            raise Ended("The interview has ended.")
        return state

    def _refuse_removed(self, claims: JoinClaims) -> None:
        if claims.participant in self._removed:
            raise Removed("You were removed from this interview.")

    async def admit(self, connection: Connection) -> None:
        """A socket opened.

        Raises:
            NotFound: there is no such interview.
            Ended: it is over.
        """
        view = await self._views.get(connection.interview)
        if view.state is InterviewState.ENDED:
            raise Ended("The interview has ended.")
        self._connections.setdefault(connection.interview, []).append(connection)

    def dismiss(self, connection: Connection) -> None:
        """A socket closed: its seats are free."""
        for room, seat in connection.places():
            room.leave(seat)
        others = self._connections.get(connection.interview, [])
        if connection in others:
            others.remove(connection)
        if not others:
            self._connections.pop(connection.interview, None)

    async def sit(self, connection: Connection, name: str, ticket: str) -> tuple[Room, Seat]:
        """A seat at the document ``name``, for the identity behind the ticket.

        Raises:
            AppError: the ticket is bad, the document is unknown or forbidden; the client is not told which.
        """
        claims = self._tickets.redeem(ticket)
        if connection.claims and connection.claims.participant != claims.participant:
            raise Forbidden("One connection is for one person.")
        state = await self._check(connection.interview, claims)
        kind = KINDS.get(name)
        if kind is None or not may(claims.role, kind.read, state):
            raise Forbidden("There is no such document.")
        room = await self._rooms.open(connection.interview, kind)
        self._refuse_removed(claims)  # it takes a while, and who sits nowhere yet is not cut
        seat = _seat(connection, claims, may_write=may(claims.role, kind.write, state))
        if connection.claims is None:
            connection.claims = claims
            self._limit_sockets(connection, claims)
        room.join(seat)
        return room, seat

    def _limit_sockets(self, connection: Connection, claims: JoinClaims) -> None:
        mine = [
            other
            for other in self._connections.get(connection.interview, [])
            if other.claims and other.claims.participant == claims.participant
        ]
        for oldest in mine[:-SOCKETS_PER_PARTICIPANT_MAX]:
            oldest.cut(
                Replaced("This interview is open in too many pages. The oldest is disconnected.")
            )

    async def follow(self, view: InterviewView) -> None:
        """The interview changed: apply the rights of its new state, and after its end say farewell."""
        connections = list(self._connections.get(view.id, ()))
        for connection in connections:
            _apply_rights(connection, view.state)
        if view.state is InterviewState.ENDED:
            await self._commit.flush()
            for connection in connections:
                connection.cut(Ended("The interview has ended."))

    async def follow_participant(self, event: Event) -> None:
        """Cut the sockets of somebody who was removed, and remember it."""
        fact = read(ParticipantLeft, event)
        if fact.reason != "removed":
            return
        self._removed[fact.participant] = None
        if len(self._removed) > REMOVED_MAX:
            self._removed.popitem(last=False)
        for connection in list(self._connections.get(fact.interview, ())):
            if connection.claims and connection.claims.participant == fact.participant:
                connection.cut(Removed("You were removed from this interview."))

    def all_connections(self) -> list[Connection]:
        return [one for some in self._connections.values() for one in some]


def _seat(connection: Connection, claims: JoinClaims, *, may_write: bool) -> Seat:
    return Seat(
        participant=claims.participant,
        name=claims.name,
        color=claims.color,
        role=claims.role,
        may_write=may_write,
        send=connection.send,
        cut=connection.cut,
    )


def _apply_rights(connection: Connection, state: InterviewState) -> None:
    for room, seat in connection.places():
        room.set_scope(seat, may_write=may(seat.role, room.kind.write, state))
