"""Who gets no socket, and what closes one: real HTTP and real sockets."""

import asyncio
import json

import pytest
from websockets.exceptions import InvalidStatus

from vivavoce.contracts.events import InterviewEnded
from vivavoce.contracts.messages import FRAME_BYTES_MAX
from vivavoce.contracts.rights import Role
from vivavoce.contracts.sockets import (
    CLOSE_INVALID,
    CLOSE_TOO_LARGE,
    CLOSE_UNAUTHENTICATED,
)
from vivavoce.kernel.ids import InterviewId, new_interview_id, new_participant_id

from .stage import Arrive, Message, Person, Server

HELLO = {"seq": 0, "ack": 0, "body": {"type": "hello", "ticket": "none"}}


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
