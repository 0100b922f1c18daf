"""One person in a room, and how long we wait for them when they vanish. Knows no room and no message."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from vivavoce.contracts.media import MediaPath, Slot, Source
from vivavoce.contracts.messages import (
    Bitrate,
    Codec,
    Connection,
    Layers,
    Participant,
    Quality,
    SlotState,
    Tracks,
    TracksWish,
)
from vivavoce.contracts.rights import Action, InterviewState, Role, may
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.signaling.grade import Steadied

GRACE_S = 20.0  # neither socket nor media reach us: a reload or a change of network takes less
GRACE_WITH_MEDIA_S = 60.0  # the socket is gone but media flow: the person is still in the call

SOURCES_OF_SWITCH: dict[str, tuple[Source, ...]] = {
    "microphone": (Source.MICROPHONE,),
    "camera": (Source.CAMERA,),
    "screen": (Source.SCREEN, Source.SCREEN_AUDIO),
}
RIGHT_OF_SWITCH = {
    "microphone": Action.SPEAK,
    "camera": Action.SPEAK,
    "screen": Action.SHARE_SCREEN,
}


SendingWish = Layers | Codec | Bitrate
"""How the media service wants a source to be sent."""


class MediaState(Enum):
    """What the media service last said of the participant's session."""

    NONE = "none"
    WAITING = "waiting"
    FLOWING = "flowing"
    LOST = "lost"


@dataclass(slots=True)
class Member:
    """``greeted``: their conversation has begun. ``announced``: the others know of them."""

    id: ParticipantId
    name: str
    role: Role
    color: str
    joined_at: Millis
    resume_token: str
    tracks: Tracks = field(default_factory=Tracks)
    greeted: bool = False
    announced: bool = False
    has_socket: bool = True
    socket_lost_s: float = 0.0
    media: MediaState = MediaState.NONE
    path: MediaPath = MediaPath.WEBRTC
    media_lost_s: float = 0.0
    slots: tuple[Slot, ...] = ()
    quality: Quality | None = None
    rests: bool = False
    grade: Steadied = field(default_factory=Steadied)
    _wishes: dict[tuple[str, Source], SendingWish] = field(
        default_factory=dict[tuple[str, Source], SendingWish]
    )
    shown: Participant | None = None

    def public(self) -> Participant:
        """As everybody sees them."""
        return Participant(
            id=self.id,
            name=self.name,
            role=self.role,
            color=self.color,
            tracks=self.tracks,
            connected=self.has_socket and self.media is not MediaState.LOST,
            connection=self._connection(),
            path=self.path,
            rests=self.rests,
            joined_at=self.joined_at,
        )

    def _connection(self) -> Connection | None:
        """Of a path that is lost nothing is known."""
        shown = self.grade.shown if self.media is MediaState.FLOWING else None
        if shown is None:
            return None
        loss, trip_s = shown.loss, shown.round_trip_s
        return Connection(
            bars=shown.bars,
            cause=shown.cause,
            loss_percent=round(loss * 100) if loss is not None else None,
            round_trip_ms=round(trip_s * 1000) if trip_s is not None else None,
        )

    def slot_states(self) -> list[SlotState]:
        return [
            SlotState(mid=slot.mid, source=slot.source, participant=slot.publisher)
            for slot in self.slots
        ]

    def begin_session(self, state: MediaState, path: MediaPath = MediaPath.WEBRTC) -> None:
        """What was said of the media session before is no longer so."""
        self.media, self.path = state, path
        self.slots, self.quality, self._wishes, self.rests = (), None, {}, False
        self.grade = Steadied()

    def wish(self, wish: SendingWish) -> None:
        self._wishes[wish.type, wish.source] = wish

    def wishes(self) -> Iterable[SendingWish]:
        """What the media service last wanted of the present session."""
        return self._wishes.values()

    def deadline_s(self) -> float | None:
        """When to stop waiting for them (monotonic seconds); ``None`` while they are here."""
        if self.has_socket:
            return None
        longest_s = self.socket_lost_s + GRACE_WITH_MEDIA_S
        if self.media is MediaState.FLOWING:
            return longest_s
        return min(longest_s, max(self.socket_lost_s, self.media_lost_s) + GRACE_S)


def allowed_tracks(wish: TracksWish, role: Role, state: InterviewState) -> Tracks:
    """The wish without what the role may not send."""
    return Tracks(
        **{
            switch: bool(getattr(wish, switch)) and may(role, right, state)
            for switch, right in RIGHT_OF_SWITCH.items()
        }
    )


def switch_of(source: Source) -> str:
    """The switch that a source hangs on."""
    return next(switch for switch, sources in SOURCES_OF_SWITCH.items() if source in sources)
