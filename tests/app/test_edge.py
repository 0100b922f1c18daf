"""What stands before every route."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.middleware import Middleware

from vivavoce.app.edge import (
    BODY_BYTES_MAX,
    SECURITY_HEADERS,
    CheckOrigin,
    LimitBody,
    SecureHeaders,
)
from vivavoce.contracts.http import SESSION_COOKIE
from vivavoce.contracts.sockets import OriginPolicy

OURS = "http://viva.test"
SIGNED_IN = {"cookie": f"theme=dark; {SESSION_COOKIE}=abc"}


def client_of(**limits: float) -> httpx.AsyncClient:
    origins = OriginPolicy(frozenset({"https://other.example"}))
    app = FastAPI(
        middleware=[
            Middleware(SecureHeaders),
            Middleware(LimitBody, **limits),
            Middleware(CheckOrigin, origins=origins),
        ]
    )

    @app.post("/length")
    async def length(request: Request) -> int:  # pyright: ignore[reportUnusedFunction]
        return len(await request.body())

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=OURS)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of() as made:
        yield made


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    response = await client.get("/nothing")
    assert SECURITY_HEADERS.items() <= dict(response.headers).items()


async def test_scripts_come_from_us_alone(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/")).headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


async def test_only_the_blurring_worker_may_compile_webassembly(client: httpx.AsyncClient) -> None:
    policies = {
        path: (await client.get(path)).headers["content-security-policy"]
        for path in ("/assets/blur-1/worker.js", "/assets/index.js", "/i/itv_1", "/assets/blur")
    }
    assert [path for path in policies if "wasm-unsafe-eval" in policies[path]] == [
        "/assets/blur-1/worker.js"
    ]
    assert not any("'unsafe-eval'" in policy for policy in policies.values())


async def test_a_body_at_the_limit_passes_and_one_above_is_refused(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.post("/length", content=b"x" * BODY_BYTES_MAX)).json() == BODY_BYTES_MAX
    refused = await client.post("/length", content=b"x" * (BODY_BYTES_MAX + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "99999999999999999999"])
async def test_a_lying_length_is_refused(client: httpx.AsyncClient, length: str) -> None:
    response = await client.post("/length", headers={"content-length": length}, content=b"x")
    assert response.status_code == 413


async def test_a_chunked_body_without_a_length_is_refused_at_the_limit(
    client: httpx.AsyncClient,
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65536
            yield b"x" * 65536

    refused = await client.post("/length", content=endless())
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
    assert sent <= BODY_BYTES_MAX + 2 * 65536


GZIP = {"content-encoding": "gzip"}


@pytest.mark.parametrize("length", [0, 1, 50_000, BODY_BYTES_MAX])
async def test_a_packed_body_is_unpacked(client: httpx.AsyncClient, length: int) -> None:
    packed = gzip.compress(b"x" * length)
    assert (await client.post("/length", headers=GZIP, content=packed)).json() == length


async def test_the_name_of_the_packing_is_read_in_either_case(client: httpx.AsyncClient) -> None:
    headers = {"content-encoding": "GZIP"}
    packed = gzip.compress(b"x" * 7)
    assert (await client.post("/length", headers=headers, content=packed)).json() == 7


async def test_a_packed_body_is_limited_as_what_it_is_unpacked(client: httpx.AsyncClient) -> None:
    packed = gzip.compress(b"x" * 200 * BODY_BYTES_MAX)
    assert len(packed) < BODY_BYTES_MAX
    refused = await client.post("/length", headers=GZIP, content=packed)
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")


@given(cut=st.integers(0, len(gzip.compress(bytes(64))) - 1), junk=st.binary(max_size=40))
async def test_what_is_cut_off_or_not_packed_or_more_is_refused(cut: int, junk: bytes) -> None:
    async with client_of() as client:
        packed = gzip.compress(bytes(64))
        for content in (packed[:cut], junk, packed + b"x" + junk):
            refused = await client.post("/length", headers=GZIP, content=content)
            assert (refused.status_code, refused.json()["code"]) == (400, "body_not_gzip")


async def test_a_body_that_does_not_end_is_refused_in_time() -> None:
    never = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield b"x"
        await never.wait()

    async with client_of(body_s=0.01) as client:
        refused = await client.post("/length", content=stalled())
    assert (refused.status_code, refused.json()["code"]) == (408, "body_too_slow")
    assert refused.headers["connection"] == "close"


async def test_no_cache_keeps_what_the_api_says(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/nothing")).headers["cache-control"] == "no-store"
    assert "cache-control" not in (await client.get("/nothing")).headers


@pytest.mark.parametrize("origin", [OURS, "https://other.example"])
async def test_pages_of_ours_may_act_for_a_signed_in_person(
    client: httpx.AsyncClient, origin: str
) -> None:
    response = await client.post("/length", headers={**SIGNED_IN, "origin": origin})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://viva.test.evil.example", ""]
)
async def test_other_pages_may_not(client: httpx.AsyncClient, origin: str) -> None:
    response = await client.post("/length", headers={**SIGNED_IN, "origin": origin})
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


async def test_a_cookie_without_an_origin_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/length", headers=SIGNED_IN)).status_code == 403


async def test_a_cookie_in_a_second_header_is_seen_too(client: httpx.AsyncClient) -> None:
    """HTTP/2 splits cookies (RFC 9113 §8.2.3), and not every proxy joins them again."""
    headers = [("cookie", "theme=dark"), ("cookie", f"{SESSION_COOKIE}=abc")]
    assert (await client.post("/length", headers=headers)).status_code == 403


async def test_programs_without_a_cookie_need_no_origin(client: httpx.AsyncClient) -> None:
    assert (await client.post("/length")).status_code == 200
