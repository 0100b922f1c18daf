"""A media service without media: it remembers what it was told and reports what a test wants."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from vivavoce.contracts.media import (
    MediaEvent,
    MediaListener,
    MediaRoomUnknown,
    OfferRejected,
    ParticipantStats,
    Relay,
    Source,
    VideoLimit,
    VoiceLine,
    VoiceSeat,
)
from vivavoce.kernel.ids import InterviewId, ParticipantId


class FakeMedia:
    """Offers are accepted unless they say ``bad``; answers name their offer."""

    def __init__(self) -> None:
        self.rooms: dict[InterviewId, dict[ParticipantId, str]] = {}
        self.forwarded: dict[ParticipantId, dict[Source, bool]] = defaultdict(dict)
        self.views: dict[ParticipantId, dict[str, tuple[int, int]]] = {}
        self.limits: dict[ParticipantId, VideoLimit] = {}
        self.may_close = asyncio.Event()
        self.may_close.set()
        self._listener: MediaListener | None = None

    def listen(self, listener: MediaListener) -> None:
        self._listener = listener

    def report(self, interview: InterviewId, event: MediaEvent) -> None:
        assert self._listener is not None
        self._listener(interview, event)

    async def open_room(self, interview: InterviewId) -> None:
        self.rooms.setdefault(interview, {})

    async def close_room(self, interview: InterviewId) -> None:
        await self.may_close.wait()
        self.rooms.pop(interview, None)

    async def join(
        self, interview: InterviewId, participant: ParticipantId, offer: str, *, observer: bool
    ) -> str:
        room = self._room(interview)
        if offer == "bad":
            raise OfferRejected("The offer does not fit the template.")
        room[participant] = offer
        return f"answer to {offer}"

    async def join_voice(
        self, interview: InterviewId, participant: ParticipantId, *, observer: bool
    ) -> VoiceSeat:
        self._room(interview)[participant] = "voice"
        lines = (VoiceLine("v0", Source.MICROPHONE), VoiceLine("v1", Source.SCREEN_AUDIO))
        return VoiceSeat(f"ticket of {participant}", lines)

    async def renegotiate(
        self, interview: InterviewId, participant: ParticipantId, offer: str
    ) -> str:
        if participant not in self._room(interview):
            raise MediaRoomUnknown("Join anew.")
        return f"restart of {offer}"

    async def leave(self, interview: InterviewId, participant: ParticipantId) -> None:
        self._room(interview).pop(participant, None)

    async def set_forwarding(
        self, interview: InterviewId, participant: ParticipantId, source: Source, *, forward: bool
    ) -> None:
        self._room(interview)
        self.forwarded[participant][source] = forward

    async def set_view(
        self,
        interview: InterviewId,
        participant: ParticipantId,
        sizes: Mapping[str, tuple[int, int]],
    ) -> None:
        self._room(interview)
        self.views[participant] = dict(sizes)

    async def set_video_limit(
        self, interview: InterviewId, participant: ParticipantId, limit: VideoLimit
    ) -> None:
        self._room(interview)
        self.limits[participant] = limit

    async def participant_stats(
        self, interview: InterviewId, participant: ParticipantId
    ) -> ParticipantStats:
        if participant not in self._room(interview):
            raise MediaRoomUnknown("Join anew.")
        return ParticipantStats(None, None, None, None, 0, 0, ())

    async def relays(self, interview: InterviewId, participant: ParticipantId) -> tuple[Relay, ...]:
        return (Relay(("turn:192.0.2.1:7882?transport=tcp",), f"{interview}/{participant}", "x"),)

    def _room(self, interview: InterviewId) -> dict[ParticipantId, str]:
        if interview not in self.rooms:
            raise MediaRoomUnknown("The room is not open.")
        return self.rooms[interview]
