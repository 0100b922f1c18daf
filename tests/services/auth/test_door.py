"""Greeting, joining and coming back."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from vivavoce.contracts.events import ParticipantJoined, ParticipantLeft
from vivavoce.contracts.rights import Role
from vivavoce.contracts.tokens import (
    JOIN_TTL_S,
    REJOIN_TTL_S,
    CheckClaims,
    JoinClaims,
    TokenVerifier,
)
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.auth import public_half
from vivavoce.services.auth.edge import FAILURES_BURST

from .world import BODY, World, open_world


async def admitted(world: World, role: str = "candidate", **body: Any) -> tuple[str, BODY]:
    """A fresh interview and somebody who joined it by invitation."""
    interview = await world.interview()
    secret = (await world.secrets(interview))[role]
    joined = await world.join(interview, None, invitation=secret, **{"name": "Ann", **body})
    assert joined.status_code == 200, joined.text
    return interview, joined.json()


def claims_of(world: World, admission: BODY) -> JoinClaims:
    verifier = TokenVerifier(public_half(world.key), world.clock)
    return verifier.verify(admission["token"], JoinClaims)


@pytest.mark.parametrize("role", list(Role))
async def test_an_invitation_admits_in_its_role(world: World, role: Role) -> None:
    interview, admission = await admitted(world, role, name="  Ann  ")
    claims = claims_of(world, admission)
    assert (claims.interview, claims.role, claims.name) == (interview, role, "Ann")
    assert admission["participant"] == claims.participant
    assert (admission["role"], admission["name"]) == (role, "Ann")
    assert claims.person is None


async def test_joining_tells_what_the_room_needs(world: World) -> None:
    interview, admission = await admitted(world)
    base = f"wss://vivavoce.example/api/rooms/{interview}"
    kinds = ("signaling", "collab", "runs", "voice")
    assert admission["urls"] == {kind: f"{base}/{kind}" for kind in kinds}
    assert admission["interview"]["title"] == "A talk"
    assert admission["interview"]["state"] == "scheduled"
    assert admission["interview"]["host"] == "Owner"
    now = world.clock.now()
    assert now // 1000 * 1000 + JOIN_TTL_S * 1000 == admission["expires_at"]


async def test_urls_follow_the_host_of_the_request_if_no_public_url_is_set(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with open_world(tmp_path, clock, public_url=None) as world:
        interview, admission = await admitted(world)
        assert admission["urls"]["collab"] == f"ws://here:8080/api/rooms/{interview}/collab"
        forged = world.client(host="evil.example/x?")
        secret = (await world.secrets(interview))["candidate"]
        refused = await world.join(interview, forged, invitation=secret, name="Ann")
        assert refused.status_code == 422


async def test_everybody_who_joins_is_somebody_else(world: World) -> None:
    interview = await world.interview()
    secret = (await world.secrets(interview))["candidate"]
    joined = [await world.join(interview, invitation=secret, name="Ann") for _ in range(3)]
    assert len({each.json()["participant"] for each in joined}) == 3


async def test_the_organisation_joins_without_an_invitation_as_interviewer(world: World) -> None:
    interview = await world.interview()
    joined = await world.join(interview, world.owner())
    assert (joined.json()["role"], joined.json()["name"]) == ("interviewer", "Owner")
    assert claims_of(world, joined.json()).person is not None
    named = await world.join(interview, world.owner(), name="Grace")
    assert named.json()["name"] == "Grace"


async def test_a_body_is_not_needed_by_who_is_signed_in(world: World) -> None:
    interview = await world.interview()
    for door in ("greeting", "join"):
        answer = await world.owner().post(f"/api/interviews/{interview}/{door}")
        assert answer.status_code == 200


async def test_an_invitation_counts_more_than_being_signed_in(world: World) -> None:
    interview = await world.interview()
    secret = (await world.secrets(interview))["observer"]
    joined = await world.join(interview, world.owner(), invitation=secret, name="Eve")
    assert joined.json()["role"] == "observer"
    assert claims_of(world, joined.json()).person is None


async def test_coming_back_is_as_the_same_participant(world: World) -> None:
    interview, first = await admitted(world, "observer")
    world.clock.advance(JOIN_TTL_S * 3)
    again = await world.join(interview, rejoin=first["rejoin"])
    assert again.status_code == 200
    before, after = first, again.json()
    for kept in ("participant", "role", "name"):
        assert after[kept] == before[kept]
    assert after["token"] != before["token"]
    claims_of(world, after)


async def test_a_rejoin_token_lasts_and_is_renewed(world: World) -> None:
    interview, first = await admitted(world)
    world.clock.advance(REJOIN_TTL_S - 60)
    second = (await world.join(interview, rejoin=first["rejoin"])).json()
    world.clock.advance(120)
    assert (await world.join(interview, rejoin=first["rejoin"])).status_code == 401
    assert (await world.join(interview, rejoin=second["rejoin"])).status_code == 200


async def test_a_rejoin_token_is_for_its_interview(world: World) -> None:
    _, admission = await admitted(world)
    other = await world.interview()
    assert (await world.join(other, rejoin=admission["rejoin"])).status_code == 401


async def test_a_join_token_brings_no_other_token(world: World) -> None:
    interview, admission = await admitted(world, "interviewer")
    assert (await world.join(interview, rejoin=admission["token"])).status_code == 401
    with_token = world.client(authorization=f"Bearer {admission['token']}")
    assert (await world.join(interview, with_token)).status_code == 401


@pytest.mark.parametrize("door", ["join", "greeting"])
async def test_without_any_proof_nobody_enters(world: World, door: str) -> None:
    interview = await world.interview()
    for body in ({}, {"invitation": ""}, {"invitation": "x" * 43}):
        answer = await world.client().post(f"/api/interviews/{interview}/{door}", json=body)
        assert answer.status_code == 401


async def test_the_refusal_does_not_tell_which_part_was_wrong(world: World) -> None:
    interview, other = await world.interview(), await world.interview()
    secrets = await world.secrets(interview)
    revoked = (await world.invitations(interview))["observer"]["id"]
    await world.owner().post(f"/api/interviews/{interview}/invitations/{revoked}/revoke")
    answers = [
        await world.join(interview, invitation="wrong", name="Ann"),
        await world.join(interview, invitation=secrets["observer"], name="Ann"),
        await world.join(other, invitation=secrets["candidate"], name="Ann"),
        await world.join("itv_" + 24 * "0", invitation=secrets["candidate"], name="Ann"),
        await world.join("no id at all", invitation=secrets["candidate"], name="Ann"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


async def test_an_interview_of_another_organisation_is_not_there(world: World) -> None:
    interview = await world.interview()
    for door in ("greeting", "join"):
        for id_ in (interview, "no id at all"):
            answer = await world.stranger().post(f"/api/interviews/{id_}/{door}", json={})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_an_invitation_admits_people_of_other_organisations_too(world: World) -> None:
    interview = await world.interview()
    secret = (await world.secrets(interview))["observer"]
    joined = await world.join(interview, world.stranger(), invitation=secret, name="Eve")
    assert joined.json()["role"] == "observer"


async def test_after_the_end_nobody_joins_but_the_door_still_says_so(world: World) -> None:
    interview, admission = await admitted(world)
    secret = (await world.secrets(interview))["candidate"]
    await world.owner().post(f"/api/interviews/{interview}/end")
    greeting = f"/api/interviews/{interview}/greeting"

    async def state() -> str:
        answer = await world.client().post(greeting, json={"invitation": secret})
        return answer.json()["interview"]["state"]

    async with asyncio.timeout(5):
        while await state() != "ended":
            await asyncio.sleep(0)
    for client, body in [
        (world.client(), {"invitation": secret, "name": "Ann"}),
        (world.client(), {"rejoin": admission["rejoin"]}),
        (world.owner(), {}),
    ]:
        answer = await world.join(interview, client, **body)
        assert (answer.status_code, answer.json()["code"]) == (409, "interview_ended")


async def test_a_removed_participant_does_not_come_back_and_others_do(world: World) -> None:
    interview, removed = await admitted(world)
    secret = (await world.secrets(interview))["candidate"]
    other = (await world.join(interview, invitation=secret, name="Bo")).json()
    for who, reason in ((removed, "removed"), (other, "lost")):
        fact = ParticipantLeft.model_validate(
            {"interview": interview, "participant": who["participant"], "reason": reason}
        )
        await world.embedded.bus.publish(fact.event(world.clock))

    async def refusal() -> tuple[int, str]:
        answer = await world.join(interview, rejoin=removed["rejoin"])
        return answer.status_code, answer.json().get("code", "")

    async with asyncio.timeout(5):
        while await refusal() != (403, "removed"):
            await asyncio.sleep(0)
    assert (await world.join(interview, rejoin=other["rejoin"])).status_code == 200


async def test_the_link_of_a_removed_participant_lets_nobody_new_in_and_is_replaced(
    world: World,
) -> None:
    interview, removed = await admitted(world)
    secret = (await world.secrets(interview))["candidate"]
    other = (await world.join(interview, invitation=secret, name="Bo")).json()
    fact = ParticipantLeft.model_validate(
        {"interview": interview, "participant": removed["participant"], "reason": "removed"}
    )
    await world.embedded.bus.publish(fact.event(world.clock))
    async with asyncio.timeout(5):
        while (await world.join(interview, invitation=secret, name="Cy")).status_code == 200:
            await asyncio.sleep(0)
    assert (await world.join(interview, rejoin=other["rejoin"])).status_code == 200
    answer = await world.owner().get(f"/api/interviews/{interview}/invitations")
    valid = [each for each in answer.json()["invitations"] if each["revoked_at"] is None]
    (fresh,) = [each["url"].split("#")[1] for each in valid if each["role"] == "candidate"]
    assert (await world.join(interview, invitation=fresh, name="Di")).status_code == 200


async def test_the_greeting_tells_role_and_interview_and_no_more(world: World) -> None:
    interview = await world.interview("Backend, second round")
    secret = (await world.secrets(interview))["candidate"]
    answer = await world.client().post(
        f"/api/interviews/{interview}/greeting", json={"invitation": secret}
    )
    assert answer.status_code == 200
    assert answer.json()["role"] == "candidate"
    shown = answer.json()["interview"]
    assert shown.keys() == {
        *("id", "title", "state", "scheduled_at", "duration_min"),
        *("started_at", "ended_at", "host"),
    }
    assert (shown["title"], shown["host"]) == ("Backend, second round", "Owner")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "x" * 61,
        "a\nb",
        "a\x00b",
        "a\x1bb",
        "a\u202eb",
        "\u200d",
        "\ufeff",
        "a\u2028b",
        "\ud800",
    ],
)
async def test_a_name_that_is_none_is_refused(world: World, name: str) -> None:
    interview = await world.interview()
    secret = (await world.secrets(interview))["candidate"]
    body = b'{"invitation": "%s", "name": %s}' % (secret.encode(), json.dumps(name).encode())
    answer = await world.client().post(
        f"/api/interviews/{interview}/join",
        content=body,
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    "name", ["A", "x" * 60, "Zoë", "李小龍", "Nguyễn", "می‌خواهم", "O'Neil-Łuk 3", "👩‍💻"]
)
async def test_names_of_all_the_world_are_names(world: World, name: str) -> None:
    _, admission = await admitted(world, name=name)
    assert admission["name"] == name


async def test_a_candidate_without_a_name_is_asked_for_one(world: World) -> None:
    interview = await world.interview()
    secret = (await world.secrets(interview))["candidate"]
    answer = await world.join(interview, invitation=secret)
    assert (answer.status_code, answer.json()["message"]) == (422, "Your name is missing.")


async def test_guessing_invitations_is_slowed_down_and_joining_rightly_is_not(world: World) -> None:
    interview = await world.interview()
    secret = (await world.secrets(interview))["candidate"]
    for _ in range(FAILURES_BURST + 10):
        assert (await world.join(interview, invitation=secret, name="Ann")).status_code == 200
    answers = [
        await world.join(interview, invitation="guess", name="x") for _ in range(FAILURES_BURST + 1)
    ]
    assert [answer.status_code for answer in answers] == FAILURES_BURST * [401] + [429]


async def test_rosters_and_doors_agree_on_who_a_participant_is(world: World) -> None:
    interview, admission = await admitted(world)
    fact = ParticipantJoined(
        interview=InterviewId(interview),
        participant=ParticipantId(admission["participant"]),
        role=Role.CANDIDATE,
        name=admission["name"],
    )
    await world.embedded.bus.publish(fact.event(world.clock))
    shown: list[BODY] = []

    async with asyncio.timeout(5):
        while not shown:
            answer = await world.owner().get(f"/api/interviews/{interview}")
            shown = answer.json()["participants"]
    assert shown[0]["participant"] == admission["participant"]
    assert shown[0]["name"] == "Ann"


async def test_whoever_may_come_in_may_try_their_connection_first(world: World) -> None:
    interview = await world.interview()
    path = f"/api/interviews/{interview}/check"
    secret = (await world.secrets(interview))["candidate"]
    verifier = TokenVerifier(public_half(world.key), world.clock)
    for client, body in ((world.client(), {"invitation": secret}), (world.owner(), None)):
        answer = await client.post(path, json=body)
        assert verifier.verify(answer.json()["token"], CheckClaims).interview == interview
    assert (await world.client().post(path, json={"invitation": "wrong"})).status_code == 401
    assert (await world.client().post(path)).status_code == 401
    assert (await world.stranger().post(path)).status_code == 404
    await world.owner().post(f"/api/interviews/{interview}/end")
    ended = await until_over(world, path)
    assert ended == "interview_ended"


async def until_over(world: World, path: str) -> str:
    """The end travels on the bus."""
    async with asyncio.timeout(5):
        while (answer := await world.owner().post(path)).status_code == 200:
            await asyncio.sleep(0)
    return answer.json()["code"]
