"""Voices over real sockets, with the real media core between them."""

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from prometheus_client import CollectorRegistry
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.small_app import application
from vivavoce.contracts.media import MediaUnavailable, Source, VoiceSeat
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services import media
from vivavoce.services.collab.lending import LendingProtocol
from vivavoce.services.media import MediaService
from vivavoce.services.media.ws import FRAMES_BURST, Waits

from .around import around
from .offers import offer

ROOM = InterviewId("itv_1")
ANN, BOB = ParticipantId("par_ann"), ParticipantId("par_bob")
DEADLINE_S = 10.0
SHORT = Waits(hello_s=0.2, silence_s=0.5, send_s=0.5, ping_s=0.1)


@dataclass(frozen=True)
class Server:
    port: int
    service: MediaService
    registry: CollectorRegistry

    @property
    def media(self) -> Any:
        return self.service.media

    def connect(self, room: str = ROOM, *, origin: str | None = "own") -> connect:
        own = f"http://127.0.0.1:{self.port}"
        return connect(
            f"ws://127.0.0.1:{self.port}/api/rooms/{room}/voice",
            origin=own if origin == "own" else origin,  # pyright: ignore[reportArgumentType]
            proxy=None,
        )

    def voices(self) -> float | None:
        """The metric."""
        return self.registry.get_sample_value("vivavoce_media_voices")

    def counted(self) -> Any:
        """The core's own counters."""
        return self.media._sfu.stats()  # pyright: ignore[reportPrivateUsage]

    async def seat(self, who: ParticipantId, *, observer: bool = False) -> VoiceSeat:
        await self.media.open_room(ROOM)
        return await self.media.join_voice(ROOM, who, observer=observer)


@asynccontextmanager
async def serving(waits: Waits | None = None) -> AsyncGenerator[Server]:
    registry = CollectorRegistry()
    service = media.create(**around(), advertise=["127.0.0.1"], registry=registry, waits=waits)
    config = uvicorn.Config(
        application(service.service), port=0, ws=LendingProtocol, log_config=None
    )
    server = uvicorn.Server(config)
    async with service.service.run():
        task = asyncio.create_task(server.serve())
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Server(port, service, registry)
        server.should_exit = True
        await task


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    async with serving() as running:
        yield running


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not is_so():
            await asyncio.sleep(0.005)


def frame(number: int, payload: bytes = b"\x78opus", level: int = 20) -> bytes:
    return (
        bytes([1, level]) + number.to_bytes(2, "big") + (number * 960).to_bytes(4, "big") + payload
    )


async def hello(socket: ClientConnection, ticket: str) -> None:
    """Say it, and wait until the ticket was taken: the first ping."""
    await socket.send(json.dumps({"type": "hello", "ticket": ticket}))
    assert json.loads(await socket.recv())["type"] == "ping"


async def next_frame(socket: ClientConnection) -> bytes:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            message = await socket.recv()
            if isinstance(message, bytes):
                return message
            await pong(socket, json.loads(message)["sent"])


async def pong(socket: ClientConnection, sent: int) -> None:
    counts = {"heard": 0, "lost": 0, "unsent": 0}
    await socket.send(json.dumps({"type": "pong", "sent": sent, **counts}))


async def answered(socket: ClientConnection) -> int | None:
    """Answers a ping; the round trip that it told."""
    ping = json.loads(await socket.recv())
    await pong(socket, ping["sent"])
    return ping["round_trip_ms"]


async def close_code(socket: ClientConnection) -> int | None:
    async with asyncio.timeout(DEADLINE_S):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            return socket.close_code


def frame_now(payload: bytes = b"\x78opus") -> bytes:
    """The frame of this moment: however often somebody begins to speak, their time goes on."""
    return frame(round(time.monotonic() * 50) % (1 << 16), payload)


async def talk(speaker: ClientConnection, listener: ClientConnection) -> bytes:
    """Speak until the other hears it; a frame that was heard."""

    async def speak() -> None:
        while True:
            await speaker.send(frame_now())
            await asyncio.sleep(0.02)  # the pace of a voice, and no waiting for anything

    speaking = asyncio.create_task(speak())
    try:
        return await next_frame(listener)
    finally:
        speaking.cancel()


async def test_one_hears_what_the_other_speaks_on_the_line_of_its_slot(server: Server) -> None:
    ann, bob = await server.seat(ANN), await server.seat(BOB)
    async with server.connect() as speaker, server.connect() as listener:
        await hello(speaker, ann.ticket)
        await hello(listener, bob.ticket)
        heard = await talk(speaker, listener)
        assert server.voices() == 2
    assert heard[8:] == b"\x78opus"
    assert bob.lines[heard[1]].source is Source.MICROPHONE
    await until(lambda: server.voices() == 0)


async def test_who_is_muted_by_the_server_is_not_heard(server: Server) -> None:
    ann, bob = await server.seat(ANN), await server.seat(BOB)
    async with server.connect() as speaker, server.connect() as listener:
        await hello(speaker, ann.ticket)
        await hello(listener, bob.ticket)
        await talk(speaker, listener)
        await server.media.set_forwarding(ROOM, ANN, Source.MICROPHONE, forward=False)
        for _ in range(40):
            await speaker.send(frame_now(b"\x78secret"))
            await asyncio.sleep(0.02)
        await until(lambda: server.counted().held_muted >= 40)
        await server.media.set_forwarding(ROOM, ANN, Source.MICROPHONE, forward=True)
        heard = [await talk(speaker, listener) for _ in range(3)]
    assert not [each for each in heard if b"secret" in each]


async def test_a_browser_over_webrtc_takes_the_place_of_the_voice(server: Server) -> None:
    seat = await server.seat(ANN)
    async with server.connect() as socket:
        await hello(socket, seat.ticket)
        await server.media.join(ROOM, ANN, offer(), observer=False)
        assert await close_code(socket) == 4404


@pytest.mark.parametrize("end", ["leave", "close_room"])
async def test_who_leaves_is_closed(server: Server, end: str) -> None:
    seat = await server.seat(ANN)
    async with server.connect() as socket:
        await hello(socket, seat.ticket)
        await (server.media.leave(ROOM, ANN) if end == "leave" else server.media.close_room(ROOM))
        assert await close_code(socket) == 4404


async def test_a_new_seat_takes_the_place_of_the_old_one(server: Server) -> None:
    first = await server.seat(ANN)
    async with server.connect() as old, server.connect() as new:
        await hello(old, first.ticket)
        second = await server.seat(ANN)
        assert await close_code(old) == 4409
        await hello(new, second.ticket)


async def test_a_ticket_is_good_once_and_in_its_room_only(server: Server) -> None:
    seat = await server.seat(ANN)
    async with server.connect() as socket, server.connect() as again:
        await hello(socket, seat.ticket)
        await again.send(json.dumps({"type": "hello", "ticket": seat.ticket}))
        assert await close_code(again) == 4401
    other = await server.seat(BOB)
    async with server.connect("itv_2") as elsewhere:
        await elsewhere.send(json.dumps({"type": "hello", "ticket": other.ticket}))
        assert await close_code(elsewhere) == 4404


async def test_a_page_of_another_origin_is_refused_before_anything(server: Server) -> None:
    for origin in ("https://evil.example", None):
        with pytest.raises(InvalidStatus) as refusal:
            async with server.connect(origin=origin):
                pass
        assert refusal.value.response.status_code == 403


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([b"\x01"], 4400),
        ([b""], 4400),
        ([frame(1, b"")], 4400),
        ([frame(1, level=128)], 4400),
        ([b"\x02" + frame(1)[1:]], 4400),
        ([frame(1, bytes(1276))], 1009),
        ([bytes(1 << 16)], 1009),
        (["{"], 4400),
        (['{"type": "hello", "ticket": "x"}'], 4400),
        (['{"type": "pong", "sent": -1, "heard": 0, "lost": 0, "unsent": 0}'], 4400),
        (["x" * 2000], 1009),
        ([frame(n) for n in range(FRAMES_BURST + 100)], 4429),
    ],
)
async def test_who_breaks_the_rules_is_closed_and_the_room_talks_on(
    server: Server, messages: list[str | bytes], code: int
) -> None:
    ann, bob, eve = [await server.seat(who) for who in (ANN, BOB, ParticipantId("par_eve"))]
    async with server.connect() as a, server.connect() as b, server.connect() as hostile:
        await hello(hostile, eve.ticket)
        try:
            for message in messages:
                await hostile.send(message)
        except ConnectionClosed:
            pass
        assert await close_code(hostile) == code
        await hello(a, ann.ticket)
        await hello(b, bob.ticket)
        assert await talk(a, b)


async def test_random_bytes_hurt_nobody(server: Server) -> None:
    ann, bob, eve = [await server.seat(who) for who in (ANN, BOB, ParticipantId("par_eve"))]
    async with server.connect() as a, server.connect() as b, server.connect() as hostile:
        for socket, seat in ((a, ann), (b, bob), (hostile, eve)):
            await hello(socket, seat.ticket)
        for _ in range(300):  # of the right shape, with anything inside and in any order
            await hostile.send(bytes([1, os.urandom(1)[0] % 128]) + os.urandom(60))
        # Bob's line of Eve may carry that; Ann's is still heard.
        async with asyncio.timeout(DEADLINE_S):
            while b"opus" not in await talk(a, b):
                pass
    assert server.counted().rooms_failed == 0


class Slow:
    """A browser that reads only when it is told to, over a connection that holds next to nothing."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.setblocking(False)

    async def open(self, ticket: str) -> None:
        loop, host = asyncio.get_running_loop(), f"127.0.0.1:{self._port}"
        await loop.sock_connect(self._socket, ("127.0.0.1", self._port))
        head = (
            f"GET /api/rooms/{ROOM}/voice HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await loop.sock_sendall(self._socket, head.encode())
        await self.read_to(b"\r\n\r\n")
        hello = json.dumps({"type": "hello", "ticket": ticket}).encode()
        # RFC 6455 §5.2: a whole text message, masked with zeros.
        await loop.sock_sendall(self._socket, bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
        await self.read_to(b"ping")

    async def read_to(self, end: bytes) -> bytes:
        got = b""
        async with asyncio.timeout(DEADLINE_S):
            while end not in got:
                more = await asyncio.get_running_loop().sock_recv(self._socket, 1 << 16)
                assert more, "the server closed"
                got += more
        return got

    def close(self) -> None:
        self._socket.close()


async def test_a_slow_network_gets_what_is_new_and_never_what_is_old(server: Server) -> None:
    """Bob's end takes nothing for three seconds. What waited is dropped, but for what small buffers hold."""
    ann, bob = await server.seat(ANN), await server.seat(BOB)
    slow = Slow(server.port)
    async with server.connect() as speaker:
        await hello(speaker, ann.ticket)
        await slow.open(bob.ticket)
        voice = server.media._voices.of(ROOM, BOB)  # pyright: ignore[reportPrivateUsage]
        for number in range(1, 300):
            await speaker.send(frame(number, b"\x78old" + bytes(1200)))
            await asyncio.sleep(0.01)  # the pace of what is allowed
        await until(
            lambda: voice.totals.dropped > 150
        )  # and a hundred wait, to be dropped by their age
        reading = asyncio.create_task(slow.read_to(b"opus"))
        for number in range(400, 900):
            if reading.done():
                break
            await speaker.send(frame(number))
            await asyncio.sleep(0.02)
        assert (await reading).count(b"old") < 60
    slow.close()


async def test_who_says_nothing_is_not_waited_for() -> None:
    async with serving(SHORT) as server:
        async with server.connect() as mute:
            assert await close_code(mute) == 4408
        seat = await server.seat(ANN)
        async with server.connect() as socket:
            await hello(socket, seat.ticket)
            assert await close_code(socket) == 4408  # it answers no ping


async def test_the_way_is_measured_by_pings() -> None:
    async with serving(SHORT) as server:
        seat = await server.seat(ANN)
        async with server.connect() as socket:
            await hello(socket, seat.ticket)
            trips = [await answered(socket) for _ in range(3)]
            assert trips[-1] is not None
            stats = await server.media.participant_stats(ROOM, ANN)
            assert stats.round_trip_s is not None
            assert stats.round_trip_s < DEADLINE_S


async def test_a_stopping_service_says_goodbye() -> None:
    async with serving() as server:
        seat = await server.seat(ANN)
        socket = await server.connect()
        await hello(socket, seat.ticket)
        server.media._voices.end_all(1001)  # pyright: ignore[reportPrivateUsage]
        assert await close_code(socket) == 1001
    with pytest.raises(MediaUnavailable):
        await server.media.join_voice(ROOM, ANN, observer=False)
