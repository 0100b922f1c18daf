"""What arrives on the network in odd portions, against uvicorn's protocol as it is and as it lends its connection."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

from vivavoce.services.collab.lending import LendingProtocol
from vivavoce.services.collab.lib0 import varbytes, varstring
from vivavoce.services.collab.wire import PONG

from .peers import INTERVIEW
from .stage import DEADLINE_S, ORIGIN, Server, serving

STEP1 = varstring("workspace") + b"\x00\x00" + varbytes(b"\x00")
STEP2_OF_THE_SERVER = varstring("workspace") + b"\x00\x01"
CLOSE_PROTOCOL_ERROR, CLOSE_TOO_LARGE = b"\x03\xea", b"\x03\xf1"


@pytest.fixture(params=[LendingProtocol, WebSocketsSansIOProtocol])
async def server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    async with serving(tmp_path, request.param) as running:
        yield running


def masked(payload: bytes, opcode: Opcode = Opcode.BINARY, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


@dataclass
class Wire:
    """A WebSocket of which every byte is the test's own."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *portions: bytes) -> None:
        for portion in portions:
            self.writer.write(portion)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def until(self, condition: Callable[[int, bytes], bool]) -> bytes:
        """The first frame for which it is true."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                opcode, payload = await self._frame()
                if condition(opcode, payload):
                    return payload

    async def _frame(self) -> tuple[int, bytes]:
        first, second = await self.reader.readexactly(2)
        size = second & 0x7F
        if size > 125:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
        return first & 0x0F, await self.reader.readexactly(size)

    async def until_document(self) -> bytes:
        return await self.until(lambda _, payload: payload.startswith(STEP2_OF_THE_SERVER))

    async def until_closed(self) -> bytes:
        """The close code."""
        return (await self.until(lambda opcode, _: opcode == Opcode.CLOSE))[:2]


@asynccontextmanager
async def seated(server: Server) -> AsyncGenerator[Wire]:
    """A wire whose holder has shown a ticket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    request = (
        f"GET /api/rooms/{INTERVIEW}/collab HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {ORIGIN}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    writer.write(request.encode())
    await reader.readuntil(b"\r\n\r\n")
    wire = Wire(reader, writer)
    ticket = varstring("workspace") + b"\x02\x00" + varstring(await server.ticket())
    await wire.send(masked(PONG), masked(ticket))
    await wire.until(lambda _, payload: payload.endswith(b"read-write"))
    try:
        yield wire
    finally:
        writer.close()


async def test_a_frame_in_single_bytes_is_one_frame(server: Server) -> None:
    async with seated(server) as wire:
        await wire.send(*(bytes((byte,)) for byte in masked(STEP1)))
        await wire.until_document()


async def test_many_frames_in_one_portion_and_a_half_one_behind_them(server: Server) -> None:
    async with seated(server) as wire:
        frame = masked(STEP1)
        await wire.send(frame * 3 + frame[:9])
        for _ in range(3):
            await wire.until_document()
        await wire.send(frame[9:])
        await wire.until_document()


async def test_what_comes_with_a_ticket_waits_for_it(server: Server) -> None:
    async with seated(server) as wire:
        ticket = varstring("brief") + b"\x02\x00" + varstring(await server.ticket())
        step1 = varstring("brief") + b"\x00\x00" + varbytes(b"\x00")
        await wire.send(masked(ticket) + masked(step1))
        await wire.until(lambda _, payload: payload.startswith(varstring("brief") + b"\x00\x01"))


async def test_a_message_in_fragments_with_a_ping_between_them(server: Server) -> None:
    async with seated(server) as wire:
        await wire.send(
            masked(STEP1[:4], fin=False),
            masked(b"here?", Opcode.PING),
            masked(STEP1[4:8], Opcode.CONT, fin=False),
            masked(STEP1[8:], Opcode.CONT),
        )
        assert await wire.until(lambda opcode, _: opcode == Opcode.PONG) == b"here?"
        await wire.until_document()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (Frame(Opcode.BINARY, STEP1).serialize(mask=False), CLOSE_PROTOCOL_ERROR),
        (b"\xc2" + masked(STEP1)[1:], CLOSE_PROTOCOL_ERROR),
        (b"\x83" + masked(STEP1)[1:], CLOSE_PROTOCOL_ERROR),
        (masked(STEP1, Opcode.CONT), CLOSE_PROTOCOL_ERROR),
        (b"\x82\xff" + (1 << 40).to_bytes(8, "big") + b"mask" + b"x" * 50, CLOSE_TOO_LARGE),
        (b"\x82\xff" + (1 << 63).to_bytes(8, "big") + b"mask", CLOSE_TOO_LARGE),
    ],
)
async def test_frames_that_break_the_protocol_end_the_connection(
    server: Server, frame: bytes, code: bytes
) -> None:
    async with seated(server) as wire:
        await wire.send(frame + masked(STEP1))
        assert await wire.until_closed() == code


async def test_a_farewell_is_answered(server: Server) -> None:
    async with seated(server) as wire:
        await wire.send(masked(b"\x03\xe8", Opcode.CLOSE))
        assert await wire.until_closed() == b"\x03\xe8"
