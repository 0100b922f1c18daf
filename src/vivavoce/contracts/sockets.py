"""What all WebSocket edges share: close codes and the Origin check (RFC 6455 §10.2, OWASP ASVS 4.4.2)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.websockets import WebSocket

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
