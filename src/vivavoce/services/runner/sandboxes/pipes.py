"""Our ends of a box's pipes, on the event loop. Knows no box."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast


@dataclass(slots=True)
class Pipes:
    """As descriptors."""

    stdin: int
    stdout: int
    stderr: int
    steps: int
    answers: int
    files: int


class Reader(asyncio.Protocol):
    """Hands on what arrives; ``ended`` is done at the end of the stream."""

    def __init__(self, on_content: Callable[[bytes], None]) -> None:
        self._on_content = on_content
        self._transport: asyncio.BaseTransport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open(self, descriptor: int) -> None:
        """From now on the descriptor is ours."""
        file = os.fdopen(descriptor, "rb", 0)
        await asyncio.get_running_loop().connect_read_pipe(lambda: self, file)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._on_content(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Writer(asyncio.BaseProtocol):
    """Into a pipe that the box reads; what is written after the box closed its end is dropped."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None

    async def open(self, descriptor: int) -> None:
        """From now on the descriptor is ours."""
        file = os.fdopen(descriptor, "wb", 0)
        await asyncio.get_running_loop().connect_write_pipe(lambda: self, file)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's pipe transport has the methods of asyncio's without deriving from it.
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None

    @property
    def pending_bytes(self) -> int:
        return self._transport.get_write_buffer_size() if self._transport else 0

    def write(self, content: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(content)

    def close(self) -> None:
        """After what was written before."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
