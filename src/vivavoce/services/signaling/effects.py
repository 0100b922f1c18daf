"""Everything that a room can want done, as data; performed in order by ``host.py``."""

from collections.abc import Mapping
from dataclasses import dataclass

from vivavoce.contracts.events import Fact
from vivavoce.contracts.media import Source, VideoLimit
from vivavoce.contracts.messages import ChatLine, Error, ServerMessage, Welcome
from vivavoce.kernel.ids import ParticipantId


@dataclass(frozen=True, slots=True)
class Greet:
    """Begin the participant's conversation with this message."""

    participant: ParticipantId
    welcome: Welcome


@dataclass(frozen=True, slots=True)
class Send:
    """A numbered message, the same to each."""

    to: tuple[ParticipantId, ...]
    message: ServerMessage


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Send what is queued, then ``error`` if any, close the socket with ``code`` and end the conversation."""

    participant: ParticipantId
    code: int
    error: Error | None = None


@dataclass(frozen=True, slots=True)
class OpenMedia:
    """Idempotent."""


@dataclass(frozen=True, slots=True)
class CloseMedia:
    """End all media sessions of the room."""


@dataclass(frozen=True, slots=True)
class JoinMedia:
    """Answer the offer with a new session; the result comes back under ``command``."""

    command: int
    participant: ParticipantId
    offer: str
    observer: bool


@dataclass(frozen=True, slots=True)
class JoinVoice:
    """A new session of sound over a WebSocket; the result comes back under ``command``."""

    command: int
    participant: ParticipantId
    observer: bool


@dataclass(frozen=True, slots=True)
class RestartMedia:
    """Answer the offer with the existing session; the result comes back under ``command``."""

    command: int
    participant: ParticipantId
    offer: str


@dataclass(frozen=True, slots=True)
class LeaveMedia:
    """End the participant's media session, if there is one."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class SetForwarding:
    """Whether packets of this source leave the server."""

    participant: ParticipantId
    source: Source
    forward: bool


@dataclass(frozen=True, slots=True)
class SetView:
    """How large a receiver's tiles are: width and height in device pixels by ``mid``, and whether it wants video."""

    participant: ParticipantId
    sizes: Mapping[str, tuple[int, int]]
    limit: VideoLimit


@dataclass(frozen=True, slots=True)
class MeasureMedia:
    """How these participants' connections are; the figures come back together."""

    participants: tuple[ParticipantId, ...]


@dataclass(frozen=True, slots=True)
class Publish:
    """Tell the other services."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class KeepChat:
    """Store the line, so that it outlives this process."""

    line: ChatLine


@dataclass(frozen=True, slots=True)
class KeepRemoval:
    """Store that the participant may not come back."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """Nobody needs the room any more."""


MediaCommand = (
    OpenMedia
    | CloseMedia
    | JoinMedia
    | JoinVoice
    | RestartMedia
    | LeaveMedia
    | SetForwarding
    | SetView
    | MeasureMedia
)
Effect = Greet | Send | Dismiss | MediaCommand | Publish | KeepChat | KeepRemoval | CloseRoom
