"""uvicorn's WebSocket protocol, which also lends its connection to the application; knows nothing of documents.

ASGI costs each small frame a parser of generators, a frame object, a queue, a task that wakes, and two system calls that stop and start
reading. Here a whole binary message is offered to the application in the turn in which it arrives, and a frame that the application makes
itself is one ``write``; uvloop brings all writes of a turn to the kernel together. What is no such message, or is declined, goes the usual
way. Give it to uvicorn as ``ws=LendingProtocol``; under any other server applications find nothing lent and use ``receive`` and ``send``.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import apply_mask  # pyright: ignore[reportPrivateImportUsage]
from websockets.http11 import Request

EXTENSION = "vivavoce.connection"
_WHOLE_BINARY, _IS_MASKED, _LENGTH = 0x82, 0x80, 0x7F  # RFC 6455 §5.2
_HEAD_BYTES = {126: 4, 127: 10}
_MASK_BYTES = 4


@dataclass(slots=True)
class Lent:
    """``on_message``, once set, is offered each message that does not have to wait behind another, and says whether it took it."""

    transport: asyncio.Transport
    on_message: Callable[[bytes], bool] | None = None


class LendingProtocol(WebSocketsSansIOProtocol):
    """Accepted sockets have a ``Lent`` at ``scope["extensions"]["vivavoce.connection"]``."""

    _lent: Lent | None = None

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            self._lent = Lent(self.transport)
            self._unread = bytearray()
            extensions: dict[str, Any] = dict(self.scope.get("extensions") or {})
            extensions[EXTENSION] = {"lent": self._lent}
            self.scope["extensions"] = extensions

    def data_received(self, data: bytes) -> None:
        """The parser below is given whole frames only, so that it never stands within one."""
        if self._lent is None:  # uvicorn passes the request on by itself
            super().data_received(data)
            return
        whole: bytes | bytearray = data
        if self._unread:
            self._unread += data
            whole = self._unread
        at = 0
        while end := self._frame_end(whole, at):
            frame = bytes(whole[at:end])
            if not self._offer(frame):
                super().data_received(frame)
            at = end
        if (
            at or not self._unread
        ):  # else nothing has come to an end: no copy for each byte of a slow frame
            self._unread = bytearray(whole[at:])

    def _frame_end(self, data: bytes | bytearray, at: int) -> int:
        """Where the frame at ``at`` ends; 0 if it is not whole. One that is too large ends with the data: the parser refuses it."""
        assert self._lent
        if len(data) < at + 2:
            return 0
        code, start = data[at + 1] & _LENGTH, at + _head_bytes(data[at + 1])
        if start > len(data):
            return 0
        length = (
            code if code < 126 else int.from_bytes(data[at + 2 : at + _HEAD_BYTES[code]], "big")
        )
        if length > self.config.ws_max_size:
            self._lent.on_message = None
            return len(data)
        end = start + length
        return end if end <= len(data) else 0

    def _offer(self, frame: bytes) -> bool:
        assert self._lent
        take = self._lent.on_message
        if take is None or frame[0] != _WHOLE_BINARY or not self.queue.empty():
            return False
        if not frame[1] & _IS_MASKED:
            return False
        start = _head_bytes(frame[1])
        return take(apply_mask(frame[start:], frame[start - _MASK_BYTES : start]))


def _head_bytes(second: int) -> int:
    """What stands before a payload, by the frame's second byte."""
    return _HEAD_BYTES.get(second & _LENGTH, 2) + (_MASK_BYTES if second & _IS_MASKED else 0)


def lent(scope: Mapping[str, Any]) -> Lent | None:
    """What the server lends of this socket, if it does."""
    extension = scope.get("extensions", {}).get(EXTENSION)
    return extension["lent"] if extension else None


def binary_frame(payload: bytes) -> bytes:
    """A whole unmasked binary message (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x82" + bytes((size,)) + payload
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2, "big") + payload
    return b"\x82\x7f" + size.to_bytes(8, "big") + payload
