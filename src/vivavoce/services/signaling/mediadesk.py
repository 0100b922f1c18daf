"""A room's commands to the media service, one after another; answers come back as inputs of the room."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import assert_never

import structlog

from vivavoce.contracts.media import (
    Media,
    MediaRoomUnknown,
    MediaUnavailable,
    ParticipantStats,
)
from vivavoce.kernel.errors import AppError, LimitExceeded
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.signaling.effects import (
    CloseMedia,
    JoinMedia,
    JoinVoice,
    LeaveMedia,
    MeasureMedia,
    MediaCommand,
    OpenMedia,
    RestartMedia,
    SetForwarding,
    SetView,
)
from vivavoce.services.signaling.inputs import (
    MediaAnswered,
    MediaMeasured,
    MediaRefused,
    VoiceSeated,
)

COMMANDS_MAX = 1000  # waiting; each takes about a millisecond

Reply = Callable[[MediaAnswered | VoiceSeated | MediaRefused | MediaMeasured], None]

log = structlog.get_logger()


class MediaDesk:
    """Order is kept: a mute never overtakes the join before it."""

    def __init__(
        self, interview: InterviewId, media: Media, reply: Reply, *, call_s: float
    ) -> None:
        self._interview = interview
        self._media = media
        self._reply = reply
        self._call_s = call_s
        self._commands: asyncio.Queue[MediaCommand] = asyncio.Queue(maxsize=COMMANDS_MAX)

    def order(self, command: MediaCommand) -> None:
        try:
            self._commands.put_nowait(command)
        except asyncio.QueueFull:
            self._refuse(command, LimitExceeded("Too much is happening at once. Try again."))

    async def run(self) -> None:
        """Until the room's media are closed."""
        command: MediaCommand | None = None
        while not isinstance(command, CloseMedia):
            command = await self._commands.get()
            await self._perform(command)

    async def _perform(self, command: MediaCommand) -> None:
        try:
            async with asyncio.timeout(self._call_s):
                await self._call(command)
        except AppError as refusal:
            self._refuse(command, refusal)
        except Exception:
            log.exception("media command failed", interview=self._interview)
            self._refuse(command, MediaUnavailable("Audio and video do not work at the moment."))

    async def _call(self, command: MediaCommand) -> None:
        media, interview = self._media, self._interview
        match command:
            case OpenMedia():
                await media.open_room(interview)
            case CloseMedia():
                await media.close_room(interview)
            case JoinMedia(number, participant, offer, observer):
                answer = await media.join(interview, participant, offer, observer=observer)
                self._reply(MediaAnswered(number, answer))
            case JoinVoice(number, participant, observer):
                seat = await media.join_voice(interview, participant, observer=observer)
                self._reply(VoiceSeated(number, seat))
            case RestartMedia(number, participant, offer):
                answer = await media.renegotiate(interview, participant, offer)
                self._reply(MediaAnswered(number, answer))
            case LeaveMedia(participant):
                await media.leave(interview, participant)
            case SetForwarding(participant, source, forward):
                await media.set_forwarding(interview, participant, source, forward=forward)
            case SetView(participant, sizes, limit):
                await media.set_video_limit(interview, participant, limit)
                await media.set_view(interview, participant, sizes)
            case MeasureMedia(participants):
                self._reply(MediaMeasured(await self._figures(participants)))
            case _:
                assert_never(command)

    async def _figures(
        self, participants: tuple[ParticipantId, ...]
    ) -> dict[ParticipantId, ParticipantStats]:
        """Without those who left while the command waited."""
        figures: dict[ParticipantId, ParticipantStats] = {}
        for participant in participants:
            with suppress(MediaRoomUnknown):
                figures[participant] = await self._media.participant_stats(
                    self._interview, participant
                )
        return figures

    def _refuse(self, command: MediaCommand, refusal: AppError) -> None:
        if isinstance(command, JoinMedia | JoinVoice | RestartMedia):
            self._reply(MediaRefused(command.command, refusal.code, refusal.message))
            return
        log.info("media command refused", interview=self._interview, code=refusal.code)
