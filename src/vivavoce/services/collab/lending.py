"""uvicorn's WebSocket protocol, which also lends its transport to the application; knows nothing of documents.

ASGI's ``send`` costs two coroutines, a frame object and its serialisation for each receiver. A frame that the application makes itself is one
``write``, and uvloop brings all writes of a turn of the loop to the kernel together. Give it to uvicorn as ``ws=LendingProtocol``; under
any other server applications find nothing lent and use ``send``.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION = "vivavoce.transport"


class LendingProtocol(WebSocketsSansIOProtocol):
    """Accepted sockets have ``scope["extensions"]["vivavoce.transport"]``."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: dict[str, Any] = dict(self.scope.get("extensions") or {})
            extensions[EXTENSION] = {"transport": self.transport}
            self.scope["extensions"] = extensions


def lent_transport(scope: Mapping[str, Any]) -> asyncio.Transport | None:
    """The transport below this socket, if the server lends it."""
    extension = scope.get("extensions", {}).get(EXTENSION)
    return extension["transport"] if extension else None


def binary_frame(payload: bytes) -> bytes:
    """A whole unmasked binary message (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x82" + bytes((size,)) + payload
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2, "big") + payload
    return b"\x82\x7f" + size.to_bytes(8, "big") + payload
