"""What stands before every route: limits of size and time, the origin of requests that carry a cookie, and security headers."""

import asyncio
import zlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vivavoce.contracts.http import SESSION_COOKIE, problem_response
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.kernel.errors import AppError, Forbidden, Invalid, LimitExceeded

BODY_BYTES_MAX = 1 << 20
BODY_S = 30.0  # for the whole body
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the editor and the widgets set styles from script
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
# What blurs backgrounds is a worker of its own, which alone may compile WebAssembly. Workers go by the policy that
# comes with their script and not by the page's.
_BLUR_PATH = "/assets/blur-"
_BLUR_POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'"
SECURITY_HEADERS = {
    "content-security-policy": _CONTENT_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(self), display-capture=(self)",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class BodyTooLarge(LimitExceeded):
    """The request's body is larger than ``BODY_BYTES_MAX``."""

    code = "body_too_large"

    def __init__(self) -> None:
        super().__init__(f"The request is larger than {BODY_BYTES_MAX >> 20} MiB.")


class BodyTooSlow(LimitExceeded):
    """The request's body did not come within ``BODY_S``."""

    code = "body_too_slow"

    def __init__(self) -> None:
        super().__init__("The request took too long to arrive. Try again.")


class BodyNotGzip(Invalid):
    """The request's body is not what its head says."""

    code = "body_not_gzip"

    def __init__(self) -> None:
        super().__init__("The request says that its body is gzip, and it is not.")


class ClientGone(Exception):
    """Nobody waits for an answer."""


class LimitBody:
    """Read the whole body before a route sees the request, so that one too large or too slow has one clear end.

    A body with ``Content-Encoding: gzip`` is unpacked, and limited as what it is then.
    """

    def __init__(self, app: ASGIApp, *, body_s: float = BODY_S) -> None:
        self._app = app
        self._body_s = body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except BodyTooLarge as refusal:
            await _refuse(refusal, 413)(scope, receive, send)
        except BodyTooSlow as refusal:
            await _refuse(refusal, 408, connection="close")(scope, receive, send)
        except BodyNotGzip as refusal:
            await _refuse(refusal, 400)(scope, receive, send)
        except ClientGone:
            return
        else:
            await self._app(scope, _replayed(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared) > BODY_BYTES_MAX:
            raise BodyTooLarge
        try:
            async with asyncio.timeout(self._body_s):
                body = await _whole(receive)
        except TimeoutError:
            raise BodyTooSlow from None
        is_packed = headers.get("content-encoding", "").lower() == "gzip"
        return _unpacked(body) if is_packed else body


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:  # a chunked body has no declared length
            raise BodyTooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _unpacked(body: bytes) -> bytes:
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # with gzip's head and sum
    try:
        unpacked = unpacking.decompress(body, BODY_BYTES_MAX + 1)
    except zlib.error:
        raise BodyNotGzip from None
    if len(unpacked) > BODY_BYTES_MAX:
        raise BodyTooLarge
    if not unpacking.eof or unpacking.unused_data:
        raise BodyNotGzip
    return unpacked


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once, then whatever comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message


def _refuse(refusal: AppError, status: int, **headers: str) -> Response:
    response = problem_response(refusal)
    response.status_code = status
    response.headers.update(headers)
    return response


class CheckOrigin:
    """A request that changes something and carries the session cookie must come from a page of ours (CSRF)."""

    def __init__(self, app: ASGIApp, origins: OriginPolicy) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._allows(scope):
            refusal = Forbidden("This request came from a page that may not act for you.")
            await problem_response(refusal)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _allows(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        has_session = any(SESSION_COOKIE in cookie for cookie in headers.getlist("cookie"))
        if scope["method"] in _SAFE_METHODS or not has_session:
            return True
        return self._origins.allows(headers.get("origin"), headers.get("host"))


class SecureHeaders:
    """Add the headers to every response; what the API says is kept by no cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = dict(SECURITY_HEADERS)
        if scope["path"].startswith("/api/"):
            added["cache-control"] = "no-store"
        if scope["path"].startswith(_BLUR_PATH):
            added["content-security-policy"] = _BLUR_POLICY

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
