"""Media control: the one synchronous call between services, so that an offer is answered in the first round trip.

Media packets never pass here; only commands and what the media core reports.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from vivavoce.kernel.errors import Invalid, LimitExceeded, NotFound, Unavailable
from vivavoce.kernel.ids import InterviewId, ParticipantId


class Source(StrEnum):
    """What a participant sends; each has a fixed place in the offer (``protocol/signaling.md``)."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"
    SCREEN_AUDIO = "screen_audio"


@dataclass(frozen=True, slots=True)
class Slot:
    """One receive m-line of a participant: whose track it carries now. ``mid`` is the m-line's SDP id."""

    mid: str
    source: Source
    publisher: ParticipantId | None


class Layer(StrEnum):
    """An encoding of a camera: a quarter, a half or all of its width and height. What has but one encoding is full."""

    QUARTER = "q"
    HALF = "h"
    FULL = "f"


class VideoCodec(StrEnum):
    """A format of pictures."""

    VP8 = "vp8"
    VP9 = "vp9"
    AV1 = "av1"
    H264 = "h264"


class QualityReason(StrEnum):
    """Why a slot does not show the best that its tile has room for."""

    NETWORK = "network"
    HIDDEN = "hidden"
    CHOSEN = "chosen"
    WAITING = "waiting"


class VideoLimit(StrEnum):
    """Whether somebody wants video at all."""

    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SlotQuality:
    """What a video slot that somebody is in shows; ``layer`` is ``None`` while it is paused."""

    mid: str
    layer: Layer | None
    reason: QualityReason | None


@dataclass(frozen=True, slots=True)
class ParticipantStats:
    """How one participant's connection is now. Losses are shares from 0 to 1; up is from the participant to us."""

    round_trip_s: float | None
    loss_up: float | None
    loss_down: float | None
    estimate_bps: int | None
    sent_bps: int
    received_bps: int
    slots: tuple[SlotQuality, ...]


@dataclass(frozen=True, slots=True)
class Relay:
    """Where a browser finds a relay (an ``RTCIceServer``), with a name and password that are good for minutes."""

    urls: tuple[str, ...]
    username: str
    credential: str


class MediaPath(StrEnum):
    """How a participant's media travel: by WebRTC, or as sound alone over a WebSocket."""

    WEBRTC = "webrtc"
    WEBSOCKET = "websocket"


@dataclass(frozen=True, slots=True)
class VoiceLine:
    """A line on which sound arrives; ``mid`` as in the slot table."""

    mid: str
    source: Source


@dataclass(frozen=True, slots=True)
class VoiceSeat:
    """The ticket for the voice socket, good once and for half a minute, and the lines by the tags of its frames."""

    ticket: str
    lines: tuple[VoiceLine, ...]


@dataclass(frozen=True, slots=True)
class Connected:
    """The participant's packets flow."""

    participant: ParticipantId


@dataclass(frozen=True, slots=True)
class Disconnected:
    """No packets reach us any more; the session is kept for a restart."""

    participant: ParticipantId
    reason: str


@dataclass(frozen=True, slots=True)
class SlotsChanged:
    """The full, current slot table of one receiver."""

    participant: ParticipantId
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class TrackChanged:
    """Media of this source began or ceased to arrive."""

    participant: ParticipantId
    source: Source
    flowing: bool


@dataclass(frozen=True, slots=True)
class SpeakersChanged:
    """Who speaks, loudest first; levels in dBov, -127 (silence) … 0 (RFC 6464)."""

    levels: tuple[tuple[ParticipantId, int], ...]


@dataclass(frozen=True, slots=True)
class SlotQualityChanged:
    """What all taken video slots of one receiver show, told when it changed, twice a second at most."""

    participant: ParticipantId
    slots: tuple[SlotQuality, ...]


@dataclass(frozen=True, slots=True)
class LayersWanted:
    """The sender's browser need encode only these layers of the source; never none. More is told at once, less after seconds."""

    participant: ParticipantId
    source: Source
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class CodecWanted:
    """The sender's browser should send the source in this format from now on; until then in the first of the answer."""

    participant: ParticipantId
    source: Source
    codec: VideoCodec


@dataclass(frozen=True, slots=True)
class BitrateWanted:
    """The sender's browser should send the source in so many bits a second, headers not counted; 32,000 at first."""

    participant: ParticipantId
    source: Source
    bps: int


SendingWanted = LayersWanted | CodecWanted | BitrateWanted
"""How a source should be sent from now on, in the present session."""


@dataclass(frozen=True, slots=True)
class RoomFailed:
    """The room's media died of a fault of ours and was closed; participants must join anew."""

    reason: str


MediaEvent = (
    Connected
    | Disconnected
    | SlotsChanged
    | TrackChanged
    | SpeakersChanged
    | SlotQualityChanged
    | SendingWanted
    | RoomFailed
)
MediaListener = Callable[[InterviewId, MediaEvent], None]


class OfferRejected(Invalid):
    """The session description does not fit the template."""

    code = "offer_rejected"


class MediaRoomFull(LimitExceeded):
    """No place is left in the room."""

    code = "room_full"


class MediaRoomUnknown(NotFound):
    """The room is not open, or the participant is not in it."""

    code = "media_room_unknown"


class SlotUnknown(Invalid):
    """The receiver has no slot of this ``mid``."""

    code = "slot_unknown"


class MediaUnavailable(Unavailable):
    """The media core is not running, or this room's media failed."""

    code = "media_unavailable"


class Media(Protocol):
    """Rooms are named by interview. All calls are quick; none waits for the network."""

    def listen(self, listener: MediaListener) -> None:
        """Hear of everything, on the event loop's thread. Call once, before the first room."""
        ...

    async def open_room(self, interview: InterviewId) -> None:
        """Idempotent."""
        ...

    async def close_room(self, interview: InterviewId) -> None: ...

    async def join(
        self, interview: InterviewId, participant: ParticipantId, offer: str, *, observer: bool
    ) -> str:
        """Answer an offer; the same participant again replaces the old session.

        Raises:
            OfferRejected, MediaRoomFull, MediaRoomUnknown, MediaUnavailable
        """
        ...

    async def join_voice(
        self, interview: InterviewId, participant: ParticipantId, *, observer: bool
    ) -> VoiceSeat:
        """A session without an offer, for sound over a WebSocket; it replaces the participant's old one, as ``join`` does.

        Raises:
            MediaRoomFull, MediaRoomUnknown, MediaUnavailable
        """
        ...

    async def renegotiate(
        self, interview: InterviewId, participant: ParticipantId, offer: str
    ) -> str:
        """Answer an ICE restart of the existing session."""
        ...

    async def leave(self, interview: InterviewId, participant: ParticipantId) -> None: ...

    async def set_forwarding(
        self, interview: InterviewId, participant: ParticipantId, source: Source, *, forward: bool
    ) -> None:
        """The server's word on mute: not forwarded means that no packet leaves."""
        ...

    async def set_view(
        self,
        interview: InterviewId,
        participant: ParticipantId,
        sizes: Mapping[str, tuple[int, int]],
    ) -> None:
        """How large a receiver's tiles are: width and height in device pixels by ``mid``.

        A slot that is left out is as large as possible, one of size 0 is not seen. Replaces what was said before;
        a new session begins with everything as large as possible.

        Raises:
            SlotUnknown, MediaRoomUnknown, MediaUnavailable
        """
        ...

    async def set_video_limit(
        self, interview: InterviewId, participant: ParticipantId, limit: VideoLimit
    ) -> None:
        """A receiver's word on whether to have video at all."""
        ...

    async def participant_stats(
        self, interview: InterviewId, participant: ParticipantId
    ) -> ParticipantStats: ...

    async def relays(self, interview: InterviewId, participant: ParticipantId) -> tuple[Relay, ...]:
        """By which ways the participant's browser reaches us where it cannot directly. They lead to nobody else."""
        ...
