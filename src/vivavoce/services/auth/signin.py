"""People sign in with a link that works once, and are then known by a session token."""

import secrets

from vivavoce.contracts.tokens import SessionClaims, TokenSigner
from vivavoce.kernel.clock import Clock, Millis
from vivavoce.kernel.errors import Unauthenticated
from vivavoce.kernel.ids import PersonId
from vivavoce.services.auth.model import (
    EMBEDDED_ORGANISATION,
    EMBEDDED_OWNER,
    OWNER_NAME,
    SIGNIN_LINK_TTL_S,
    SIGNIN_LINKS_MAX,
    Person,
    SignInLink,
    SignInRefused,
    hash_secret,
)
from vivavoce.services.auth.store import AuthStore

_SECRET_BYTES = 32
OWNER = Person(id=EMBEDDED_OWNER, organisation=EMBEDDED_ORGANISATION, name=OWNER_NAME)


class SignIns:
    """Sign-in links and sessions."""

    def __init__(self, store: AuthStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def ensure_owner(self) -> None:
        """The embedded organisation has its owner from the first start on."""
        await self._store.add_person(OWNER)

    async def open_link(self, person: PersonId) -> str:
        """The secret of a fresh link; links that expired, and the oldest beyond the limit, are cleared away."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        now = self._clock.now()
        expires_at = Millis(now + SIGNIN_LINK_TTL_S * 1000)
        link = SignInLink(
            secret_hash=hash_secret(secret), person=person, created_at=now, expires_at=expires_at
        )
        await self._clear(person, now)
        await self._store.add_signin_link(link)
        return secret

    async def sign_in(self, secret: str) -> Person:
        """The person the link is for; the link is used up.

        Raises:
            SignInRefused: wrong, used or expired.
        """
        link = await self._store.take_signin_link(hash_secret(secret))
        if link is None or link.expires_at <= self._clock.now():
            raise SignInRefused
        return await self.known(link.person)

    async def known(self, id: PersonId) -> Person:
        """The person behind a valid session.

        Raises:
            Unauthenticated: no such person (any more).
        """
        person = await self._store.person(id)
        if person is None:
            raise Unauthenticated("Sign in again.")
        return person

    async def _clear(self, person: PersonId, now: Millis) -> None:
        links = await self._store.signin_links(person)
        beyond = max(0, len(links) - SIGNIN_LINKS_MAX + 1)
        for index, link in enumerate(links):
            if index < beyond or link.expires_at <= now:
                await self._store.take_signin_link(link.secret_hash)


def session_token(person: Person, signer: TokenSigner, clock: Clock) -> str:
    return signer.sign(
        SessionClaims.issued(
            clock, person=person.id, organisation=person.organisation, name=person.name
        )
    )
