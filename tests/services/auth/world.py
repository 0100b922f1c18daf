"""The auth and interviews services on a real database behind a small application, and people who use it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from joserfc.jwk import OKPKey

from tests.small_app import application
from vivavoce.backends.sqlite import Embedded, open_embedded
from vivavoce.contracts.events import InvitationRevoked
from vivavoce.contracts.tokens import TokenSigner, TokenVerifier
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.events import Event
from vivavoce.kernel.ids import OrganisationId, PersonId
from vivavoce.services import auth, interviews
from vivavoce.services.auth.model import Person
from vivavoce.services.auth.signin import session_token
from vivavoce.services.auth.store import AuthStore

PUBLIC_URL = "https://vivavoce.example"
BODY = dict[str, Any]
STRANGER = Person(
    id=PersonId("per_" + 24 * "1"), organisation=OrganisationId("org_" + 24 * "1"), name="Stranger"
)


@dataclass(frozen=True, slots=True)
class World:
    """A running server without a network."""

    app: FastAPI
    clock: ManualClock
    key: OKPKey
    embedded: Embedded
    database: Path
    public_url: str | None
    revocations: list[Event] = field(default_factory=list[Event])

    def client(self, address: str = "192.0.2.1", **headers: str) -> httpx.AsyncClient:
        """Somebody's browser, without a cookie yet. Bugs of ours are answered with 500, as uvicorn would."""
        transport = httpx.ASGITransport(
            self.app, raise_app_exceptions=False, client=(address, 50000)
        )
        return httpx.AsyncClient(
            transport=transport, base_url=self.public_url or "http://here:8080", headers=headers
        )

    async def note_revocation(self, event: Event) -> None:
        self.revocations.append(event)

    def owner(self) -> httpx.AsyncClient:
        token = auth.owner_session(signing_key=self.key, clock=self.clock)
        return self.client(authorization=f"Bearer {token}")

    def session_of(self, person: Person) -> httpx.AsyncClient:
        token = session_token(person, TokenSigner(self.key), self.clock)
        return self.client(authorization=f"Bearer {token}")

    def stranger(self) -> httpx.AsyncClient:
        """Somebody of another organisation on the same server."""
        return self.session_of(STRANGER)

    async def owner_secret(self) -> str:
        link = await auth.owner_link(
            documents=self.embedded.documents, clock=self.clock, public_url="http://x"
        )
        return link.split("#")[1]

    async def interview(self, title: str = "A talk") -> str:
        created = await self.owner().post("/api/interviews", json={"title": title})
        assert created.status_code == 201, created.text
        return created.json()["id"]

    async def invitations(self, interview: str) -> dict[str, BODY]:
        """By role; the newest of a role."""
        answer = await self.owner().get(f"/api/interviews/{interview}/invitations")
        assert answer.status_code == 200, answer.text
        return {each["role"]: each for each in answer.json()["invitations"]}

    async def secrets(self, interview: str) -> dict[str, str]:
        invitations = await self.invitations(interview)
        return {role: each["url"].split("#")[1] for role, each in invitations.items()}

    async def join(
        self, interview: str, client: httpx.AsyncClient | None = None, **body: Any
    ) -> httpx.Response:
        return await (client or self.client()).post(f"/api/interviews/{interview}/join", json=body)


@asynccontextmanager
async def open_world(
    folder: Path, clock: ManualClock, *, public_url: str | None = PUBLIC_URL
) -> AsyncGenerator[World]:
    database = folder / "vivavoce.db"
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    async with await open_embedded(database) as embedded:
        documents, bus = embedded.documents, embedded.bus
        verifier = TokenVerifier(auth.public_half(key), clock)
        services = [
            auth.create(
                clock=clock,
                documents=documents,
                bus=bus,
                signing_key=key,
                invitation_key=b"k" * 32,
                public_url=public_url,
            ),
            interviews.create(clock=clock, documents=documents, bus=bus, verifier=verifier),
        ]
        app = application(*services)
        async with services[0].run(), services[1].run():
            await AuthStore(documents).add_person(STRANGER)
            world = World(app, clock, key, embedded, database, public_url)
            bus.subscribe("test", frozenset({InvitationRevoked.type}), world.note_revocation)
            await bus.start()
            yield world
            await bus.close()
