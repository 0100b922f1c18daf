"""Browsers send their logs, once each; interviewers read them and nobody else does."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from vivavoce.contracts.events import ParticipantJoined
from vivavoce.contracts.rights import Role
from vivavoce.contracts.tokens import JoinClaims
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.interviews.log import PIECE_BYTES
from vivavoce.services.interviews.log_service import BATCHES_BURST
from vivavoce.services.interviews.log_store import PIECES_READ

from .conftest import Office

CARO = ParticipantId("par_caro")
INES = ParticipantId("par_ines")


def entry(seq: int) -> dict[str, Any]:
    return {"seq": seq, "ago_ms": 1000, "kind": "state", "of": "ice", "state": "connected"}


def browser(
    office: Office, interview: str, who: ParticipantId = CARO, role: Role = Role.CANDIDATE
) -> httpx.AsyncClient:
    claims = JoinClaims.issued(
        office.clock, interview=interview, participant=who, role=role, name="Caro"
    )
    return office.client(office.signer.sign(claims))


async def send(client: httpx.AsyncClient, interview: str, *seqs: int) -> httpx.Response:
    body = {"page": "p", "entries": [entry(seq) for seq in seqs]}
    return await client.post(f"/api/interviews/{interview}/log", json=body)


async def read(office: Office, interview: str) -> list[dict[str, Any]]:
    answer = await office.person().get(f"/api/interviews/{interview}/log")
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def came(office: Office, interview: str, who: ParticipantId) -> None:
    """The participant is in the roster."""
    joined = ParticipantJoined(
        interview=InterviewId(interview), participant=who, role=Role.CANDIDATE, name="Caro"
    )
    await office.embedded.bus.publish(joined.event(office.clock))
    async with asyncio.timeout(5):
        while True:
            detail = (await office.person().get(f"/api/interviews/{interview}")).json()
            if who in [each["participant"] for each in detail["participants"]]:
                return


@pytest.fixture
async def interview(office: Office) -> str:
    """One in whose room Caro has been."""
    made = (await office.create())["id"]
    await came(office, made, CARO)
    return made


async def test_a_log_is_read_as_json_lines_with_who_noted_it_and_when(
    office: Office, interview: str
) -> None:
    assert (await send(browser(office, interview), interview, 1)).status_code == 204
    assert await read(office, interview) == [
        {
            "participant": CARO,
            "name": "Caro",
            "role": "candidate",
            "page": "p",
            "at": office.clock.now() - 1000,
            "seq": 1,
            "kind": "state",
            "of": "ice",
            "state": "connected",
        }
    ]


async def test_a_batch_that_is_sent_again_is_kept_once(office: Office, interview: str) -> None:
    caro = browser(office, interview)
    for seqs in ((1, 2), (1, 2), (2, 3)):
        assert (await send(caro, interview, *seqs)).status_code == 204
    assert [line["seq"] for line in await read(office, interview)] == [1, 2, 3]


async def test_a_long_log_is_read_whole_and_in_order(office: Office, interview: str) -> None:
    caro, sent = browser(office, interview), 0
    size = len(json.dumps(entry(1)))
    while sent * size < PIECES_READ * PIECE_BYTES * 1.5:
        office.clock.advance(60)
        await send(caro, interview, *range(sent + 1, sent + 201))
        caro, sent = browser(office, interview), sent + 200
    assert [line["seq"] for line in await read(office, interview)] == list(range(1, sent + 1))


async def test_the_last_minutes_come_after_the_end(office: Office, interview: str) -> None:
    await office.person().post(f"/api/interviews/{interview}/end")
    assert (await send(browser(office, interview), interview, 1)).status_code == 204
    assert len(await read(office, interview)) == 1


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.OBSERVER])
async def test_only_interviewers_read(office: Office, interview: str, role: Role) -> None:
    refused = await office.participant(interview, role).get(f"/api/interviews/{interview}/log")
    assert refused.status_code == 403
    allowed = office.participant(interview, Role.INTERVIEWER)
    assert (await allowed.get(f"/api/interviews/{interview}/log")).status_code == 200


async def test_another_organisation_and_another_interview_see_nothing(
    office: Office, interview: str
) -> None:
    path = f"/api/interviews/{interview}/log"
    other = (await office.create())["id"]
    assert (await office.person("org_b").get(path)).status_code == 404
    stranger = office.participant(other, Role.INTERVIEWER)
    assert (await stranger.get(path)).status_code == 404
    assert (await send(browser(office, other), interview, 1)).status_code == 404
    assert (await office.client().get(path)).status_code == 401
    assert (await send(office.client(), interview, 1)).status_code == 401


async def test_whoever_sends_too_often_is_told_and_others_are_not_held_up(
    office: Office, interview: str
) -> None:
    caro = browser(office, interview)
    answers = [(await send(caro, interview, seq)).status_code for seq in range(1, 20)]
    assert answers.count(204) == BATCHES_BURST
    assert answers[-1] == 429
    await came(office, interview, INES)
    ines = browser(office, interview, INES, Role.INTERVIEWER)
    assert (await send(ines, interview, 1)).status_code == 204


async def test_two_logs_do_not_mix(office: Office, interview: str) -> None:
    other = (await office.create())["id"]
    await came(office, other, INES)
    await send(browser(office, interview), interview, 1)
    await send(browser(office, other, INES), other, 7)
    assert [line["seq"] for line in await read(office, interview)] == [1]
    assert [line["seq"] for line in await read(office, other)] == [7]


async def test_the_report_is_made_of_what_came_so_far_and_only_for_interviewers(
    office: Office, interview: str
) -> None:
    voice = {"way": "up", "source": "microphone", "bitrate_kbps": 30, "packets": 100, "lost": 20}
    sample = {"kind": "sample", "over_ms": 5000, "round_trip_ms": 50, "lines": [voice]}
    body = {"page": "p", "entries": [{"seq": 1, "ago_ms": 0, **sample}]}
    caro = browser(office, interview)
    path = f"/api/interviews/{interview}/quality"
    await caro.post(f"/api/interviews/{interview}/log", json=body)
    made = (await office.person().get(path)).json()
    assert (made["level"], made["participants"][0]["loss_up_percent"]["p95"]) == ("bad", 20.0)
    assert made["verdict"].startswith("Caro: Up to 20 % was lost on the way up")
    assert (await caro.get(path)).status_code == 403
    assert (await office.person("org_b").get(path)).status_code == 404


async def test_whoever_was_never_in_the_room_has_nothing_to_note(
    office: Office, interview: str
) -> None:
    stranger = browser(office, interview, INES)
    refused = await send(stranger, interview, 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_room")
    await came(office, interview, INES)
    assert (await send(stranger, interview, 1)).status_code == 204
