"""What WebSocket edges share: close codes, the Origin check (RFC 6455 §10.2, OWASP ASVS 4.4.2), and how a socket is
let in, read, written to and closed.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from vivavoce.kernel import errors

CLOSE_GOING_AWAY = 1001
CLOSE_TOO_LARGE = 1009
CLOSE_INVALID = 4400
CLOSE_UNAUTHENTICATED = 4401
CLOSE_FORBIDDEN = 4403
CLOSE_NOT_FOUND = 4404
CLOSE_SILENT = 4408
CLOSE_REPLACED = 4409
CLOSE_ENDED = 4410
CLOSE_TOO_MUCH = 4429
CLOSE_UNAVAILABLE = 4503
CLOSE_WAIT_S = 1.0
REASON_BYTES_MAX = 120  # RFC 6455 §5.5: with the code, a close frame's payload is at most 125

CLOSE_CODES: dict[type[errors.AppError], int] = {
    errors.Invalid: CLOSE_INVALID,
    errors.Unauthenticated: CLOSE_UNAUTHENTICATED,
    errors.Forbidden: CLOSE_FORBIDDEN,
    errors.NotFound: CLOSE_NOT_FOUND,
    errors.Conflict: CLOSE_REPLACED,
    errors.LimitExceeded: CLOSE_TOO_MUCH,
    errors.Unavailable: CLOSE_UNAVAILABLE,
}


def close_code_of(error: errors.AppError) -> int:
    """The close code of the error's nearest class in the table."""
    return next((CLOSE_CODES[kind] for kind in type(error).__mro__ if kind in CLOSE_CODES), 4400)


@dataclass(frozen=True, slots=True)
class OriginPolicy:
    """Which pages may talk to us: the page's own host, and the origins that the settings name."""

    allowed: frozenset[str] = frozenset()

    def allows(self, origin: str | None, host: str | None) -> bool:
        """``host`` is the request's Host header. A request without Origin comes from no browser page and is refused."""
        if origin is None:
            return False
        if origin in self.allowed:
            return True
        try:
            page = urlsplit(origin)
        except ValueError:
            return False
        return page.scheme in ("http", "https") and bool(host) and page.netloc == host

    def allows_socket(self, socket: WebSocket) -> bool:
        return self.allows(socket.headers.get("origin"), socket.headers.get("host"))


class Cut(Exception):
    """Close this socket with a code; not an error of ours."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


async def let_in(socket: WebSocket, origins: OriginPolicy) -> bool:
    """Accept the socket if its page may talk to us; whether it may."""
    if not origins.allows_socket(socket):
        await socket.close(CLOSE_FORBIDDEN)  # before accept: the browser sees HTTP 403
        return False
    await socket.accept()
    return True


Message = TypeVar("Message")


def parse(messages: TypeAdapter[Message], text: str) -> Message:
    """Raises:
    Cut: it is no message of this protocol.
    """
    try:
        return messages.validate_json(text)
    except ValidationError:
        raise Cut(CLOSE_INVALID) from None


async def send(socket: WebSocket, frame: str | bytes, *, within_s: float) -> None:
    """Raises:
    Cut: the browser does not take it.
    """
    try:
        async with asyncio.timeout(within_s):
            if isinstance(frame, bytes):
                await socket.send_bytes(frame)
            else:
                await socket.send_text(frame)
    except TimeoutError:
        raise Cut(CLOSE_TOO_MUCH) from None


async def close(
    socket: WebSocket, code: int, reason: str = "", *, within_s: float = CLOSE_WAIT_S
) -> None:
    """Nothing is raised where the browser was faster, or does not read: the server then drops the connection."""
    shortened = reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")
    with suppress(TimeoutError, RuntimeError, WebSocketDisconnect, OSError):
        async with asyncio.timeout(within_s):
            await socket.close(code, shortened)
