"""HTTP from behind the port for HTTPS and media: the line before it, and a server that takes its word."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, WebSocket
from uvicorn.server import ServerState
from vivavoce_sfu import Sfu
from websockets.asyncio.client import connect

from vivavoce.app.certificate import Written, write_self_signed
from vivavoce.app.door import FromDoor, behind_door, endpoints
from vivavoce.app.heads import BoundedHttp

LINE = b"PROXY TCP4 198.51.100.7 192.0.2.1 51000 443"
BODY_BYTES = 3_000_000  # far more than a pipe holds
DEADLINE_S = 20.0
LOOK_EVERY_S = 0.2
ARRIVALS_BURST = 128


def test_the_line_names_both_ends() -> None:
    assert endpoints(LINE) == (("198.51.100.7", 51000), ("192.0.2.1", 443))
    six = b"PROXY TCP6 2001:db8::7 2001:db8::1 51000 443"
    assert endpoints(six) == (("2001:db8::7", 51000), ("2001:db8::1", 443))


@pytest.mark.parametrize(
    "line",
    [b"", b"GET / HTTP/1.1", b"PROXY UNKNOWN", LINE + b" more", LINE.replace(b"443", b"https")],
)
def test_what_is_no_such_line_names_nobody(line: bytes) -> None:
    assert endpoints(line) is None


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/who")
    async def who(request: Request) -> dict[str, str | None]:  # pyright: ignore[reportUnusedFunction]
        host = request.client.host if request.client else None
        return {"scheme": request.url.scheme, "host": host}

    @app.post("/echo")
    async def echo(request: Request) -> int:  # pyright: ignore[reportUnusedFunction]
        return sum(await request.body())

    @app.websocket("/socket")
    async def talk(socket: WebSocket) -> None:  # pyright: ignore[reportUnusedFunction]
        await socket.accept()
        await socket.send_text(f"{socket.url.scheme} {await socket.receive_text()}")
        await socket.close()

    return app


@pytest.fixture
async def core(tmp_path: Path) -> AsyncGenerator[Sfu]:
    """A media core that hands HTTP to uvicorn, with the certificate in ``tmp_path``."""
    written = write_self_signed(["127.0.0.1"], tmp_path)
    config = uvicorn.Config(application(), lifespan="off", ws="websockets-sansio")
    config.load()

    def protocol() -> asyncio.Protocol:
        return BoundedHttp(config=config, server_state=ServerState(), app_state={})

    with behind_door() as behind:
        server = await asyncio.get_running_loop().create_unix_server(
            lambda: FromDoor(protocol), sock=behind.socket
        )
        sfu = Sfu(port=0, door=(0, written.certificate, written.key, behind.path))
        yield sfu
        await asyncio.to_thread(sfu.close)
        server.close()


@pytest.fixture
def door(core: Sfu) -> int:
    """Its port for HTTPS."""
    assert core.door_port
    return core.door_port


@pytest.fixture
def trust(door: int, tmp_path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=tmp_path / "certificate.pem")


async def test_the_server_sees_who_is_there_and_that_it_came_over_tls(
    door: int, trust: ssl.SSLContext
) -> None:
    async with httpx.AsyncClient(verify=trust, base_url=f"https://127.0.0.1:{door}") as client:
        assert (await client.get("/who")).json() == {"scheme": "https", "host": "127.0.0.1"}


async def test_a_body_passes_whole_however_large(door: int, trust: ssl.SSLContext) -> None:
    body = bytes(number % 251 for number in range(BODY_BYTES))
    async with httpx.AsyncClient(verify=trust, base_url=f"https://127.0.0.1:{door}") as client:
        response = await client.post("/echo", content=body, timeout=DEADLINE_S)
    assert response.json() == sum(body)


async def test_a_web_socket_passes(door: int, trust: ssl.SSLContext) -> None:
    async with connect(f"wss://127.0.0.1:{door}/socket", ssl=trust) as socket:
        await socket.send("hello")
        assert await socket.recv() == "wss hello"


@pytest.mark.parametrize("opening", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x09nonsense", b"\x00" * 20])
async def test_what_is_neither_tls_nor_media_is_cut(door: int, opening: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door)
    writer.write(opening)
    async with asyncio.timeout(DEADLINE_S):
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await reader.readexactly(1)
    writer.close()


async def test_who_says_nothing_or_half_a_word_is_sent_away(door: int) -> None:
    """After ten seconds."""
    openings = [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"]
    guests = [await asyncio.open_connection("127.0.0.1", door) for _ in openings]
    for (_, writer), opening in zip(guests, openings, strict=True):
        writer.write(opening)
    async with asyncio.timeout(DEADLINE_S):
        for reader, _ in guests:
            await reader.read()  # to the end: TLS says good-bye
    for _, writer in guests:
        writer.close()


async def test_who_comes_too_often_is_refused_and_what_has_come_goes_on(
    core: Sfu, door: int, trust: ssl.SSLContext
) -> None:
    """A handshake costs far more than a connection, and all of them one thread."""
    url = f"wss://127.0.0.1:{door}/socket"
    async with connect(url, ssl=trust) as socket:
        for _ in range(ARRIVALS_BURST + 50):
            _, writer = await asyncio.open_connection("127.0.0.1", door)
            writer.close()
        async with asyncio.timeout(DEADLINE_S):
            while core.stats().tcp_refused == 0:
                await asyncio.sleep(0.01)
        await socket.send("hello")
        assert await socket.recv() == "wss hello"


async def test_a_renewed_certificate_is_taken_up_by_itself(door: int, tmp_path: Path) -> None:
    before = await certificate_of(door)
    renew(write_self_signed(["127.0.0.1"], tmp_path / "renewed"), tmp_path)
    async with asyncio.timeout(DEADLINE_S):
        while await certificate_of(door) == before:
            await asyncio.sleep(LOOK_EVERY_S)


async def test_a_renewed_certificate_without_its_key_changes_nothing(
    door: int, tmp_path: Path
) -> None:
    before = await certificate_of(door)
    renewed = write_self_signed(["127.0.0.1"], tmp_path / "renewed")
    renewed.certificate.replace(tmp_path / "certificate.pem")
    for _ in range(int(3 / LOOK_EVERY_S)):  # the files are looked at every second
        assert await certificate_of(door) == before
        await asyncio.sleep(LOOK_EVERY_S)
    renewed.key.replace(tmp_path / "key.pem")
    async with asyncio.timeout(DEADLINE_S):
        while await certificate_of(door) == before:
            await asyncio.sleep(LOOK_EVERY_S)


def renew(renewed: Written, folder: Path) -> None:
    renewed.key.replace(folder / "key.pem")
    renewed.certificate.replace(folder / "certificate.pem")


async def certificate_of(door: int) -> str:
    return await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", door))


async def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none.pem"
    with pytest.raises(ValueError, match=r"none\.pem"):
        Sfu(port=0, door=(0, missing, missing, tmp_path / "http"))
