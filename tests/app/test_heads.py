"""The head of a request is bounded, and so is the time it takes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from vivavoce.app.heads import HEAD_BYTES_MAX, BoundedHttp

GET = b"GET / HTTP/1.1\r\nhost: viva.test\r\n"
DEADLINE_S = 10.0
SENT_BYTES_MAX = (
    256 * HEAD_BYTES_MAX
)  # what the sockets between may swallow before the end is noticed

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], AbstractAsyncContextManager[Wire]]


class Hasty(BoundedHttp):
    head_s = 0.05


async def app(_scope: Any, _receive: Any, send: Any) -> None:
    """Answers before it has read the body."""
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    )
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def serving(protocol: type[BoundedHttp]) -> AsyncGenerator[Connect]:
    config = uvicorn.Config(app, http=protocol, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]

    @asynccontextmanager
    async def connect() -> AsyncGenerator[Wire]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(DEADLINE_S):
            yield reader, writer
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    yield connect
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("start", [b"GET /", GET + b"x: ", GET], ids=["path", "value", "headers"])
async def test_an_endless_head_is_refused(start: bytes) -> None:
    part = b"a: b\r\n" * 1000 if start == GET else b"a" * 6000
    async with serving(BoundedHttp) as connect, connect() as (reader, writer):
        writer.write(start)
        sent = await _sent_until_cut_off(reader, writer, part)
        answer = await _rest(reader)
    assert answer.startswith(b"HTTP/1.1 400") or answer == b""  # cut off while it still sent
    assert sent < SENT_BYTES_MAX


async def test_endless_trailers_are_refused() -> None:
    async with serving(BoundedHttp) as connect, connect() as (reader, writer):
        writer.write(GET + b"transfer-encoding: chunked\r\n\r\n0\r\n")
        assert await _sent_until_cut_off(reader, writer, b"a: b\r\n" * 1000) < SENT_BYTES_MAX


@pytest.mark.parametrize("start", [b"", b"GET /", GET], ids=["nothing", "path", "headers"])
async def test_a_head_that_does_not_end_is_cut_off_in_time(start: bytes) -> None:
    async with serving(Hasty) as connect, connect() as (reader, writer):
        writer.write(start)
        assert await reader.read() == b""


async def test_many_requests_on_one_connection_are_counted_each_by_itself() -> None:
    head = GET + b"x: " + b"a" * (HEAD_BYTES_MAX // 4) + b"\r\n\r\n"
    async with serving(BoundedHttp) as connect, connect() as (reader, writer):
        for _ in range(10):
            writer.write(head)
            assert await reader.readuntil(b"ok")


async def test_a_body_is_no_head() -> None:
    body = b"b" * (4 * HEAD_BYTES_MAX)
    async with serving(BoundedHttp) as connect, connect() as (reader, writer):
        for _ in range(2):
            writer.write(GET.replace(b"GET", b"POST"))
            writer.write(f"content-length: {len(body)}\r\n\r\n".encode() + body)
            assert await reader.readuntil(b"ok")


async def _rest(reader: asyncio.StreamReader) -> bytes:
    with suppress(ConnectionError):
        return await reader.read()
    return b""


async def _sent_until_cut_off(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, part: bytes
) -> int:
    """How many bytes the server let us send, this many at most."""
    sent = 0
    with suppress(ConnectionError):
        while not reader.at_eof() and sent < SENT_BYTES_MAX:
            writer.write(part)
            sent += len(part)
            await writer.drain()
            await asyncio.sleep(0)
    return sent
