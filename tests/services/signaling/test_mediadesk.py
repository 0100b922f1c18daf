"""Commands to the media service: in order, answered or refused, and never in anybody's way."""

import asyncio

from vivavoce.contracts.media import Source
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.signaling.effects import (
    CloseMedia,
    JoinMedia,
    LeaveMedia,
    MeasureMedia,
    MediaCommand,
    OpenMedia,
    RestartMedia,
    SetForwarding,
)
from vivavoce.services.signaling.inputs import (
    MediaAnswered,
    MediaMeasured,
    MediaRefused,
    VoiceSeated,
)
from vivavoce.services.signaling.mediadesk import COMMANDS_MAX, MediaDesk

from .fake_media import FakeMedia

ROOM = InterviewId("itv_1")
CARO = ParticipantId("par_caro")
JOIN = JoinMedia(1, CARO, "offer", observer=False)

Replies = list[MediaAnswered | VoiceSeated | MediaRefused | MediaMeasured]


class Hung(FakeMedia):
    """A core that never answers an offer."""

    async def join(
        self, interview: InterviewId, participant: ParticipantId, offer: str, *, observer: bool
    ) -> str:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


class Broken(FakeMedia):
    """A core with a bug."""

    async def join(
        self, interview: InterviewId, participant: ParticipantId, offer: str, *, observer: bool
    ) -> str:
        raise RuntimeError("secret detail")


async def replies(media: FakeMedia, *commands: MediaCommand) -> Replies:
    heard: Replies = []
    desk = MediaDesk(ROOM, media, heard.append, call_s=0.05)
    for command in (*commands, CloseMedia()):
        desk.order(command)
    async with asyncio.timeout(5):
        await desk.run()
    return heard


def refusals(heard: Replies) -> list[tuple[int, str]]:
    return [(one.command, one.code) for one in heard if isinstance(one, MediaRefused)]


async def test_commands_are_performed_in_order_until_the_room_is_closed() -> None:
    media = FakeMedia()
    on = SetForwarding(CARO, Source.CAMERA, forward=True)
    off = SetForwarding(CARO, Source.CAMERA, forward=False)
    heard = await replies(media, OpenMedia(), JOIN, on, off, RestartMedia(2, CARO, "again"))
    assert heard == [MediaAnswered(1, "answer to offer"), MediaAnswered(2, "restart of again")]
    assert media.forwarded[CARO] == {Source.CAMERA: False}
    assert media.rooms == {}


async def test_a_refusal_says_which_command_and_why() -> None:
    (heard,) = await replies(FakeMedia(), OpenMedia(), RestartMedia(7, CARO, "offer"))
    assert isinstance(heard, MediaRefused)
    assert (heard.command, heard.code) == (7, "media_room_unknown")


async def test_a_core_that_hangs_is_unavailable_and_the_next_command_goes_on() -> None:
    media = Hung()
    heard = await replies(media, OpenMedia(), JOIN, RestartMedia(2, CARO, "offer"))
    assert refusals(heard) == [
        (1, "media_unavailable"),
        (2, "media_room_unknown"),
    ]


async def test_a_bug_of_the_core_is_unavailable_without_its_details() -> None:
    (heard,) = await replies(Broken(), OpenMedia(), JOIN)
    assert isinstance(heard, MediaRefused)
    assert heard.code == "media_unavailable"
    assert "secret" not in heard.message


async def test_what_cannot_be_done_for_one_who_left_is_no_matter() -> None:
    assert await replies(FakeMedia(), OpenMedia(), LeaveMedia(CARO)) == []
    assert await replies(FakeMedia(), LeaveMedia(CARO), JOIN) != []


async def test_a_measurement_leaves_out_whoever_is_gone() -> None:
    look = MeasureMedia((CARO, ParticipantId("par_gone")))
    heard = await replies(FakeMedia(), OpenMedia(), JOIN, look)
    assert isinstance(heard[1], MediaMeasured)
    assert list(heard[1].figures) == [CARO]


async def test_too_many_waiting_commands_are_refused_at_once() -> None:
    heard: Replies = []
    desk = MediaDesk(ROOM, FakeMedia(), heard.append, call_s=1.0)
    for _ in range(COMMANDS_MAX):
        desk.order(OpenMedia())
    desk.order(JOIN)
    assert refusals(heard) == [(1, "limit_exceeded")]
