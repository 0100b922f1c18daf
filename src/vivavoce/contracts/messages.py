"""The signalling messages: the one source of ``protocol/signaling.schema.json`` and of the TypeScript types.

Each WebSocket text frame is one envelope. Numbered messages carry ``seq`` 1, 2, 3 … per direction and are
delivered once and in order, across dropped sockets; ``ack`` is the highest number received so far. ``hello``,
``welcome``, ``resumed``, ``ping`` and ``pong`` belong to one socket only and have ``seq`` 0. An ``error`` that
refuses a numbered message is numbered itself; one about the socket has ``seq`` 0. What a browser sends is parsed
strictly; what we send may gain fields. Prose: ``protocol/signaling.md``.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from vivavoce.contracts.media import Layer, MediaPath, QualityReason, Source, VideoCodec
from vivavoce.contracts.rights import Action, InterviewState, Role

FRAME_BYTES_MAX = 96 << 10  # a hello with its offer is the largest honest one
OFFER_BYTES_MAX = 64 << 10
CHAT_LENGTH_MAX = 4000
ID_LENGTH_MAX = 64
MID_LENGTH_MAX = 16
TILES_MAX = 16  # the video slots of the largest offer are ten
TILE_PIXELS_MAX = 16_384


class _FromClient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _FromServer(BaseModel):
    model_config = ConfigDict(frozen=True)


Sdp = Annotated[str, Field(max_length=OFFER_BYTES_MAX)]
AnyId = Annotated[str, Field(min_length=1, max_length=ID_LENGTH_MAX)]


# --- what both sides speak of ---------------------------------------------------------------------


class Tracks(_FromServer):
    """What a participant means to send: the state of their switches."""

    microphone: bool = False
    camera: bool = False
    screen: bool = False


class ConnectionCause(StrEnum):
    """What weakens a connection: packets lost on the way to the server or from it, delay, or too little room for pictures."""

    LOSS_UP = "loss_up"
    LOSS_DOWN = "loss_down"
    DELAY = "delay"
    BANDWIDTH = "bandwidth"


class Connection(_FromServer):
    """How well somebody's packets travel: 4 ``bars`` are the most, 1 the least.

    ``cause`` is null at 4; the figure that belongs to it was measured when the bars last changed.
    """

    bars: int = Field(ge=1, le=4)
    cause: ConnectionCause | None
    loss_percent: int | None
    round_trip_ms: int | None


class Participant(_FromServer):
    """One person in the room. ``connected`` is false while we wait for them to come back.

    ``connection`` is null until it was measured, and while no media flow. ``path`` websocket: their network blocks all
    but web pages, so they are heard and not seen, and see nobody. ``rests``: their network carries no pictures from them at
    present, whatever their switches say.
    """

    id: str
    name: str
    role: Role
    color: str
    tracks: Tracks
    connected: bool
    connection: Connection | None
    path: MediaPath
    rests: bool
    joined_at: int


class SlotState(_FromServer):
    """Whose track the receive m-line ``mid`` carries; ``participant`` is null while it is free."""

    mid: str
    source: Source
    participant: str | None


class ChatLine(_FromServer):
    """A chat message as everybody sees it; ``at`` is server time in ms. ``id`` is ``{participant}/{the sender's id}``."""

    id: str
    participant: str
    name: str
    text: str
    at: int


class InterviewInfo(_FromServer):
    """What the room shows of the interview; times are server time in ms."""

    id: str
    title: str
    state: InterviewState
    started_at: int | None
    ended_at: int | None


# --- from the browser -----------------------------------------------------------------------------


class Resume(_FromClient):
    """Take up the conversation of a dropped socket; ``seen`` is the highest server ``seq`` received."""

    token: str = Field(max_length=200)
    seen: int = Field(ge=0)


class TracksWish(_FromClient):
    microphone: bool = False
    camera: bool = False
    screen: bool = False


class Hello(_FromClient):
    """Must be the first frame. If ``resume`` is taken up, ``offer`` and ``tracks`` are not looked at."""

    type: Literal["hello"] = "hello"
    ticket: str = Field(max_length=200)
    offer: Sdp | None = None
    resume: Resume | None = None
    tracks: TracksWish | None = None


class Offer(_FromClient):
    """A new offer on the same media session (ICE restart) or, with ``fresh``, for a new one."""

    type: Literal["offer"] = "offer"
    id: AnyId
    sdp: Sdp
    fresh: bool = False


class JoinVoice(_FromClient):
    """Ask for a media session of sound over a WebSocket; it takes the place of the present one."""

    type: Literal["join_voice"] = "join_voice"
    id: AnyId


class SetTracks(_FromClient):
    """The sender's own switches, all of them."""

    type: Literal["set_tracks"] = "set_tracks"
    tracks: TracksWish


class Rest(_FromClient):
    """Whether the sender's network carries no pictures from them at present, so that they send none."""

    type: Literal["rest"] = "rest"
    rests: bool


class SendChat(_FromClient):
    """``id`` is the sender's own; the same again is the same line, so it may be sent anew after a fresh ``welcome``."""

    type: Literal["send_chat"] = "send_chat"
    id: AnyId
    text: str = Field(min_length=1, max_length=CHAT_LENGTH_MAX)


class Mute(_FromClient):
    """Switch off somebody's track; they may switch it on again. A screen goes with its audio."""

    type: Literal["mute"] = "mute"
    participant: AnyId
    source: Source


class Tile(_FromClient):
    """How large the picture of the receive m-line ``mid`` is drawn, in device pixels; 0 by 0 is not seen."""

    mid: str = Field(min_length=1, max_length=MID_LENGTH_MAX)
    width: int = Field(ge=0, le=TILE_PIXELS_MAX)
    height: int = Field(ge=0, le=TILE_PIXELS_MAX)


class View(_FromClient):
    """What the sender looks at: all tiles, one that is left out being as large as possible. Without ``video``, sound only."""

    type: Literal["view"] = "view"
    tiles: list[Tile] = Field(max_length=TILES_MAX)
    video: bool = True


class Remove(_FromClient):
    """Put somebody out of the room and refuse their return."""

    type: Literal["remove"] = "remove"
    participant: AnyId


class Leave(_FromClient):
    type: Literal["leave"] = "leave"


class Ping(_FromClient):
    """``sent`` is returned as it came, so that the browser measures its round trip."""

    type: Literal["ping"] = "ping"
    sent: float = Field(allow_inf_nan=False)


ClientMessage = Annotated[
    Hello | Offer | JoinVoice | SetTracks | Rest | View | SendChat | Mute | Remove | Leave | Ping,
    Field(discriminator="type"),
]


class ClientEnvelope(_FromClient):
    """One frame from the browser."""

    seq: int = Field(ge=0)
    ack: int = Field(ge=0)
    body: ClientMessage


# --- from the server ------------------------------------------------------------------------------


class Welcome(_FromServer):
    """The room as it is now; both directions count from 1 again.

    ``answer`` is null when no offer was sent; ``media_error`` says why there is no answer to one. With
    ``offer_needed`` the server has no media session of yours: send a fresh offer.
    """

    type: Literal["welcome"] = "welcome"
    you: str
    rights: list[Action]
    interview: InterviewInfo
    participants: list[Participant]
    slots: list[SlotState]
    chat: list[ChatLine]
    answer: str | None
    media_error: str | None
    offer_needed: bool
    resume_token: str
    server_time: int


class Resumed(_FromServer):
    """The conversation goes on; ``seen`` is the highest client ``seq`` received."""

    type: Literal["resumed"] = "resumed"
    seen: int


class Joined(_FromServer):
    type: Literal["joined"] = "joined"
    participant: Participant


class Updated(_FromServer):
    """The participant's full, current state."""

    type: Literal["updated"] = "updated"
    participant: Participant


class Left(_FromServer):
    type: Literal["left"] = "left"
    participant: str
    reason: Literal["left", "removed", "lost", "ended"]


class Slots(_FromServer):
    """The receiver's full slot table."""

    type: Literal["slots"] = "slots"
    slots: list[SlotState]


class Speakers(_FromServer):
    """Participants who speak now, loudest first."""

    type: Literal["speakers"] = "speakers"
    participants: list[str]


class SlotQuality(_FromServer):
    """What a taken video slot shows: ``layer`` is null while it is paused, ``reason`` while nothing better would fit its tile."""

    mid: str
    layer: Layer | None
    reason: QualityReason | None


class Quality(_FromServer):
    """Every taken video slot of the receiver."""

    type: Literal["quality"] = "quality"
    slots: list[SlotQuality]


class Layers(_FromServer):
    """Nobody needs other layers of your ``source`` than these: encode no others. Never none."""

    type: Literal["layers"] = "layers"
    source: Source
    layers: list[Layer]


class Codec(_FromServer):
    """Send your ``source`` in this format from now on, if your browser can change it: all others decode it."""

    type: Literal["codec"] = "codec"
    source: Source
    codec: VideoCodec


class Bitrate(_FromServer):
    """Send your ``source`` in so many bits a second at most, headers not counted: the network of somebody who hears you carries no more."""

    type: Literal["bitrate"] = "bitrate"
    source: Source
    bps: int


class Chat(_FromServer):
    type: Literal["chat"] = "chat"
    line: ChatLine


class Muted(_FromServer):
    """Somebody switched your track off."""

    type: Literal["muted"] = "muted"
    source: Source
    by: str


class InterviewChanged(_FromServer):
    """The state or times changed, and with them perhaps your rights."""

    type: Literal["interview_changed"] = "interview_changed"
    interview: InterviewInfo
    rights: list[Action]


class Answer(_FromServer):
    type: Literal["answer"] = "answer"
    id: str
    sdp: str


class VoiceLine(_FromServer):
    """A line on which sound arrives: ``mid`` is that of the slot table."""

    mid: str
    source: Source


class VoiceJoined(_FromServer):
    """Answers ``join_voice``: the ticket for the voice socket, and its lines by the tags of the frames that come."""

    type: Literal["voice_joined"] = "voice_joined"
    id: str
    ticket: str
    lines: list[VoiceLine]


class MediaFailed(_FromServer):
    """The room's media broke; send a fresh offer."""

    type: Literal["media_failed"] = "media_failed"
    message: str


class Pong(_FromServer):
    type: Literal["pong"] = "pong"
    sent: float
    server_time: int


class Error(_FromServer):
    """A message was refused; ``about`` is its ``seq``. Before ``welcome`` it says why the socket is closed; later the socket lives on."""

    type: Literal["error"] = "error"
    code: str
    message: str
    about: int | None = None


ServerMessage = Annotated[
    Welcome
    | Resumed
    | Joined
    | Updated
    | Left
    | Slots
    | Speakers
    | Quality
    | Layers
    | Codec
    | Bitrate
    | Chat
    | Muted
    | InterviewChanged
    | Answer
    | VoiceJoined
    | MediaFailed
    | Pong
    | Error,
    Field(discriminator="type"),
]


class ServerEnvelope(_FromServer):
    """One frame to the browser."""

    seq: int
    ack: int
    body: ServerMessage
