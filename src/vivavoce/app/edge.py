"""What stands before every route: size limits, the origin of requests that carry a cookie, and security headers."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vivavoce.contracts.http import SESSION_COOKIE, problem_response
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.kernel.errors import Forbidden, LimitExceeded

BODY_BYTES_MAX = 1 << 20
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


class LimitBody:
    """Refuse bodies that say, or turn out, to be too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared) > BODY_BYTES_MAX:
            response = problem_response(BodyTooLarge())
            response.status_code = 413
            await response(scope, receive, send)
            return
        await self._app(scope, _counted(receive), send)


def _counted(receive: Receive) -> Receive:
    """A chunked body has no declared length: count, and end the request as if the client had gone."""
    received = 0

    async def count() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        return {"type": "http.disconnect"} if received > BODY_BYTES_MAX else message

    return count


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
        if scope["method"] in _SAFE_METHODS or SESSION_COOKIE not in headers.get("cookie", ""):
            return True
        return self._origins.allows(headers.get("origin"), headers.get("host"))


class SecureHeaders:
    """Add the headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)
