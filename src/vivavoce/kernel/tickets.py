"""Single-use tickets: what a browser shows a WebSocket instead of a token, good once and for half a minute."""

import secrets
from collections import OrderedDict
from typing import Generic, TypeVar

from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import Unauthenticated

TICKET_TTL_S = 30.0
TICKETS_MAX = 10_000  # outstanding in one process; the oldest is dropped at the limit

T = TypeVar("T")


class Tickets(Generic[T]):
    """Tickets live in the process that holds the room, so that redeeming needs no shared store."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def issue(self, grant: T) -> str:
        """A fresh ticket for ``grant``: 128 random bits in base64url."""
        self._forget_expired()
        if len(self._open) >= TICKETS_MAX:
            self._open.popitem(last=False)
        ticket = secrets.token_urlsafe(16)
        self._open[ticket] = (self._clock.monotonic_s() + TICKET_TTL_S, grant)
        return ticket

    def redeem(self, ticket: str) -> T:
        """The grant; the ticket is used up.

        Raises:
            Unauthenticated: unknown, used or expired.
        """
        expires_s, grant = self._open.pop(ticket, (0.0, None))
        if grant is None or expires_s <= self._clock.monotonic_s():
            message = "The connection took too long to open. It is tried again."
            raise Unauthenticated(message)
        return grant

    def _forget_expired(self) -> None:
        now_s = self._clock.monotonic_s()
        while self._open and next(iter(self._open.values()))[0] <= now_s:
            self._open.popitem(last=False)
