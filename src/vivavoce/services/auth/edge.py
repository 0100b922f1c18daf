"""What auth's routes share: who asks, under which URL they reach us, and how often they were refused."""

import ipaddress
import re
from collections.abc import Generator
from contextlib import contextmanager

from fastapi import Request

from vivavoce.contracts.http import Bearer, session_claims
from vivavoce.contracts.tokens import SessionClaims, TokenSigner, TokenVerifier
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import AppError, Invalid, Unauthenticated
from vivavoce.kernel.rates import TokenBuckets
from vivavoce.services.auth.model import Person
from vivavoce.services.auth.signin import SignIns

# Refused secrets and tokens a client address; what is admitted does not count.
FAILURES_PER_MINUTE = 30
FAILURES_BURST = 60

_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_IPV6_NETWORK_BITS = 64  # what one client is given (RFC 6177)


class Edge:
    """What the routes share: who asks, under which URL, and how often they failed."""

    def __init__(
        self,
        *,
        clock: Clock,
        signer: TokenSigner,
        verifier: TokenVerifier,
        sign_ins: SignIns,
        public_url: str | None,
    ) -> None:
        self.clock = clock
        self.signer = signer
        self._verifier = verifier
        self._sign_ins = sign_ins
        self._public_url = public_url
        self._attempts = TokenBuckets(clock, per_minute=FAILURES_PER_MINUTE, burst=FAILURES_BURST)

    async def person(self, request: Request, bearer: Bearer) -> Person:
        """Who is signed in.

        Raises:
            Unauthenticated: nobody is.
        """
        claims: SessionClaims = session_claims(self._verifier, request, bearer)
        return await self._sign_ins.known(claims.person)

    def base_url(self, request: Request) -> str:
        """Under which URL the client reaches us, without a slash at its end."""
        if self._public_url is not None:
            return self._public_url.rstrip("/")
        host = request.headers.get("host", "")
        if _HOST.fullmatch(host) is None:
            raise Invalid("The request names no valid host.")
        return f"{request.url.scheme}://{host}"

    @contextmanager
    def guessing(self, request: Request) -> Generator[None]:
        """Refused attempts count against the client's address.

        Raises:
            TooOften: there were too many.
        """
        address = client_address(request)
        self._attempts.take(address)
        try:
            yield
        except Unauthenticated:
            raise
        except AppError:
            self._attempts.give_back(address)
            raise
        self._attempts.give_back(address)


def client_address(request: Request) -> str:
    """Whom attempts are counted against: an IPv4 address, or the network of an IPv6 address."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((int(address), _IPV6_NETWORK_BITS), strict=False))
