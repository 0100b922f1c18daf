"""The service over real HTTP and real sockets."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

from vivavoce.contracts.events import InterviewEnded, InterviewStarted
from vivavoce.contracts.media import RoomFailed, Source, SpeakersChanged, VideoLimit
from vivavoce.contracts.rights import Role
from vivavoce.contracts.sockets import (
    CLOSE_ENDED,
    CLOSE_FORBIDDEN,
)
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.signaling.room import EMPTY_ROOM_S

from .fake_media import FakeMedia
from .stage import Arrive, Server, until


async def test_an_offer_is_answered_in_the_first_round_trip(arrive: Arrive) -> None:
    person = await arrive(offer="my offer")
    (welcome,) = person.heard
    assert welcome["answer"] == "answer to my offer"
    assert welcome["you"] == person.id


async def test_two_people_meet_and_chat(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    assert (await ines.hear("joined"))["participant"]["name"] == "Caro"
    await caro.send({"type": "send_chat", "id": "1", "text": "hello 👋"})
    assert (await ines.hear("chat"))["line"]["text"] == "hello 👋"
    assert (await caro.hear("chat"))["line"]["name"] == "Caro"


async def test_switches_and_mutes_reach_the_media_service(arrive: Arrive, media: FakeMedia) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive(tracks={"microphone": True})
    await until(lambda: media.forwarded[caro.id].get(Source.MICROPHONE) is True)
    await ines.send({"type": "mute", "participant": caro.id, "source": "microphone"})
    assert (await caro.hear("muted"))["by"] == ines.id
    await until(lambda: media.forwarded[caro.id][Source.MICROPHONE] is False)


async def test_what_somebody_looks_at_reaches_the_media_service(
    arrive: Arrive, media: FakeMedia, server: Server
) -> None:
    caro = await arrive(offer="my offer")
    await caro.send({"type": "view", "tiles": [{"mid": "11", "width": 320, "height": 180}]})
    await until(lambda: media.views.get(caro.id) == {"11": (320, 180)})
    assert media.limits[caro.id] is VideoLimit.ALL
    await caro.send({"type": "view", "tiles": [], "video": False})
    await until(lambda: media.views[caro.id] == {})
    assert media.limits[caro.id] is VideoLimit.NONE
    assert server.backstage.metric("faults_total") == 0


async def test_a_candidate_s_forbidden_message_is_refused_by_number(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    seq = await caro.send({"type": "remove", "participant": ines.id})
    error = await caro.hear("error")
    assert (error["code"], error["about"]) == ("forbidden", seq)
    await ines.send({"type": "send_chat", "id": "1", "text": "still here"})
    await caro.hear("chat")


async def test_a_ping_comes_back_with_the_server_s_time(arrive: Arrive) -> None:
    caro = await arrive()
    await caro.write({"seq": 0, "ack": 0, "body": {"type": "ping", "sent": 12.5}})
    pong = await caro.hear("pong")
    assert pong["sent"] == 12.5
    assert abs(pong["server_time"] - caro.server.backstage.clock.now()) < 5000


async def test_what_happens_is_counted(arrive: Arrive, server: Server) -> None:
    caro = await arrive()
    metric = server.backstage.metric
    assert (metric("rooms"), metric("sockets"), metric("welcomed_total")) == (1, 1, 1)
    await caro.drop()
    await caro.connect(resume=True)
    assert (metric("welcomed_total"), metric("resumed_total")) == (1, 1)
    await caro.send({"type": "leave"})
    await caro.close_code()
    await until(lambda: metric("closed_total", code="1000") == 1)
    await until(lambda: metric("sockets") == 0)
    assert metric("faults_total") == 0


async def test_start_and_end_reach_everybody_and_the_end_closes(
    server: Server, interview: InterviewId, arrive: Arrive, media: FakeMedia
) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    await server.backstage.publish(InterviewStarted(interview=interview))
    for person in (ines, caro):
        assert (await person.hear("interview_changed"))["interview"]["state"] == "live"
    await server.backstage.publish(InterviewEnded(interview=interview))
    for person in (ines, caro):
        assert (await person.hear("interview_changed"))["interview"]["state"] == "ended"
        assert await person.close_code() == CLOSE_ENDED
    await until(lambda: interview not in media.rooms)
    await until(lambda: len(server.backstage.facts) == 4)
    reasons = [event.body.get("reason") for event in server.backstage.facts]
    assert reasons == [None, None, "ended", "ended"]


async def test_a_removed_person_is_told_and_cannot_come_back(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    await ines.send({"type": "remove", "participant": caro.id})
    assert (await caro.hear("left"))["reason"] == "removed"
    assert await caro.close_code() == CLOSE_FORBIDDEN
    with pytest.raises(ConnectionClosed) as refused:
        await caro.connect()
    assert refused.value.rcvd is not None
    assert refused.value.rcvd.code == CLOSE_FORBIDDEN
    assert caro.heard[-1]["code"] == "removed"


async def test_a_room_that_closes_does_not_take_the_media_of_its_successor(
    arrive: Arrive, media: FakeMedia, server: Server, interview: InterviewId
) -> None:
    caro = await arrive()
    await caro.send({"type": "leave"})
    await caro.close_code()
    media.may_close.clear()
    server.backstage.clock.advance(EMPTY_ROOM_S)
    media.report(interview, SpeakersChanged(()))  # the room looks at the clock
    await until(lambda: server.backstage.metric("rooms") == 0)
    heard = server.backstage.metric("received_total")
    coming = asyncio.create_task(arrive())
    await until(lambda: server.backstage.metric("received_total") != heard)
    assert media.rooms[interview] == {}, "the old room has not closed its media yet"
    media.may_close.set()
    back = await coming
    assert media.rooms[interview] == {back.id: "offer"}


async def test_a_media_fault_is_mended_by_fresh_offers(
    arrive: Arrive, media: FakeMedia, interview: InterviewId
) -> None:
    caro = await arrive()
    media.rooms.pop(interview)
    media.report(interview, RoomFailed("panic"))
    await caro.hear("media_failed")
    await caro.send({"type": "offer", "id": "1", "sdp": "fresh", "fresh": True})
    assert (await caro.hear("answer"))["sdp"] == "answer to fresh"
    assert media.rooms[interview] == {caro.id: "fresh"}


async def test_a_rejected_offer_leaves_the_person_in_the_room(arrive: Arrive) -> None:
    caro = await arrive(offer="bad")
    (welcome,) = caro.heard
    assert (welcome["answer"], welcome["offer_needed"]) == (None, True)
    assert "template" in welcome["media_error"]
    seq = await caro.send({"type": "offer", "id": "1", "sdp": "bad", "fresh": True})
    error = await caro.hear("error")
    assert (error["code"], error["about"]) == ("offer_rejected", seq)


async def test_who_leaves_is_gone_from_the_media_service(
    arrive: Arrive, media: FakeMedia, interview: InterviewId
) -> None:
    caro = await arrive()
    assert caro.id in media.rooms[interview]
    await caro.send({"type": "leave"})
    assert await caro.close_code() == 1000
    await until(lambda: caro.id not in media.rooms[interview])
