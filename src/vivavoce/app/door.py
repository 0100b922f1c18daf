"""HTTP that came through the media core's port for HTTPS and media: from a Unix socket, one line before it.

The core takes TLS off and says in the line who is there (the PROXY protocol, version 1). From then on the server sees a
connection of that address over TLS. Only this process knows the socket, so nobody else can claim an address.
"""

import asyncio
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

BACKLOG = 512
INTRODUCTION_BYTES_MAX = 107  # the longest line of that version
_FIELDS = 6

Endpoint = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Behind:
    """The listening socket behind the door, and where it is."""

    socket: socket.socket
    path: Path


@contextmanager
def behind_door() -> Generator[Behind]:
    """A socket in a folder that only this user can enter."""
    with (
        TemporaryDirectory(prefix="vivavoce-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener,
    ):
        path = Path(folder) / "http"
        listener.bind(str(path))
        listener.listen(BACKLOG)
        yield Behind(listener, path)


class FromDoor(asyncio.Protocol):
    """Reads the line, and leaves the connection to the protocol that ``make`` makes."""

    def __init__(self, make: Callable[[], asyncio.Protocol]) -> None:
        self._make = make
        self._head = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        assert self._transport
        self._head += data
        line, end, rest = self._head.partition(b"\r\n")
        if not end:
            if len(line) > INTRODUCTION_BYTES_MAX:
                self._transport.abort()
            return
        ends = endpoints(line)
        if ends is None:
            self._transport.abort()
            return
        protocol = self._make()
        self._transport.set_protocol(protocol)
        protocol.connection_made(cast("asyncio.Transport", _OverTls(self._transport, *ends)))
        if rest:
            protocol.data_received(rest)


def endpoints(line: bytes) -> tuple[Endpoint, Endpoint] | None:
    """Who is there and which address they reached; ``None`` for what is no such line."""
    fields = line.decode("ascii", "replace").split(" ")
    if len(fields) != _FIELDS or fields[0] != "PROXY" or fields[1] not in ("TCP4", "TCP6"):
        return None
    if not (fields[4].isdecimal() and fields[5].isdecimal()):
        return None
    return (fields[2], int(fields[4])), (fields[3], int(fields[5]))


class _OverTls:
    """A transport as if TLS ended here; all but its facts is the Unix socket's."""

    def __init__(self, transport: asyncio.Transport, peer: Endpoint, local: Endpoint) -> None:
        self._transport = transport
        self._facts = {"peername": peer, "sockname": local, "socket": None, "sslcontext": True}

    def get_extra_info(self, name: str, default: object = None) -> object:
        if name in self._facts:
            return self._facts[name]
        return self._transport.get_extra_info(name, default)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
