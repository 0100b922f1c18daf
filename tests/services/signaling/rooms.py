"""What the room tests share: people, times and short ways to say what happens."""

from typing import TypeVar

from vivavoce.contracts.interviews import InterviewView
from vivavoce.contracts.messages import ServerMessage, TracksWish
from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.ids import InterviewId, OrganisationId, ParticipantId, PersonId
from vivavoce.services.signaling.effects import (
    Effect,
    Greet,
    JoinMedia,
    LeaveMedia,
    Send,
    SetForwarding,
)
from vivavoce.services.signaling.inputs import (
    Arrived,
    Asked,
    Identity,
    Input,
    Kept,
    MediaAnswered,
    Moment,
    Request,
)
from vivavoce.services.signaling.room import Room

INTERVIEW = InterviewId("itv_1")
INES = ParticipantId("par_ines")
CARO = ParticipantId("par_caro")
OLAF = ParticipantId("par_olaf")
ROLES = {INES: Role.INTERVIEWER, CARO: Role.CANDIDATE, OLAF: Role.OBSERVER}

E = TypeVar("E", bound=Effect)
M = TypeVar("M", bound=ServerMessage)

SCHEDULED = InterviewView(
    id=INTERVIEW,
    organisation=OrganisationId("org_1"),
    owner=PersonId("per_1"),
    owner_name="Ines",
    title="Backend interview",
    scheduled_at=None,
    duration_min=60,
    created_at=1,
)
LIVE = SCHEDULED.model_copy(update={"started_at": 2})
ENDED = LIVE.model_copy(update={"ended_at": 3})


class Stage:
    """A room and its time; keeps what the last event brought about."""

    def __init__(self, view: InterviewView = SCHEDULED) -> None:
        self.room = Room(view, Kept())
        self.now_s = 0.0
        self.effects: list[Effect] = []
        self._seq = 0

    def handle(self, event: Input) -> list[Effect]:
        now = Moment(Millis(1_000_000 + round(self.now_s * 1000)), self.now_s)
        self.effects = self.room.handle(event, now)
        return self.effects

    def arrive(
        self,
        who: ParticipantId,
        *,
        role: Role | None = None,
        offer: str | None = "offer",
        tracks: TracksWish | None = None,
        token: str | None = None,
    ) -> list[Effect]:
        """Through the green room and, if there is an offer, with an answer."""
        identity = Identity(who, role or ROLES[who], who.removeprefix("par_").title())
        effects = self.handle(Arrived(identity, token or f"token of {who}", offer, tracks))
        for join in found(effects, JoinMedia):
            effects = effects + self.handle(MediaAnswered(join.command, f"answer to {join.offer}"))
        self.effects = effects
        return effects

    def ask(self, who: ParticipantId, request: Request) -> list[Effect]:
        self._seq += 1
        return self.handle(Asked(who, self._seq, request))

    @property
    def last_seq(self) -> int:
        return self._seq

    def welcome(self) -> Greet:
        (greeting,) = found(self.effects, Greet)
        return greeting


def found(effects: list[Effect], kind: type[E]) -> list[E]:
    return [effect for effect in effects if isinstance(effect, kind)]


def told(effects: list[Effect], who: ParticipantId, kind: type[M]) -> list[M]:
    """The messages of this kind that somebody gets."""
    return [
        send.message
        for send in found(effects, Send)
        if who in send.to and isinstance(send.message, kind)
    ]


def changes_nothing(effects: list[Effect]) -> bool:
    """Whether nobody but the asker hears of it, and media stay as they are."""
    touching = (SetForwarding, LeaveMedia, JoinMedia)
    return not [
        effect
        for effect in effects
        if isinstance(effect, touching) or (isinstance(effect, Send) and len(effect.to) > 1)
    ]
