"""What the SFU answers, reports and raises. The native module makes these; tests may make them too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

# Unions of literals, because stubtest of mypy 1 takes an alias of one literal with several values for a fault.
Source: TypeAlias = (
    Literal["microphone"] | Literal["camera"] | Literal["screen"] | Literal["screen_audio"]
)
DisconnectReason: TypeAlias = (
    Literal["closed"] | Literal["silent"] | Literal["never_connected"] | Literal["protocol_error"]
)

Layer: TypeAlias = Literal["q"] | Literal["h"] | Literal["f"]
"""A quarter, a half or all of a camera's width and height. What has one encoding only is "f"."""
VideoCodec: TypeAlias = Literal["vp8"] | Literal["vp9"] | Literal["av1"] | Literal["h264"]
VideoLimit: TypeAlias = Literal["all"] | Literal["none"]
QualityReason: TypeAlias = (
    Literal["network"] | Literal["hidden"] | Literal["chosen"] | Literal["waiting"]
)


@dataclass(frozen=True, slots=True)
class Slot:
    """One receive line of a participant. Slots are sticky: nobody moves while others come and go."""

    mid: str
    """The `mid` of the transceiver in the browser."""
    source: Source
    publisher: str | None
    """The participant in it, or None while it is free."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A seat for somebody whose sound comes over a WebSocket."""

    number: int
    """Never used again."""
    lines: tuple[tuple[str, Source], ...]
    """The `mid` of each line on which sound arrives, and what it is; a frame's second byte is an index into them."""


@dataclass(frozen=True, slots=True)
class SlotQuality:
    """What a video slot that somebody is in shows."""

    mid: str
    """The `mid` of the transceiver in the browser."""
    layer: Layer | None
    """None while it is paused."""
    reason: QualityReason | None
    """Why it is not the best that its tile has room for; None if it is."""


@dataclass(frozen=True, slots=True)
class ParticipantStats:
    """How one participant's connection is now."""

    round_trip_s: float | None
    """There and back again; None before the first measurement."""
    loss_up: float | None
    """Share of the participant's packets lost lately, 0 to 1."""
    loss_down: float | None
    """Share of the packets to it lost lately, 0 to 1."""
    estimate_bps: int | None
    """What the path to it carries, in bits of payload a second; None if its browser gives no feedback."""
    sent_bps: int
    """Bits of UDP payload a second to it, over two seconds."""
    received_bps: int
    """Bits of UDP payload a second from it, over two seconds."""
    slots: tuple[SlotQuality, ...]
    """What its video slots show."""


@dataclass(frozen=True, slots=True)
class RoomStats:
    """Counters of one room since it was opened."""

    media_in: int
    """RTP packets from publishers."""
    forwarded: int
    """RTP packets written to slots; one inbound packet counts once a receiver."""
    held_muted: int
    """Not forwarded: the server switched the track off."""
    held_waiting: int
    """Not forwarded: the slot waits for a key frame, or the packet came too late."""
    keyframe_requests: int
    participants: int
    """Seats taken now, observers included."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Counters of the SFU since it started, summed over all shards."""

    packets_in: int
    bytes_in: int
    """Bytes of UDP payload."""
    packets_out: int
    bytes_out: int
    media_in: int
    """RTP packets from publishers."""
    forwarded: int
    """RTP packets written to slots; one inbound packet counts once a receiver."""
    recovered: int
    """Frames of sound that were lost and found again in later packets."""
    dropped_size: int
    """Datagrams that are empty or longer than 1500 bytes."""
    dropped_unknown_address: int
    """Not STUN, from an address that completed no ICE check."""
    dropped_stun: int
    """STUN that is malformed or names no session."""
    dropped_unauthenticated: int
    """STUN for a session, with a wrong password."""
    dropped_malformed: int
    """From a known address, but no datagram of WebRTC."""
    dropped_media: int
    """RTP from a known address that is not of its session, of no stream, a repetition or padding."""
    held_muted: int
    held_waiting: int
    keyframe_requests: int
    layer_switches: int
    """Changes of the layer that passes to a slot, its starts included."""
    rooms_failed: int
    rooms: int
    """Open rooms now."""
    participants: int
    """Seats taken now, observers included."""
    tcp_connections: int
    """TCP connections with media that are open now."""
    tcp_accepted: int
    tcp_refused: int
    """Closed at once: too many, of this source or of all."""
    tcp_cut: int
    """Closed later: no frames, too slow, idle, or nobody proved to belong here."""
    turn_allocations: int
    """Allocations at the relay now."""
    turn_allocated: int
    turn_allocations_refused: int
    """Refused to somebody with a password: its quota, or ours, is used up."""
    turn_peers_refused: int
    """Somebody wanted to reach another address than ours."""
    turn_challenged: int
    """Requests without the right password; the first of every client is one."""
    turn_rationed: int
    """Challenges that were not sent, for they might have hit somebody else."""
    turn_dropped: int
    """Malformed, or data without an allocation, permission or channel."""
    turn_packets_in: int
    """Datagrams relayed from clients to the core."""
    turn_packets_out: int
    """Datagrams relayed from the core to clients."""


@dataclass(frozen=True, slots=True)
class ParticipantConnected:
    """Media can flow to and from this participant, for the first time or again."""

    room: str
    participant: str


@dataclass(frozen=True, slots=True)
class ParticipantDisconnected:
    """The path to this participant is gone. Its seat and slots stay until `leave`."""

    room: str
    participant: str
    reason: DisconnectReason


@dataclass(frozen=True, slots=True)
class SlotsChanged:
    """The receive slots of `participant` changed; `slots` is its whole table, in offer order."""

    room: str
    participant: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class TrackStarted:
    """The first packet of a track arrived, or the first after silence."""

    room: str
    participant: str
    source: Source


@dataclass(frozen=True, slots=True)
class TrackStopped:
    """A track that had started sent nothing for 2 s (audio) or 5 s (video)."""

    room: str
    participant: str
    source: Source


@dataclass(frozen=True, slots=True)
class SpeakersChanged:
    """Who is audible now, loudest first; at most five a second."""

    room: str
    levels: tuple[tuple[str, int], ...]
    """Participant and smoothed level in dBov: 0 is the loudest, -127 is silence."""


@dataclass(frozen=True, slots=True)
class SlotQualityChanged:
    """What the video slots of `participant` show changed; `slots` are all that somebody is in, in offer order."""

    room: str
    participant: str
    slots: tuple[SlotQuality, ...]


@dataclass(frozen=True, slots=True)
class LayersWanted:
    """The browser of `participant` need not encode other layers of this source than `layers`."""

    room: str
    participant: str
    source: Source
    layers: tuple[Layer, ...]
    """From the smallest up; never empty."""


@dataclass(frozen=True, slots=True)
class CodecWanted:
    """The browser of `participant` should send this source in another format from now on: one that it offered and all others decode.

    Until the first word in a session it sends in the first format of the answer.
    """

    room: str
    participant: str
    source: Source
    codec: VideoCodec


@dataclass(frozen=True, slots=True)
class BitrateWanted:
    """The browser of `participant` should send this source in so many bits a second from now on, headers not counted.

    The network of somebody who hears it carries no more. A session begins at 32,000.
    """

    room: str
    participant: str
    source: Source
    bps: int


@dataclass(frozen=True, slots=True)
class RoomFailed:
    """The room panicked and is closed; every other room goes on. Open it again to use the name."""

    room: str
    reason: str


Event: TypeAlias = (
    ParticipantConnected
    | ParticipantDisconnected
    | SlotsChanged
    | TrackStarted
    | TrackStopped
    | SpeakersChanged
    | SlotQualityChanged
    | LayersWanted
    | CodecWanted
    | BitrateWanted
    | RoomFailed
)


class SfuError(Exception):
    """A command was refused. A refused command has changed nothing."""


class SdpRejected(SfuError):
    """The offer does not follow the template; the message says where."""


class RoomNotFound(SfuError):
    """No such room is open."""


class RoomFull(SfuError):
    """No seat of this role is free in the room, or no room on this SFU."""


class RoomFailedError(SfuError):
    """The room panicked and was closed; `close_room` or `open_room` clears it."""


class ParticipantNotFound(SfuError):
    """Nobody of this name is in the room."""


class SlotNotFound(SfuError):
    """The receiver has no receive line of this `mid`."""
