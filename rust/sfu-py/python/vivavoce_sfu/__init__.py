"""The media core of Vivavoce: a selective forwarding unit (SFU) for rooms of two to eight people.

Packets never enter Python, but for those of voices: the Opus frames of people whose sound comes over a
WebSocket, which `Sfu.speak` takes and `Sfu.heard()` brings. Commands go to the media threads and come back within about a
millisecond, with the GIL released; facts come back as events, in batches: watch `Sfu.fileno()` and
call `Sfu.events()` when it is readable.
"""

from ._native import Sfu
from ._types import (
    CodecWanted,
    Event,
    Layer,
    LayersWanted,
    ParticipantConnected,
    ParticipantDisconnected,
    ParticipantNotFound,
    ParticipantStats,
    QualityReason,
    RoomFailed,
    RoomFailedError,
    RoomFull,
    RoomNotFound,
    RoomStats,
    SdpRejected,
    SfuError,
    Slot,
    SlotNotFound,
    SlotQuality,
    SlotQualityChanged,
    SlotsChanged,
    Source,
    SpeakersChanged,
    Stats,
    TrackStarted,
    TrackStopped,
    VideoCodec,
    VideoLimit,
    Voice,
)

__all__ = [
    "CodecWanted",
    "Event",
    "Layer",
    "LayersWanted",
    "ParticipantConnected",
    "ParticipantDisconnected",
    "ParticipantNotFound",
    "ParticipantStats",
    "QualityReason",
    "RoomFailed",
    "RoomFailedError",
    "RoomFull",
    "RoomNotFound",
    "RoomStats",
    "SdpRejected",
    "Sfu",
    "SfuError",
    "Slot",
    "SlotNotFound",
    "SlotQuality",
    "SlotQualityChanged",
    "SlotsChanged",
    "Source",
    "SpeakersChanged",
    "Stats",
    "TrackStarted",
    "TrackStopped",
    "VideoCodec",
    "VideoLimit",
    "Voice",
]
