"""Who is in a room and what its interview is: the state that all of the room's decisions share."""

from collections.abc import Iterator

from vivavoce.contracts.interviews import InterviewView
from vivavoce.contracts.messages import InterviewInfo, ServerMessage, Updated
from vivavoce.contracts.rights import RIGHTS, Action, InterviewState, Role, may
from vivavoce.kernel.errors import Forbidden, LimitExceeded, NotFound
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.signaling.effects import Effect, Send
from vivavoce.services.signaling.inputs import Arrived, Moment
from vivavoce.services.signaling.member import Member

SPEAKING_MEMBERS_MAX = 8  # the offer has receive lines for seven others
OBSERVERS_MAX = 16


class RoomFull(LimitExceeded):
    """Nobody else fits."""

    code = "room_full"


class Roster:
    """The members by id, in order of arrival."""

    def __init__(self, view: InterviewView) -> None:
        self.view = view
        self.members: dict[ParticipantId, Member] = {}

    @property
    def state(self) -> InterviewState:
        return self.view.state

    def admit(self, arrival: Arrived, now: Moment) -> Member:
        """A new member, not yet greeted.

        Raises:
            RoomFull: there is no place for this role.
        """
        who = arrival.who
        self._check_place(who.role)
        member = Member(
            id=who.participant,
            name=who.name,
            role=who.role,
            color=who.color,
            joined_at=now.at,
            resume_token=arrival.resume_token,
        )
        self.members[member.id] = member
        return member

    def _check_place(self, role: Role) -> None:
        observers, candidates = self._count(Role.OBSERVER), self._count(Role.CANDIDATE)
        if role is Role.OBSERVER and observers >= OBSERVERS_MAX:
            raise RoomFull(f"This interview already has {OBSERVERS_MAX} observers.")
        if role is not Role.OBSERVER and len(self.members) - observers >= SPEAKING_MEMBERS_MAX:
            raise RoomFull(f"This interview already has {SPEAKING_MEMBERS_MAX} people.")
        # Whoever passes a candidate's link around must not keep the interviewer out.
        if role is Role.CANDIDATE and candidates >= SPEAKING_MEMBERS_MAX - 1:
            raise RoomFull("The last place in this interview is kept for an interviewer.")

    def _count(self, role: Role) -> int:
        return sum(member.role is role for member in self.members.values())

    def other(self, participant: str) -> Member:
        """The member that a message names.

        Raises:
            NotFound: nobody of this id is in this room.
        """
        member = self.members.get(ParticipantId(participant))
        if member is None:
            raise NotFound("This person is not in the room any more.")
        return member

    def demand(self, role: Role, action: Action) -> None:
        """Raises:
        Forbidden: the role may not do this now.
        """
        if not may(role, action, self.state):
            raise Forbidden("You may not do this in this interview.")

    def rights(self, role: Role) -> list[Action]:
        return sorted(RIGHTS[role, self.state])

    def info(self) -> InterviewInfo:
        return InterviewInfo(
            id=self.view.id,
            title=self.view.title,
            state=self.state,
            started_at=self.view.started_at,
            ended_at=self.view.ended_at,
        )

    def tell(self, message: ServerMessage, *, but: ParticipantId | None = None) -> Iterator[Effect]:
        """The message to everybody who has been greeted."""
        to = tuple(m.id for m in self.members.values() if m.greeted and m.id != but)
        if to:
            yield Send(to, message)

    def show(self, member: Member) -> Iterator[Effect]:
        """The member's state to everybody, if it differs from what they saw last."""
        public = member.public()
        if member.announced and public != member.shown:
            member.shown = public
            yield from self.tell(Updated(participant=public))
