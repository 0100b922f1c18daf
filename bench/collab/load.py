"""A frugal load: raw WebSocket frames over asyncio, so that the generator costs less than what it measures.

Each person types eight characters an update, which are the time of sending in microseconds, so every receiver can tell the latency.
"""

import asyncio
import os
import time
from dataclasses import dataclass, field

from vivavoce.services.collab.lib0 import varbytes, varstring, varuint
from vivavoce.services.collab.wire import PING, PONG

PREFIX = varstring("brief")
UPDATE = PREFIX + b"\x00\x02"
SAVED = PREFIX + b"\x08\x01"
STAMP_MODULUS = 10**8


def stamp() -> int:
    return time.monotonic_ns() // 1000 % STAMP_MODULUS


@dataclass
class Tally:
    """What all people together have seen."""

    sent: int = 0
    received: int = 0
    saved: int = 0
    latencies_us: list[int] = field(default_factory=list)
    is_counting: bool = False


class Person(asyncio.Protocol):
    """One page: shakes hands, then types."""

    def __init__(self, client: int, host: str, path: str, origin: str, tally: Tally) -> None:
        self.client = client
        self.clock = 0
        self.tally = tally
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: {origin}\r\n\r\n"
        ).encode()
        self._buffer = b""
        self._is_open = False
        self.opened = asyncio.get_running_loop().create_future()
        self.synced = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        at = 0
        if not self._is_open:
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                self._buffer = buffer
                return
            assert b" 101 " in buffer[:20], buffer[:100]
            at, self._is_open = end + 4, True
            self.opened.set_result(None)
        self._buffer = buffer[self._frames(buffer, at) :]

    def _frames(self, buffer: bytes, at: int) -> int:
        size = len(buffer)
        while at + 2 <= size:
            length, start = buffer[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if start + length > size:
                break
            self._frame(buffer[start : start + length])
            at = start + length
        return at

    def _frame(self, frame: bytes) -> None:
        if frame.startswith(UPDATE):
            tally = self.tally
            tally.received += 1
            if tally.is_counting:
                tally.latencies_us.append((stamp() - int(frame[-9:-1])) % STAMP_MODULUS)
        elif frame == SAVED:
            self.tally.saved += 1
        elif frame == PING:
            self.send(PONG)
        elif frame.startswith(PREFIX + b"\x00\x00"):
            self.send(PREFIX + b"\x00\x01" + varbytes(b"\x00\x00"))
            self.synced.set_result(None)

    def send(self, payload: bytes) -> None:
        """One masked binary frame; the mask is zero, which costs nobody anything."""
        assert len(payload) < 65_000
        head = b"\x82" + (
            bytes((0x80 | len(payload),))
            if len(payload) < 126
            else b"\xfe" + len(payload).to_bytes(2, "big")
        )
        self.transport.write(head + b"\0\0\0\0" + payload)

    def enter(self, ticket: str) -> None:
        self.send(PREFIX + b"\x02\x00" + varstring(ticket) + varstring("4.8.0"))
        self.send(PREFIX + b"\x00\x00" + varbytes(b"\x00"))

    def type(self) -> None:
        """Eight characters after one's own last ones."""
        me = varuint(self.client)
        link = b"\x84" + me + varuint(self.clock - 1) if self.clock else b"\x04\x01\x04text"
        text = b"\x08%08d" % stamp()
        self.send(UPDATE + varbytes(b"\x01\x01" + me + varuint(self.clock) + link + text + b"\x00"))
        self.clock += 8
        self.tally.sent += 1


async def keep_typing(people: list[Person], per_s: float, until_s: float) -> None:
    """Everybody at this rate, evenly spread over the interval."""
    gap = 1 / (per_s * len(people))
    due, index = time.monotonic(), 0
    while due < until_s:
        now = time.monotonic()
        while due <= now:
            people[index % len(people)].type()
            index += 1
            due += gap
        await asyncio.sleep(max(0.0005, due - now))


def cpu_s(pid: int) -> float:
    """User and system time of a process."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
