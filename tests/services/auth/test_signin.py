"""Signing in: one use, one day, one person."""

import asyncio
from pathlib import Path

import httpx
import pytest

from vivavoce.contracts.http import SESSION_COOKIE
from vivavoce.contracts.tokens import SESSION_TTL_S
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.ids import PersonId
from vivavoce.services import auth
from vivavoce.services.auth.edge import FAILURES_BURST, FAILURES_PER_MINUTE
from vivavoce.services.auth.model import SIGNIN_LINK_TTL_S, SIGNIN_LINKS_MAX

from .world import STRANGER, World, open_world


async def sign_in(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    return await client.post("/api/auth/signin", json={"secret": secret})


async def test_the_owner_link_signs_the_owner_in(world: World) -> None:
    client = world.client()
    assert (await client.get("/api/auth/me")).status_code == 401
    assert (await sign_in(client, await world.owner_secret())).status_code == 204
    me = await client.get("/api/auth/me")
    assert me.status_code == 200
    assert me.json()["name"] == "Owner"
    assert me.json().keys() == {"person", "name", "organisation"}


async def test_the_owner_link_names_the_page_and_keeps_the_secret_in_the_fragment(
    world: World,
) -> None:
    link = await auth.owner_link(
        documents=world.embedded.documents, clock=world.clock, public_url="http://localhost:8080/"
    )
    before, secret = link.split("#")
    assert before == "http://localhost:8080/signin"
    assert len(secret) == 43


async def test_a_link_works_once(world: World) -> None:
    secret = await world.owner_secret()
    assert (await sign_in(world.client(), secret)).status_code == 204
    again = await sign_in(world.client(), secret)
    assert again.status_code == 401
    assert SESSION_COOKIE not in again.cookies


async def test_of_many_who_use_a_link_at_once_one_is_signed_in(world: World) -> None:
    secret = await world.owner_secret()
    answers = await asyncio.gather(*(sign_in(world.client(), secret) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [204] + 19 * [401]


async def test_a_link_expires(world: World) -> None:
    secret = await world.owner_secret()
    world.clock.advance(SIGNIN_LINK_TTL_S)
    assert (await sign_in(world.client(), secret)).status_code == 401


async def test_the_refusal_is_the_same_whatever_was_wrong(world: World) -> None:
    used, expired = await world.owner_secret(), await world.owner_secret()
    await sign_in(world.client(), used)
    world.clock.advance(SIGNIN_LINK_TTL_S)
    refused = [await sign_in(world.client(), secret) for secret in (used, expired, "wrong", "")]
    assert {answer.status_code for answer in refused} == {401}
    assert len({answer.text for answer in refused}) == 1


async def test_several_links_are_open_at_once_up_to_a_limit(world: World) -> None:
    secrets: list[str] = []
    for _ in range(SIGNIN_LINKS_MAX + 1):
        secrets.append(await world.owner_secret())
        world.clock.advance(1)
    assert (await sign_in(world.client(), secrets[-1])).status_code == 204
    assert (await sign_in(world.client(), secrets[1])).status_code == 204
    assert (await sign_in(world.client(), secrets[0])).status_code == 401


@pytest.mark.parametrize(
    ("public_url", "secure"), [("https://vivavoce.example", True), (None, False)]
)
async def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_connections(
    tmp_path: Path, clock: ManualClock, public_url: str | None, secure: bool
) -> None:
    async with open_world(tmp_path, clock, public_url=public_url) as world:
        answer = await sign_in(world.client(), await world.owner_secret())
        attributes = answer.headers["set-cookie"].split("; ")
    assert attributes[0].startswith(f"{SESSION_COOKIE}=ey")
    assert {"HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={SESSION_TTL_S}"} <= set(attributes)
    assert ("Secure" in attributes) is secure
    assert not any(attribute.startswith("Domain") for attribute in attributes)


async def test_a_session_ends_with_its_time(world: World) -> None:
    client = world.client()
    await sign_in(client, await world.owner_secret())
    world.clock.advance(SESSION_TTL_S - 1)
    assert (await client.get("/api/auth/me")).status_code == 200
    world.clock.advance(1)
    assert (await client.get("/api/auth/me")).status_code == 401


async def test_signing_out_takes_the_cookie_away(world: World) -> None:
    client = world.client()
    await sign_in(client, await world.owner_secret())
    assert (await client.post("/api/auth/signout")).status_code == 204
    assert (await client.get("/api/auth/me")).status_code == 401


async def test_a_session_of_somebody_unknown_is_no_session(world: World) -> None:
    unknown = STRANGER.model_copy(update={"id": PersonId("per_" + 24 * "2")})
    assert (await world.session_of(unknown).get("/api/auth/me")).status_code == 401
    assert (await world.session_of(STRANGER).get("/api/auth/me")).status_code == 200


async def test_whoever_is_signed_in_can_open_a_link_for_another_device(world: World) -> None:
    opened = await world.owner().post("/api/auth/owner-links")
    assert opened.status_code == 201
    page, secret = opened.json()["url"].split("#")
    assert page == "https://vivavoce.example/signin"
    assert (await sign_in(world.client(), secret)).status_code == 204
    assert (await world.client().post("/api/auth/owner-links")).status_code == 401


async def test_guessing_is_slowed_down_for_one_address_alone(world: World) -> None:
    secret = await world.owner_secret()
    for _ in range(FAILURES_BURST):
        assert (await sign_in(world.client(), "guess")).status_code == 401
    refused = await sign_in(world.client(), secret)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_often")
    assert (await sign_in(world.client("192.0.2.2"), "guess")).status_code == 401
    world.clock.advance(60 / FAILURES_PER_MINUTE)
    assert (await sign_in(world.client(), secret)).status_code == 204


async def test_all_addresses_of_an_ipv6_network_count_as_one(world: World) -> None:
    for n in range(FAILURES_BURST):
        assert (await sign_in(world.client(f"2001:db8::{n:x}"), "guess")).status_code == 401
    assert (await sign_in(world.client("2001:db8::ffff"), "guess")).status_code == 429
    assert (await sign_in(world.client("2001:db8:0:1::1"), "guess")).status_code == 401


async def test_signing_in_rightly_does_not_count(world: World) -> None:
    for _ in range(FAILURES_BURST + 5):
        assert (await sign_in(world.client(), await world.owner_secret())).status_code == 204


async def test_the_public_key_verifies_and_the_private_half_stays_home(world: World) -> None:
    keys = (await world.client().get("/api/auth/jwks")).json()["keys"]
    assert len(keys) == 1
    assert keys[0]["x"] == world.key.as_dict()["x"]
    assert (keys[0]["kty"], keys[0]["crv"], keys[0]["use"]) == ("OKP", "Ed25519", "sig")
    assert "d" not in keys[0]


async def test_the_owner_is_the_same_after_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    people: list[str] = []
    for _ in range(2):
        async with open_world(tmp_path, clock) as world:
            people.append((await world.owner().get("/api/auth/me")).text)
    assert people[0] == people[1]
