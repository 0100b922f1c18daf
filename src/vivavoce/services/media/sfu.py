"""The ``Media`` protocol over our SFU.

The core answers an offer in about 2 ms, so that is left to a thread (the GIL is free meanwhile); other calls take a
tenth of that and are made on the event loop.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import structlog

from vivavoce.contracts.media import (
    MediaListener,
    MediaRoomUnknown,
    MediaUnavailable,
    ParticipantStats,
    Relay,
    RoomFailed,
    Source,
    VideoLimit,
    VoiceSeat,
)
from vivavoce.contracts.sockets import CLOSE_GOING_AWAY, CLOSE_UNAVAILABLE
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.kernel.tickets import Tickets
from vivavoce.services.media.address import Address
from vivavoce.services.media.metrics import Metrics
from vivavoce.services.media.voices import Voice, Voices

if TYPE_CHECKING:
    from vivavoce.services.media.core import Sfu

log = structlog.get_logger()


class SfuMedia:
    """Works while ``run`` is entered."""

    def __init__(self, address: Address, metrics: Metrics, clock: Clock) -> None:
        self._address = address
        self._metrics = metrics
        self._clock = clock
        self._tickets: Tickets[int] = Tickets(clock)
        self._voices = Voices(self._voice_ended)
        metrics.voices = lambda: len(self._voices)
        self._listener: MediaListener | None = None
        self._sfu: Sfu | None = None

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None]:
        """The core runs while this is entered.

        Raises:
            MediaUnavailable: it is not built, or its address cannot be used.
        """
        sfu = self._sfu = _core().start(self._address)
        self._metrics.read = lambda: asdict(sfu.stats())
        loop = asyncio.get_running_loop()
        loop.add_reader(sfu.fileno(), self._pass_on)
        loop.add_reader(sfu.heard_fileno(), self._hear)
        log.info("media started", host=self._address.host, port=sfu.port, https_port=sfu.door_port)
        try:
            yield
        finally:
            self._voices.end_all(CLOSE_GOING_AWAY)
            loop.remove_reader(sfu.fileno())
            loop.remove_reader(sfu.heard_fileno())
            self._metrics.read = None
            self._sfu = None
            await asyncio.to_thread(sfu.close)

    @property
    def port(self) -> int:
        """The port that the first shard is bound to.

        Raises:
            MediaUnavailable: the core is not running.
        """
        return self._running().port

    @property
    def door_port(self) -> int | None:
        """The port for HTTPS and media, if there is one.

        Raises:
            MediaUnavailable: the core is not running.
        """
        return self._running().door_port

    def listen(self, listener: MediaListener) -> None:
        assert self._listener is None, "one listener"
        self._listener = listener

    async def open_room(self, interview: InterviewId) -> None:
        with self._errors():
            self._running().open_room(interview)

    async def close_room(self, interview: InterviewId) -> None:
        self._voices.end_room(interview)
        try:
            with self._errors():
                self._running().close_room(interview)
        except MediaRoomUnknown:
            return

    async def join(
        self, interview: InterviewId, participant: ParticipantId, offer: str, *, observer: bool
    ) -> str:
        with self._errors():
            join = self._running().join
            answer = await asyncio.to_thread(join, interview, participant, offer, observer=observer)
        self._voices.end(interview, participant)
        return answer

    async def join_voice(
        self, interview: InterviewId, participant: ParticipantId, *, observer: bool
    ) -> VoiceSeat:
        with self._errors():
            join = self._running().join_voice
            made = await asyncio.to_thread(join, interview, participant, observer=observer)
        lines = _core().voice_lines(made)
        self._voices.add(Voice(interview, participant, made.number, lines))
        return VoiceSeat(self._tickets.issue(made.number), lines)

    def voice_of(self, ticket: str, interview: InterviewId) -> Voice:
        """The voice that the ticket is for, connected from now on.

        Raises:
            Unauthenticated: the ticket is not good.
            NotFound: the voice is over, or of another interview.
            MediaUnavailable: the core is gone.
        """
        voice = self._voices.attach(self._tickets.redeem(ticket), interview)
        with self._errors():
            self._running().begin_voice(interview, voice.number)
        return voice

    def speak(self, voice: Voice, frame: bytes) -> None:
        """Raises ``ValueError`` for what is no frame. What a voice says that is over goes nowhere."""
        if voice.close_code is None and self._sfu is not None:
            self._sfu.speak(voice.interview, voice.number, frame)

    def voice_left(self, voice: Voice) -> None:
        """Its socket is gone; the seat waits for the participant to come back."""
        if self._voices.of(voice.interview, voice.participant) is voice:
            self._voices.end(voice.interview, voice.participant)

    async def renegotiate(
        self, interview: InterviewId, participant: ParticipantId, offer: str
    ) -> str:
        with self._errors():
            restart = self._running().renegotiate
            return await asyncio.to_thread(restart, interview, participant, offer)

    async def leave(self, interview: InterviewId, participant: ParticipantId) -> None:
        self._voices.end(interview, participant)
        try:
            with self._errors():
                self._running().leave(interview, participant)
        except MediaRoomUnknown:
            return

    async def set_forwarding(
        self, interview: InterviewId, participant: ParticipantId, source: Source, *, forward: bool
    ) -> None:
        with self._errors():
            self._running().set_track(interview, participant, source.value, forward)

    async def set_view(
        self,
        interview: InterviewId,
        participant: ParticipantId,
        sizes: Mapping[str, tuple[int, int]],
    ) -> None:
        if self._voices.of(interview, participant) is not None:
            return  # no picture comes to a voice, whatever its page has room for
        with self._errors():
            self._running().set_view(interview, participant, dict(sizes))

    async def set_video_limit(
        self, interview: InterviewId, participant: ParticipantId, limit: VideoLimit
    ) -> None:
        with self._errors():
            self._running().set_video_limit(interview, participant, limit.value)

    async def participant_stats(
        self, interview: InterviewId, participant: ParticipantId
    ) -> ParticipantStats:
        with self._errors():
            stats = _core().stats_of(self._running().participant_stats(interview, participant))
        voice = self._voices.of(interview, participant)
        if voice is not None:
            stats = voice.look(stats)
        self._metrics.looked(interview, participant, stats)
        return stats

    async def relays(self, interview: InterviewId, participant: ParticipantId) -> tuple[Relay, ...]:
        with self._errors():
            ours = _core().relays_of(self._running(), self._address, interview, participant)
        turn = self._address.turn
        others = (turn.relay_for(interview, participant, self._clock.now()),) if turn else ()
        return (*ours, *others)

    def _running(self) -> "Sfu":
        if self._sfu is None:
            raise MediaUnavailable("Audio and video are not running.")
        return self._sfu

    def _errors(self) -> AbstractContextManager[None]:
        self._running()
        return _core().errors()

    def _pass_on(self) -> None:
        """Called by the event loop when events wait."""
        for event in self._running().events():
            interview, meaning = _core().told(event)
            if isinstance(meaning, RoomFailed):
                log.error("media room failed", interview=interview, reason=meaning.reason)
                self._voices.end_room(interview, CLOSE_UNAVAILABLE)
            if self._listener is not None:
                self._listener(interview, meaning)

    def _hear(self) -> None:
        """Called by the event loop when voices heard something."""
        now_s = self._clock.monotonic_s()
        for number, frame, counted in self._running().heard():
            voice = self._voices.numbered(number)
            if voice is None:
                continue
            if frame is not None:
                voice.give(frame, now_s)
            elif counted is not None:
                voice.spoke(*counted)
            else:
                log.error("voice failed", interview=voice.interview)
                self._voices.end(voice.interview, voice.participant, CLOSE_UNAVAILABLE)

    def _voice_ended(self, voice: Voice) -> None:
        if self._sfu is not None:
            self._sfu.end_voice(voice.interview, voice.number)


def _core():
    """The module that binds the core, imported when it is needed: without it the rest still starts and can say so."""
    try:
        from vivavoce.services.media import core
    except ImportError as error:
        message = f"The media core is not built ({error}). Run `make setup` to build it."
        raise MediaUnavailable(message) from error
    return core
