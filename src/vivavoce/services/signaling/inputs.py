"""Everything that can happen to a room, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

from vivavoce.contracts.colors import PALETTE
from vivavoce.contracts.interviews import InterviewView
from vivavoce.contracts.media import MediaEvent, ParticipantStats, VoiceSeat
from vivavoce.contracts.messages import (
    ChatLine,
    JoinVoice,
    Leave,
    Mute,
    Offer,
    Remove,
    Rest,
    SendChat,
    SetTracks,
    TracksWish,
    View,
)
from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.ids import ParticipantId

Request = Offer | JoinVoice | SetTracks | Rest | View | SendChat | Mute | Remove | Leave
"""What a participant can ask of the room once they are in it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a room begins with: the newest chat lines, oldest first, how many there are in all, and who may not return."""

    chat: tuple[ChatLine, ...] = ()
    chat_count: int = 0
    removed: frozenset[ParticipantId] = frozenset()


@dataclass(frozen=True, slots=True)
class Moment:
    """``at`` stamps what people see and may jump; ``monotonic_s`` measures how long something lasts."""

    at: Millis
    monotonic_s: float


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is at the other end of a socket, from a verified token. All authority derives from it."""

    participant: ParticipantId
    role: Role
    name: str
    color: str = PALETTE[0]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A socket that starts anew; ``resume_token`` names its conversation from now on. Without ``tracks`` they stay."""

    who: Identity
    resume_token: str
    offer: str | None
    tracks: TracksWish | None


@dataclass(frozen=True, slots=True)
class Returned:
    """A socket that took up the participant's conversation."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class Dropped:
    """The participant's socket is gone."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class Asked:
    """A message from the participant; ``seq`` is its number."""

    participant: ParticipantId
    seq: int
    request: Request


@dataclass(frozen=True, slots=True)
class MediaAnswered:
    """The media service answered the offer of this command."""

    command: int
    sdp: str


@dataclass(frozen=True, slots=True)
class VoiceSeated:
    """The media service made the session of this command."""

    command: int
    seat: VoiceSeat


@dataclass(frozen=True, slots=True)
class MediaRefused:
    """The media service made no session for this command."""

    command: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class MediaReported:
    """The media service tells something by itself."""

    event: MediaEvent


@dataclass(frozen=True, slots=True)
class MediaMeasured:
    """How connections are now; who left meanwhile is missing."""

    figures: Mapping[ParticipantId, ParticipantStats]


@dataclass(frozen=True, slots=True)
class InterviewMoved:
    """The interview's state or times may have changed."""

    view: InterviewView


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""


Input = (
    Arrived
    | Returned
    | Dropped
    | Asked
    | MediaAnswered
    | VoiceSeated
    | MediaRefused
    | MediaReported
    | MediaMeasured
    | InterviewMoved
    | Tick
)
