"""The service over real HTTP and real sockets."""

import asyncio
import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from vivavoce.contracts.events import InterviewEnded, InterviewStarted
from vivavoce.contracts.media import RoomFailed, Source, SpeakersChanged, VideoLimit
from vivavoce.contracts.messages import FRAME_BYTES_MAX
from vivavoce.contracts.rights import Role
from vivavoce.contracts.sockets import (
    CLOSE_ENDED,
    CLOSE_FORBIDDEN,
    CLOSE_INVALID,
    CLOSE_REPLACED,
    CLOSE_TOO_LARGE,
    CLOSE_UNAUTHENTICATED,
)
from vivavoce.kernel.ids import InterviewId, new_interview_id, new_participant_id
from vivavoce.services.signaling.member import GRACE_S
from vivavoce.services.signaling.room import EMPTY_ROOM_S

from .fake_media import FakeMedia
from .stage import Arrive, Backstage, Message, Person, Server, serving, until

HELLO = {"seq": 0, "ack": 0, "body": {"type": "hello", "ticket": "none"}}


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


# --- who may come in ------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
async def test_a_foreign_page_gets_no_socket(
    server: Server, interview: InterviewId, origin: str | None
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await server.socket(interview, origin=origin)
    assert refused.value.response.status_code == 403


async def test_a_ticket_needs_a_join_token(server: Server, interview: InterviewId) -> None:
    assert (await server.ticket_response(interview, None)).status_code == 401
    assert (await server.ticket_response(interview, "nonsense")).status_code == 401


async def test_a_ticket_is_for_the_interview_of_the_token(
    server: Server, interview: InterviewId
) -> None:
    other = await server.backstage.interview()
    token = server.token(other, new_participant_id(), Role.INTERVIEWER, "Ines")
    response = await server.ticket_response(interview, token)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


async def test_there_is_no_ticket_for_an_interview_that_has_ended(
    server: Server, interview: InterviewId
) -> None:
    await server.backstage.publish(InterviewEnded(interview=interview))
    person = Person(server, interview, Role.CANDIDATE, "Caro")
    token = server.token(interview, person.id, person.role, person.name)
    async with asyncio.timeout(5):
        while (response := await server.ticket_response(interview, token)).status_code == 200:
            await asyncio.sleep(0.01)
    assert (response.status_code, response.json()["code"]) == (409, "interview_ended")


async def test_relays_are_for_the_participant_of_the_token_and_for_nobody_else(
    server: Server, interview: InterviewId
) -> None:
    caro = new_participant_id()
    token = server.token(interview, caro, Role.CANDIDATE, "Caro")
    (relay,) = (await server.ask(interview, "media/relays", token)).json()["relays"]
    assert relay["username"] == f"{interview}/{caro}"
    assert set(relay) == {"urls", "username", "credential"}
    assert (await server.ask(interview, "media/relays", None)).status_code == 401
    other = await server.backstage.interview()
    assert (await server.ask(other, "media/relays", token)).status_code == 403


async def closing(person: Person) -> tuple[int, Message]:
    """The close code and the error before it."""
    return await person.close_code(), person.heard[-1]


async def test_an_invented_ticket_opens_nothing(server: Server, interview: InterviewId) -> None:
    person = Person(server, interview, Role.CANDIDATE, "Caro")
    await person.open()
    await person.write(HELLO)
    code, error = await closing(person)
    assert (code, error["code"]) == (CLOSE_UNAUTHENTICATED, "unauthenticated")


async def test_a_ticket_is_good_once(server: Server, interview: InterviewId) -> None:
    person = Person(server, interview, Role.CANDIDATE, "Caro")
    hello = {**HELLO, "body": {"type": "hello", "ticket": await person.ticket()}}
    await person.open()
    await person.write(hello)
    await person.hear("welcome")
    await person.drop()
    await person.open()
    await person.write(hello)
    assert await person.close_code() == CLOSE_UNAUTHENTICATED


async def test_a_ticket_opens_no_other_room(server: Server, interview: InterviewId) -> None:
    other = await server.backstage.interview()
    person = Person(server, interview, Role.CANDIDATE, "Caro")
    ticket = await person.ticket()
    person.interview = other
    await person.open()
    await person.write({**HELLO, "body": {"type": "hello", "ticket": ticket}})
    assert await person.close_code() == CLOSE_UNAUTHENTICATED


async def test_an_unknown_interview_has_no_tickets(server: Server) -> None:
    nowhere = new_interview_id()
    token = server.token(nowhere, new_participant_id(), Role.CANDIDATE, "Caro")
    assert (await server.ticket_response(nowhere, token)).status_code == 404


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[]",
        "null",
        '{"seq":0,"ack":0,"body":{"type":"hello"}}',
        '{"seq":1,"ack":0,"body":{"type":"hello","ticket":"x"}}',
        '{"seq":0,"ack":0,"body":{"type":"leave"}}',
        '{"seq":0,"ack":0,"body":{"type":"hello","ticket":"x","admin":true}}',
        b"\x00\x01",
        "[" * 50_000,
    ],
)
async def test_what_is_no_hello_closes_the_socket_with_a_reason(
    server: Server, interview: InterviewId, frame: str | bytes
) -> None:
    person = Person(server, interview, Role.CANDIDATE, "Caro")
    await person.open()
    await person.write(frame)
    code, error = await closing(person)
    assert (code, error["code"]) == (CLOSE_INVALID, "malformed")


async def test_a_malformed_frame_is_refused_and_the_socket_lives_on(arrive: Arrive) -> None:
    caro = await arrive()
    await caro.write("{")
    error = await caro.hear("error")
    assert (error["code"], error["about"]) == ("malformed", None)
    await caro.send({"type": "send_chat", "id": "1", "text": "alive"})
    await caro.hear("chat")


async def test_a_malformed_numbered_message_is_counted(arrive: Arrive) -> None:
    caro = await arrive()
    seq = await caro.send({"type": "send_chat", "id": "1"})
    error = await caro.hear("error")
    assert (error["code"], error["about"]) == ("malformed", seq)
    await caro.send({"type": "send_chat", "id": "2", "text": "next"})
    assert (await caro.hear("chat"))["line"]["text"] == "next"


async def test_an_error_never_repeats_the_input(arrive: Arrive) -> None:
    caro = await arrive()
    await caro.send({"type": "send_chat", "id": "1", "text": "x", "password": "hunter2"})
    assert "hunter2" not in json.dumps(await caro.hear("error"))


async def test_too_many_malformed_frames_in_a_row_close(arrive: Arrive) -> None:
    caro = await arrive()
    for _ in range(10):
        await caro.write("{")
    assert await caro.close_code() == CLOSE_INVALID
    assert caro.kinds().count("error") == 10


async def test_a_frame_that_is_too_large_closes(arrive: Arrive) -> None:
    caro = await arrive()
    await caro.write("x" * (FRAME_BYTES_MAX + 1))
    code, error = await closing(caro)
    assert (code, error["code"]) == (CLOSE_TOO_LARGE, "too_large")


async def test_the_size_is_counted_in_bytes(arrive: Arrive) -> None:
    caro = await arrive()
    await caro.write("ä" * (FRAME_BYTES_MAX // 2 + 1))
    assert await caro.close_code() == CLOSE_TOO_LARGE


async def test_a_skipped_number_closes(arrive: Arrive) -> None:
    caro = await arrive()
    caro.sent = 5
    await caro.send({"type": "leave"})
    code, error = await closing(caro)
    assert (code, error["code"]) == (CLOSE_INVALID, "out_of_order")


async def test_an_acknowledgement_of_what_was_never_sent_closes(arrive: Arrive) -> None:
    caro = await arrive()
    await caro.write({"seq": 0, "ack": 99, "body": {"type": "ping", "sent": 1}})
    assert await caro.close_code() == CLOSE_INVALID


async def test_one_person_s_rubbish_does_not_disturb_the_others(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    for _ in range(10):
        await caro.write("{")
    await caro.close_code()
    await ines.send({"type": "send_chat", "id": "1", "text": "fine"})
    await ines.hear("chat")


# --- coming back ----------------------------------------------------------------------------------


async def test_a_dropped_socket_is_resumed_with_nothing_lost_or_doubled(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    await caro.send({"type": "send_chat", "id": "a", "text": "before"})
    await caro.hear("chat")
    await caro.drop()
    for number in range(5):
        await ines.send({"type": "send_chat", "id": str(number), "text": f"missed {number}"})
    for _ in range(6):
        await ines.hear("chat")
    caro.sent += 1
    caro.unacknowledged[caro.sent] = {"type": "send_chat", "id": "b", "text": "kept"}
    assert (await caro.connect(resume=True))["type"] == "resumed"
    await caro.resend()
    await caro.resend()
    lines = [(await caro.hear("chat"))["line"]["text"] for _ in range(6)]
    assert lines == [f"missed {number}" for number in range(5)] + ["kept"]
    assert (await ines.hear("chat"))["line"]["text"] == "kept"
    texts = [body["line"]["text"] for body in caro.heard if body["type"] == "chat"]
    assert len(texts) == len(set(texts)) == 7


async def test_others_see_the_drop_and_the_return(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    await ines.hear("joined")
    await caro.drop()
    assert not (await ines.hear("updated"))["participant"]["connected"]
    await caro.connect(resume=True)
    assert (await ines.hear("updated"))["participant"]["connected"]


async def test_a_second_socket_takes_the_place_of_the_first(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    twin = Person(caro.server, caro.interview, caro.role, caro.name, id=caro.id)
    await twin.connect()
    assert await caro.close_code() == CLOSE_REPLACED
    await twin.send({"type": "send_chat", "id": "1", "text": "me"})
    assert (await ines.hear("chat"))["line"]["participant"] == caro.id
    assert ines.kinds().count("joined") == 1
    assert "left" not in ines.kinds()


async def test_an_unknown_token_is_answered_with_a_fresh_welcome(arrive: Arrive) -> None:
    caro = await arrive()
    await caro.drop()
    caro.token = "invented"
    welcome = await caro.connect(resume=True, offer=None)
    assert welcome["type"] == "welcome"
    assert not welcome["offer_needed"], "the media session is still there"


async def test_a_foreign_token_resumes_nothing(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    await caro.drop()
    caro.token = ines.token
    welcome = await caro.connect(resume=True)
    assert (welcome["type"], welcome["you"]) == ("welcome", caro.id)


async def test_a_restart_keeps_chat_and_removals_and_asks_for_an_offer(
    backstage: Backstage, media: FakeMedia
) -> None:
    async with serving(backstage) as server:
        interview = await backstage.interview()
        caro = Person(server, interview, Role.CANDIDATE, "Caro")
        await caro.connect(tracks={"camera": True})
        await caro.send({"type": "send_chat", "id": "1", "text": "remember me"})
        await caro.hear("chat")
        ines = Person(server, interview, Role.INTERVIEWER, "Ines")
        await ines.connect()
        rude = Person(server, interview, Role.CANDIDATE, "Rude")
        await rude.connect()
        await ines.send({"type": "remove", "participant": rude.id})
        await rude.close_code()
        color = caro.heard[0]["participants"][0]["color"]
    restarted = Backstage(FakeMedia())
    restarted.documents, restarted.signer = backstage.documents, backstage.signer
    restarted.verifier = backstage.verifier
    async with serving(restarted) as server:
        caro.server = server
        welcome = await caro.connect(resume=True, offer=None)
        assert (welcome["type"], welcome["offer_needed"]) == ("welcome", True)
        assert [line["text"] for line in welcome["chat"]] == ["remember me"]
        assert welcome["participants"][0]["color"] == color
        rude.server = server
        with pytest.raises(ConnectionClosed):
            await rude.connect()
        assert rude.heard[-1]["code"] == "removed"
        await caro.send({"type": "offer", "id": "o", "sdp": "new", "fresh": True})
        assert (await caro.hear("answer"))["sdp"] == "answer to new"
        await caro.send({"type": "send_chat", "id": "1", "text": "remember me"})
        await caro.send({"type": "send_chat", "id": "2", "text": "new"})
        assert (await caro.hear("chat"))["line"]["text"] == "new", "a known line is not doubled"
    await restarted.bus.close()


async def test_who_stays_away_is_lost_to_everybody(arrive: Arrive, server: Server) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    await caro.drop()
    await ines.knows(["updated"], lambda body: not body["participant"]["connected"])
    server.backstage.clock.advance(GRACE_S)
    await ines.send({"type": "send_chat", "id": "1", "text": "gone?"})
    left = await ines.hear("left")
    assert (left["participant"], left["reason"]) == (caro.id, "lost")
    await until(lambda: len(server.backstage.facts) == 3)
    assert server.backstage.facts[-1].body["reason"] == "lost"


# --- the interview and its media ------------------------------------------------------------------


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
