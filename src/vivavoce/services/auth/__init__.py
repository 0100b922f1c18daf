"""Who people are and what lets them in.

Owns: people and their organisation, one-use sign-in links, sessions, invitations, join tokens, and who was removed.
Publishes: ``InvitationRevoked``.
Consumes: ``InterviewCreated`` (its first invitations), ``InterviewStarted``, ``InterviewEnded`` (its view of the state),
``ParticipantLeft`` (a removed participant gets no further token).
Exposes: REST under ``/api/auth``, ``/api/interviews/{id}/invitations``, ``…/greeting`` and ``…/join``; the JWKS.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from joserfc.jwk import OKPKey

from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.service import Service
from vivavoce.contracts.tokens import TokenSigner, TokenVerifier
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.documents import Documents
from vivavoce.kernel.events import EventBus
from vivavoce.services.auth.admissions import Admissions
from vivavoce.services.auth.edge import Edge
from vivavoce.services.auth.http import (
    door_router,
    invitations_router,
    signin_router,
    signin_url,
)
from vivavoce.services.auth.invitations import Invitations
from vivavoce.services.auth.model import EMBEDDED_OWNER
from vivavoce.services.auth.signin import OWNER, SignIns, session_token
from vivavoce.services.auth.store import AuthStore

__all__ = ["create", "owner_link", "owner_session", "public_half"]


def create(
    *,
    clock: Clock,
    documents: Documents,
    bus: EventBus,
    signing_key: OKPKey,
    invitation_key: bytes,
    public_url: str | None = None,
) -> Service:
    """``signing_key`` has the private half; without ``public_url`` links are made from each request's Host."""
    store = AuthStore(documents)
    views = InterviewViews("auth", documents, bus)
    signer = TokenSigner(signing_key)
    verifier = TokenVerifier(public_half(signing_key), clock)
    sign_ins = SignIns(store, clock)
    invitations = Invitations(store, views, clock=clock, key=invitation_key, bus=bus)
    admissions = Admissions(
        store,
        views,
        clock=clock,
        signer=signer,
        verifier=verifier,
        bus=bus,
        invitations=invitations,
    )
    edge = Edge(
        clock=clock, signer=signer, verifier=verifier, sign_ins=sign_ins, public_url=public_url
    )
    routers = [
        signin_router(edge, sign_ins, public_half(signing_key)),
        invitations_router(edge, invitations),
        door_router(edge, admissions),
    ]

    @asynccontextmanager
    async def run() -> AsyncGenerator[None]:
        await sign_ins.ensure_owner()
        yield

    return Service("auth", routers, run)


async def owner_link(*, documents: Documents, clock: Clock, public_url: str) -> str:
    """A fresh link that signs the embedded organisation's owner in, once, within a day."""
    sign_ins = SignIns(AuthStore(documents), clock)
    await sign_ins.ensure_owner()
    return signin_url(public_url, await sign_ins.open_link(EMBEDDED_OWNER))


def owner_session(*, signing_key: OKPKey, clock: Clock) -> str:
    """A session token of the embedded organisation's owner, for whoever can read the signing key."""
    return session_token(OWNER, TokenSigner(signing_key), clock)


def public_half(signing_key: OKPKey) -> OKPKey:
    """The key for a ``TokenVerifier``, which cannot sign."""
    return OKPKey.import_key(signing_key.as_dict(private=False))
