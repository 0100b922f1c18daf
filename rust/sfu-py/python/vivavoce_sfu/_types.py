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


@dataclass(frozen=True, slots=True)
class Slot:
    """One receive line of a participant. Slots are sticky: nobody moves while others come and go."""

    mid: str
    """The `mid` of the transceiver in the browser."""
    source: Source
    publisher: str | None
    """The participant in it, or None while it is free."""


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
    held_muted: int
    held_waiting: int
    keyframe_requests: int
    rooms_failed: int
    rooms: int
    """Open rooms now."""
    participants: int
    """Seats taken now, observers included."""


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
