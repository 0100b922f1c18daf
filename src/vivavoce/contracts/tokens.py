"""Signed tokens: how authority travels. Auth signs; every service verifies locally with the public key.

EdDSA over Ed25519 (RFC 8037) in a compact JWS (RFC 7515). The algorithm is fixed, each kind has its own
``typ`` (RFC 8725 §3.11), so a token of one kind is never taken for another. Nothing here keeps state or knows of revocation.
"""

from typing import ClassVar, Literal, Self, TypeVar

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field

from vivavoce.contracts.colors import PALETTE
from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import Unauthenticated
from vivavoce.kernel.ids import InterviewId, OrganisationId, ParticipantId, PersonId

ISSUER = "vivavoce"
JOIN_TTL_S = 10 * 60
REJOIN_TTL_S = 12 * 60 * 60
SESSION_TTL_S = 12 * 60 * 60
CHECK_TTL_S = 2 * 60
TOKEN_LENGTH_MAX = 4096
NAME_LENGTH_MAX = 60
_ALGORITHMS = ["Ed25519"]
# joserfc lets the last two out of headers of odd types and depths, which it reads before the signature.
_MALFORMED = (JoseError, ValueError, TypeError, RecursionError)


class Claims(BaseModel):
    """What every token says; times are seconds since the epoch, as RFC 7519 wants."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    typ: ClassVar[str]
    ttl_s: ClassVar[int]

    iss: Literal["vivavoce"] = "vivavoce"
    iat: int
    exp: int

    @classmethod
    def issued(cls, clock: Clock, **claims: object) -> Self:
        """Claims that begin now and last this kind's time."""
        now_s = clock.now() // 1000
        return cls.model_validate({"iat": now_s, "exp": now_s + cls.ttl_s, **claims})


T = TypeVar("T", bound=Claims)


class JoinClaims(Claims):
    """One participant's authority in one interview. The right to an action follows from role and state (``rights``)."""

    typ = "vv-join+jwt"
    ttl_s = JOIN_TTL_S

    interview: InterviewId
    participant: ParticipantId
    role: Role
    name: str = Field(min_length=1, max_length=NAME_LENGTH_MAX)
    color: str = Field(PALETTE[0], pattern=r"^#[0-9a-f]{6}$")
    person: PersonId | None = None


class RejoinClaims(JoinClaims):
    """Proof of having been admitted: good for a fresh join token as the same participant, and for nothing else."""

    typ = "vv-rejoin+jwt"
    ttl_s = REJOIN_TTL_S
    invitation: str | None = None


class CheckClaims(Claims):
    """The right to try one's connection to the media of one interview, without being in it."""

    typ = "vv-check+jwt"
    ttl_s = CHECK_TTL_S

    interview: InterviewId


class SessionClaims(Claims):
    """A signed-in person."""

    typ = "vv-session+jwt"
    ttl_s = SESSION_TTL_S

    person: PersonId
    organisation: OrganisationId
    name: str


class TokenSigner:
    """Holds the private key; only auth has one."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key

    def sign(self, claims: Claims) -> str:
        header = {"alg": _ALGORITHMS[0], "typ": claims.typ}
        return jwt.encode(
            header, claims.model_dump(mode="json", exclude_none=True), self._key, _ALGORITHMS
        )


class TokenVerifier:
    """Holds the public key and the time."""

    def __init__(self, key: OKPKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def verify(self, token: str, kind: type[T]) -> T:
        """The claims of a valid, unexpired token of this kind.

        Raises:
            Unauthenticated: anything else, whatever the reason.
        """
        failure = "This link or session is no longer valid. Open the invitation link again."
        if len(token) > TOKEN_LENGTH_MAX:
            raise Unauthenticated(failure)
        try:
            decoded = jwt.decode(token, self._key, _ALGORITHMS)
            claims = kind.model_validate(decoded.claims)
        except _MALFORMED as error:
            raise Unauthenticated(failure) from error
        if decoded.header.get("typ") != kind.typ or claims.exp <= self._clock.now() // 1000:
            raise Unauthenticated(failure)
        return claims
