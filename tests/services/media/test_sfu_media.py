"""The Media protocol over the real media core."""

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, Callable

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from vivavoce.contracts.media import (
    CodecWanted,
    MediaEvent,
    MediaRoomFull,
    MediaRoomUnknown,
    MediaUnavailable,
    OfferRejected,
    SlotsChanged,
    SlotUnknown,
    Source,
    VideoCodec,
    VideoLimit,
)
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services import media
from vivavoce.services.media import MediaService

from .around import around
from .offers import OBSERVER, PARTICIPANT, offer

ROOM = InterviewId("itv_1")
INES = ParticipantId("par_ines")
CARO = ParticipantId("par_caro")
OLAF = ParticipantId("par_olaf")

Told = list[tuple[InterviewId, MediaEvent]]


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def service(registry: CollectorRegistry) -> AsyncGenerator[MediaService]:
    created = media.create(**around(), advertise=["127.0.0.1"], registry=registry)
    async with created.service.run():
        yield created


@pytest.fixture
def told(service: MediaService) -> Told:
    events: Told = []
    service.media.listen(lambda interview, event: events.append((interview, event)))
    return events


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def slots_of(told: Told, who: ParticipantId) -> SlotsChanged | None:
    """What somebody was told last of their slots."""
    tables = [
        event for _, event in told if isinstance(event, SlotsChanged) and event.participant == who
    ]
    return tables[-1] if tables else None


def publishers(table: SlotsChanged | None, source: Source) -> set[ParticipantId]:
    slots = table.slots if table else ()
    return {slot.publisher for slot in slots if slot.source is source and slot.publisher}


async def test_an_offer_after_the_template_is_answered(service: MediaService) -> None:
    await service.media.open_room(ROOM)
    answer = await service.media.join(ROOM, INES, offer(), observer=False)
    assert answer.startswith("v=0")
    assert answer.count("m=") == len(PARTICIPANT)
    assert f" {service.media.port} " in answer


async def test_a_newcomer_and_those_before_are_told_their_slots(
    service: MediaService, told: Told
) -> None:
    await service.media.open_room(ROOM)
    await service.media.join(ROOM, INES, offer(), observer=False)
    await service.media.join(ROOM, CARO, offer(), observer=False)
    await service.media.join(ROOM, OLAF, offer(OBSERVER), observer=True)
    await until(lambda: publishers(slots_of(told, INES), Source.CAMERA) == {CARO})
    await until(lambda: publishers(slots_of(told, CARO), Source.MICROPHONE) == {INES})
    await until(lambda: publishers(slots_of(told, OLAF), Source.CAMERA) == {INES, CARO})
    assert {interview for interview, _ in told} == {ROOM}


async def test_who_leaves_frees_the_slots(service: MediaService, told: Told) -> None:
    await service.media.open_room(ROOM)
    await service.media.join(ROOM, INES, offer(), observer=False)
    await service.media.join(ROOM, CARO, offer(), observer=False)
    await until(lambda: publishers(slots_of(told, INES), Source.CAMERA) == {CARO})
    await service.media.leave(ROOM, CARO)
    await until(lambda: publishers(slots_of(told, INES), Source.CAMERA) == set())


async def test_two_rooms_with_identical_names_do_not_meet(
    service: MediaService, told: Told
) -> None:
    other = InterviewId("itv_2")
    for room, who in ((ROOM, INES), (other, INES), (ROOM, CARO)):
        await service.media.open_room(room)
        await service.media.join(room, who, offer(), observer=False)
    await until(lambda: publishers(slots_of(told, INES), Source.CAMERA) == {CARO})
    strangers = [
        slot.publisher
        for interview, event in told
        if interview == other and isinstance(event, SlotsChanged)
        for slot in event.slots
        if slot.publisher
    ]
    assert strangers == []


@pytest.mark.parametrize(
    "bad",
    ["", "v=0", offer(PARTICIPANT[:-1]), offer(OBSERVER), offer()[:-400], "v=0\r\n" * 20_000],
)
async def test_another_offer_is_rejected_with_a_reason(service: MediaService, bad: str) -> None:
    await service.media.open_room(ROOM)
    with pytest.raises(OfferRejected, match="does not fit"):
        await service.media.join(ROOM, INES, bad, observer=False)


async def test_calls_for_what_is_not_there_say_so(service: MediaService) -> None:
    with pytest.raises(MediaRoomUnknown):
        await service.media.join(ROOM, INES, offer(), observer=False)
    await service.media.open_room(ROOM)
    with pytest.raises(MediaRoomUnknown):
        await service.media.renegotiate(ROOM, INES, offer())
    with pytest.raises(MediaRoomUnknown):
        await service.media.set_forwarding(ROOM, INES, Source.CAMERA, forward=False)


async def test_leaving_and_closing_are_idempotent(service: MediaService) -> None:
    await service.media.leave(ROOM, INES)
    await service.media.close_room(ROOM)
    await service.media.open_room(ROOM)
    await service.media.open_room(ROOM)
    await service.media.leave(ROOM, INES)
    await service.media.close_room(ROOM)
    await service.media.close_room(ROOM)


async def test_an_ice_restart_is_answered_on_the_same_session(service: MediaService) -> None:
    await service.media.open_room(ROOM)
    first = await service.media.join(ROOM, INES, offer(), observer=False)
    again = await service.media.renegotiate(ROOM, INES, offer(ufrag="wxyz"))
    assert again.count("m=") == first.count("m=")


async def test_a_full_room_says_so(service: MediaService) -> None:
    await service.media.open_room(ROOM)
    for number in range(8):
        await service.media.join(ROOM, ParticipantId(f"par_{number}"), offer(), observer=False)
    with pytest.raises(MediaRoomFull):
        await service.media.join(ROOM, INES, offer(), observer=False)


async def test_every_source_can_be_switched(service: MediaService) -> None:
    await service.media.open_room(ROOM)
    await service.media.join(ROOM, INES, offer(), observer=False)
    for source in Source:
        await service.media.set_forwarding(ROOM, INES, source, forward=False)
        await service.media.set_forwarding(ROOM, INES, source, forward=True)


async def test_counters_are_read_when_scraped(
    service: MediaService, registry: CollectorRegistry
) -> None:
    await service.media.open_room(ROOM)
    await service.media.join(ROOM, INES, offer(), observer=False)
    scraped = generate_latest(registry).decode()
    assert "vivavoce_media_rooms 1.0" in scraped
    assert "vivavoce_media_participants 1.0" in scraped
    assert "vivavoce_media_packets_in_total 0.0" in scraped


async def test_every_counter_of_the_core_says_what_it_counts(
    service: MediaService, registry: CollectorRegistry
) -> None:
    assert service.media.port
    scraped = generate_latest(registry).decode()
    assert "# HELP vivavoce_media_forwarded_total RTP packets written to receivers" in scraped
    assert "Of the media core" not in scraped


async def test_the_processor_time_of_the_media_threads_is_shown(
    service: MediaService, registry: CollectorRegistry
) -> None:
    assert service.media.port
    seconds = registry.get_sample_value("vivavoce_media_cpu_seconds_total", {"thread": "sfu-0"})
    assert seconds is not None
    assert seconds >= 0


async def test_a_look_at_a_connection_counts_in_its_histograms(
    service: MediaService, registry: CollectorRegistry
) -> None:
    await service.media.open_room(ROOM)
    await service.media.join(ROOM, INES, offer(), observer=False)
    await service.media.participant_stats(ROOM, INES)  # of which nothing is known yet
    trips = "vivavoce_media_round_trip_seconds_count"
    assert registry.get_sample_value(trips) == 0


async def test_a_taken_port_is_said_in_a_sentence() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        created = media.create(**around(port=port), advertise=["127.0.0.1"])
        with pytest.raises(MediaUnavailable, match=f"127.0.0.1:{port}"):
            async with created.service.run():
                pass


async def test_an_address_that_cannot_work_is_said_in_a_sentence() -> None:
    created = media.create(**around(host="0.0.0.0"), advertise=[])
    with pytest.raises(MediaUnavailable, match="address"):
        async with created.service.run():
            pass


async def test_before_and_after_its_life_it_is_unavailable(registry: CollectorRegistry) -> None:
    created = media.create(**around(), advertise=["127.0.0.1"], registry=registry)
    with pytest.raises(MediaUnavailable):
        await created.media.open_room(ROOM)
    async with created.service.run():
        await created.media.open_room(ROOM)
    with pytest.raises(MediaUnavailable):
        await created.media.open_room(ROOM)
    assert "vivavoce_media" not in generate_latest(registry).decode()


async def test_without_the_core_the_start_says_what_to_build() -> None:
    program = """
import asyncio, sys
sys.modules["vivavoce_sfu"] = None  # as if it were not installed
from vivavoce.contracts.media import MediaUnavailable
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.kernel.clock import SystemClock
from vivavoce.services import media

async def main():
    where = {"host": "127.0.0.1", "port": 0, "advertise": ["127.0.0.1"]}
    created = media.create(clock=SystemClock(), origins=OriginPolicy(), **where)
    try:
        async with created.service.run():
            pass
    except MediaUnavailable as error:
        print(error.message)

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert b"The media core is not built" in printed
    assert b"make setup" in printed


async def test_a_view_names_slots_of_the_receiver_and_nothing_else(
    service: MediaService, told: Told
) -> None:
    await service.media.open_room(ROOM)
    await service.media.join(ROOM, INES, offer(), observer=False)
    await service.media.join(ROOM, CARO, offer(), observer=False)
    await until(lambda: slots_of(told, INES) is not None)
    seen = slots_of(told, INES)
    assert seen is not None
    camera = next(slot.mid for slot in seen.slots if slot.source is Source.CAMERA)
    await service.media.set_view(ROOM, INES, {camera: (640, 360)})
    await service.media.set_video_limit(ROOM, INES, VideoLimit.NONE)
    with pytest.raises(SlotUnknown):
        await service.media.set_view(ROOM, INES, {"no-such": (640, 360)})
    with pytest.raises(MediaRoomUnknown):
        await service.media.set_view(ROOM, OLAF, {})


async def test_the_statistics_of_a_participant_who_is_not_there_yet_are_empty(
    service: MediaService,
) -> None:
    await service.media.open_room(ROOM)
    await service.media.join(ROOM, INES, offer(), observer=False)
    stats = await service.media.participant_stats(ROOM, INES)
    assert (stats.round_trip_s, stats.sent_bps, stats.slots) == (None, 0, ())
    with pytest.raises(MediaRoomUnknown):
        await service.media.participant_stats(ROOM, OLAF)


async def test_a_screen_comes_in_what_its_sender_likes_best_of_what_all_others_decode(
    service: MediaService, told: Told
) -> None:
    def codec_of(who: ParticipantId) -> VideoCodec | None:
        codecs = [
            event.codec
            for _, event in told
            if isinstance(event, CodecWanted) and event.participant == who
        ]
        return codecs[-1] if codecs else None

    async def join(who: ParticipantId, *pictures: str) -> None:
        sdp = offer(pictures=pictures, ufrag=str(who).removeprefix("par_"))
        await service.media.join(ROOM, who, sdp, observer=False)

    await service.media.open_room(ROOM)
    await join(INES, "AV1", "VP9", "VP8")
    await join(CARO, "VP9", "VP8", "AV1")
    await until(lambda: (codec_of(INES), codec_of(CARO)) == (VideoCodec.AV1, VideoCodec.VP9))
    await join(OLAF, "VP8", "VP9")
    await until(lambda: codec_of(INES) == VideoCodec.VP9)
    await join(OLAF, "VP8")
    await until(lambda: (codec_of(INES), codec_of(CARO)) == (VideoCodec.VP8, VideoCodec.VP8))
    assert codec_of(OLAF) is None, "a browser begins with the format that all have"
    await service.media.leave(ROOM, OLAF)
    await until(lambda: (codec_of(INES), codec_of(CARO)) == (VideoCodec.AV1, VideoCodec.VP9))


async def test_a_camera_is_answered_in_one_format(service: MediaService) -> None:
    """The one that all have, or where the device has no other, H.264; what comes to it may be any."""
    await service.media.open_room(ROOM)
    for pictures, taken in [(("VP9", "H264", "VP8"), "96"), (("AV1", "H264"), "108")]:
        sdp = offer(pictures=pictures)
        answer = await service.media.join(ROOM, INES, sdp, observer=False)
        types = [line.split(" ")[3:] for line in answer.splitlines() if line.startswith("m=video")]
        camera, screen, received = types[0], types[1], types[2]
        assert camera == [taken]
        assert len(screen) == len(received) == len(pictures)
        assert screen[0] == taken


async def test_an_offer_without_any_known_format_of_pictures_is_refused(
    service: MediaService,
) -> None:
    await service.media.open_room(ROOM)
    sdp = offer().replace("VP8/90000", "H265/90000")
    with pytest.raises(OfferRejected, match="none of VP8, VP9, AV1 and H264"):
        await service.media.join(ROOM, INES, sdp, observer=False)


async def test_relays_are_told_by_way_with_a_name_of_the_participants_own(
    service: MediaService,
) -> None:
    (relay,) = await service.media.relays(ROOM, CARO)
    here = f"turn:127.0.0.1:{service.media.port}"
    assert relay.urls == (
        f"{here}?transport=tcp",
    )  # over UDP it would cost Chromium the direct way
    assert relay.username.endswith(f":{ROOM}/{CARO}")
    assert relay.credential
