"""Whatever is sent to any route of auth and interviews, the answer is a clear refusal, and the server lives on."""

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vivavoce.kernel.clock import ManualClock

from .world import World, open_world

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["secret", "invitation", "rejoin", "name", "role", "title", "scheduled_at", "duration_min"]
)
NEAR_MISSES = st.dictionaries(FIELDS, JSON | st.text(max_size=500), max_size=5)
RAW = st.one_of(
    st.binary(max_size=200),
    NEAR_MISSES.map(lambda body: json.dumps(body).encode()),
    JSON.map(lambda body: json.dumps(body).encode()),
    st.sampled_from(
        [
            b"",
            b"{",
            b"null",
            b"\xff\xfe",
            b'{"secret": "\\ud800"}',
            b'{"invitation": "\\ud800", "name": "\\udfff"}',
            b'{"title": "\\u0000"}',
            b'{"scheduled_at": 1e400, "title": "x"}',
            b'{"title": "x", "scheduled_at": ' + b"9" * 5000 + b"}",
            b"[" * 100_000,
            b'{"a":' * 20_000,
            b'{"secret": "a", "secret": "b"}',
        ]
    ),
)
KNOWN = "a place for the id of an interview that exists"
IDS = st.one_of(
    st.sampled_from([KNOWN, KNOWN, "..", "%00", "%2e%2e%2f", "ä", "'", '"', "a" * 3000]),
    st.text(
        st.characters(codec="ascii", exclude_characters="/?#\\", exclude_categories=["C"]),
        min_size=1,
        max_size=40,
    ),
)
CONTENT_TYPES = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "text/plain",
        "multipart/form-data",
        "",
        "x" * 300,
    ]
)
CREDENTIALS = st.sampled_from(["owner", "nobody", "garbage", "cookie"])


def routes(world: World) -> list[tuple[str, str]]:
    """Every method and path that the application has."""
    paths = world.app.openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def headers_of(world: World, credentials: str) -> dict[str, str]:
    match credentials:
        case "owner":
            return dict(world.owner().headers.items())
        case "garbage":
            return {"authorization": "Bearer " + "ey." * 30}
        case "cookie":
            return {"cookie": "vivavoce_session=..;;=; vivavoce_session=\xff"}
        case _:
            return {}


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (answer.request.method, answer.request.url, answer.text)
    if answer.is_error and answer.status_code not in (404, 405):
        assert answer.json().keys() == {"code", "message"}


def test_no_body_path_or_credential_breaks_any_route() -> None:
    """One server for all examples: it has to live through them."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        opening = open_world(Path(folder), ManualClock())
        world = runner.run(opening.__aenter__())
        targets = routes(world)
        assert len(targets) == 19
        interview = runner.run(world.interview())

        @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.sampled_from(targets), RAW, IDS, CONTENT_TYPES, CREDENTIALS)
        def attack(
            target: tuple[str, str], body: bytes, id_: str, content_type: str, credentials: str
        ) -> None:
            method, path = target
            world.clock.advance(60)  # guesses are not what is tested here
            id_ = interview if id_ == KNOWN else id_
            url = path.replace("{interview}", id_).replace("{invitation}", id_)
            headers = {**headers_of(world, credentials), "content-type": content_type}
            check(runner.run(send(world, method, url, body, headers)))

        try:
            attack()
            assert runner.run(world.owner().get("/api/auth/me")).status_code == 200
        finally:
            runner.run(opening.__aexit__(None, None, None))


async def send(
    world: World, method: str, url: str, body: bytes, headers: dict[str, str]
) -> httpx.Response:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    async with world.client() as client:
        return await client.request(method, url, content=body, headers=raw)


@pytest.mark.parametrize(
    "body",
    [
        {"secret": "canary-in-a-body", "extra": 1},
        {"secret": {"canary-in-a-body": 1}},
        {"secret": ["canary-in-a-body"] * 10},
    ],
)
async def test_a_refusal_names_the_field_and_never_repeats_its_value(
    world: World, body: dict[str, Any]
) -> None:
    answer = await world.client().post("/api/auth/signin", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert re.search(r"body\.\w+: \w+", answer.json()["message"])
    assert "canary" not in answer.text


async def test_the_schema_describes_every_route(world: World) -> None:
    schema = (await world.client().get("/openapi.json")).json()
    assert schema["openapi"].startswith("3.1")
    operations = [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    assert len({operation["operationId"] for _, _, operation in operations}) == len(operations)
    for path, method, operation in operations:
        assert path.startswith("/api/")
        success = [status for status in operation["responses"] if status.startswith("2")]
        assert len(success) == 1, (path, method)
        content = operation["responses"][success[0]].get("content")
        assert (content is None) == (success[0] == "204"), (path, method)
        assert operation["tags"]
        refusal = operation["responses"]["4XX"]["content"]["application/json"]["schema"]
        assert refusal == {"$ref": "#/components/schemas/Problem"}
        assert "422" not in operation["responses"]


async def test_the_schema_of_requests_forbids_unknown_fields(world: World) -> None:
    schemas = world.app.openapi()["components"]["schemas"]
    for name in (
        "SignInRequest",
        "InvitationRequest",
        "GreetingRequest",
        "JoinRequest",
        "NewInterview",
        "Batch",
    ):
        assert schemas[name]["additionalProperties"] is False
