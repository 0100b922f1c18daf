"""The media core of Vivavoce: a selective forwarding unit (SFU) for rooms of two to eight people.

Packets never enter Python. Commands go to the media threads and come back within about a
millisecond, with the GIL released; facts come back as events, in batches: watch `Sfu.fileno()` and
call `Sfu.events()` when it is readable.
"""

from ._native import Sfu
from ._types import (
    Event,
    ParticipantConnected,
    ParticipantDisconnected,
    ParticipantNotFound,
    RoomFailed,
    RoomFailedError,
    RoomFull,
    RoomNotFound,
    RoomStats,
    SdpRejected,
    SfuError,
    Slot,
    SlotsChanged,
    Source,
    SpeakersChanged,
    Stats,
    TrackStarted,
    TrackStopped,
)

__all__ = [
    "Event",
    "ParticipantConnected",
    "ParticipantDisconnected",
    "ParticipantNotFound",
    "RoomFailed",
    "RoomFailedError",
    "RoomFull",
    "RoomNotFound",
    "RoomStats",
    "SdpRejected",
    "Sfu",
    "SfuError",
    "Slot",
    "SlotsChanged",
    "Source",
    "SpeakersChanged",
    "Stats",
    "TrackStarted",
    "TrackStopped",
]
