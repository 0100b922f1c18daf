"""Invitations: three from the start, copied at any time, revoked for good."""

import asyncio

import pytest

from vivavoce.services.auth.model import INVITATIONS_MAX

from .world import PUBLIC_URL, World

ROLES = {"interviewer", "candidate", "observer"}


async def test_a_new_interview_has_an_invitation_for_each_role(world: World) -> None:
    interview = await world.interview()
    invitations = await world.invitations(interview)
    assert invitations.keys() == ROLES
    for each in invitations.values():
        page, secret = each["url"].split("#")
        assert page == f"{PUBLIC_URL}/i/{interview}"
        assert len(secret) == 43
        assert each["revoked_at"] is None
    assert len({each["url"] for each in invitations.values()}) == 3


async def test_links_can_be_copied_again_and_stay_the_same(world: World) -> None:
    interview = await world.interview()
    assert await world.invitations(interview) == await world.invitations(interview)


async def test_there_are_three_however_many_ask_at_once(world: World) -> None:
    interview = await world.interview()
    await asyncio.gather(*(world.invitations(interview) for _ in range(10)))
    answer = await world.owner().get(f"/api/interviews/{interview}/invitations")
    assert len(answer.json()["invitations"]) == 3


async def test_interviews_do_not_share_secrets(world: World) -> None:
    first, second = await world.interview("Same"), await world.interview("Same")
    secrets = await world.secrets(first)
    for secret in secrets.values():
        assert (await world.join(second, invitation=secret, name="Ann")).status_code == 401


async def test_another_invitation_of_a_role_works_beside_the_first(world: World) -> None:
    interview = await world.interview()
    first = await world.secrets(interview)
    path = f"/api/interviews/{interview}/invitations"
    added = await world.owner().post(path, json={"role": "candidate"})
    assert added.status_code == 201
    second = added.json()["url"].split("#")[1]
    assert second != first["candidate"]
    for secret in (first["candidate"], second):
        joined = await world.join(interview, invitation=secret, name="Ann")
        assert (joined.status_code, joined.json()["role"]) == (200, "candidate")


async def test_a_revoked_invitation_lets_nobody_in_and_back_in(world: World) -> None:
    interview = await world.interview()
    secret = (await world.secrets(interview))["candidate"]
    admitted = (await world.join(interview, invitation=secret, name="Ann")).json()
    invitation = (await world.invitations(interview))["candidate"]["id"]
    path = f"/api/interviews/{interview}/invitations/{invitation}/revoke"
    for _ in range(2):
        assert (await world.owner().post(path)).status_code == 204
    assert (await world.join(interview, invitation=secret, name="Ann")).status_code == 401
    assert (await world.join(interview, rejoin=admitted["rejoin"])).status_code == 401
    others = await world.secrets(interview)
    assert (
        await world.join(interview, invitation=others["observer"], name="Bo")
    ).status_code == 200
    shown = (await world.invitations(interview))["candidate"]
    assert shown["revoked_at"] == world.clock.now()


async def test_revoking_is_told_once(world: World) -> None:
    interview = await world.interview()
    invitation = (await world.invitations(interview))["candidate"]["id"]
    path = f"/api/interviews/{interview}/invitations/{invitation}/revoke"
    answers = await asyncio.gather(*(world.owner().post(path) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {204}
    other = (await world.invitations(interview))["observer"]["id"]
    await world.owner().post(f"/api/interviews/{interview}/invitations/{other}/revoke")
    async with asyncio.timeout(5):
        while len(world.revocations) < 2:
            await asyncio.sleep(0)
    told = [(event.key, event.body["invitation"]) for event in world.revocations]
    assert told == [(interview, invitation), (interview, other)]


async def test_there_is_a_limit(world: World) -> None:
    interview = await world.interview()
    path = f"/api/interviews/{interview}/invitations"
    for _ in range(INVITATIONS_MAX - 3):
        assert (await world.owner().post(path, json={"role": "observer"})).status_code == 201
    refused = await world.owner().post(path, json={"role": "observer"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_invitations")


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("client", 401)])
async def test_nobody_else_sees_makes_or_revokes_them(world: World, who: str, status: int) -> None:
    interview = await world.interview()
    invitation = (await world.invitations(interview))["candidate"]["id"]
    path = f"/api/interviews/{interview}/invitations"
    client = world.stranger() if who == "stranger" else world.client()
    answers = [
        await client.get(path),
        await client.post(path, json={"role": "interviewer"}),
        await client.post(f"{path}/{invitation}/revoke"),
    ]
    assert {answer.status_code for answer in answers} == {status}
    assert (await world.invitations(interview))["candidate"]["revoked_at"] is None


async def test_a_join_token_does_not_open_the_invitations(world: World) -> None:
    interview = await world.interview()
    secret = (await world.secrets(interview))["interviewer"]
    token = (await world.join(interview, invitation=secret, name="Ann")).json()["token"]
    client = world.client(authorization=f"Bearer {token}")
    assert (await client.get(f"/api/interviews/{interview}/invitations")).status_code == 401


async def test_an_invitation_of_another_interview_is_not_found_here(world: World) -> None:
    first, second = await world.interview(), await world.interview()
    invitation = (await world.invitations(second))["candidate"]["id"]
    path = f"/api/interviews/{first}/invitations/{invitation}/revoke"
    assert (await world.owner().post(path)).status_code == 404
    assert (await world.invitations(second))["candidate"]["revoked_at"] is None
