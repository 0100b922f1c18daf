"""The interviews service alone, on a real database, behind a small application."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import OKPKey

from tests.small_app import application
from vivavoce.backends.sqlite import Embedded
from vivavoce.contracts.rights import Role
from vivavoce.contracts.tokens import JoinClaims, SessionClaims, TokenSigner, TokenVerifier
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.events import Event
from vivavoce.kernel.ids import new_participant_id
from vivavoce.services import interviews

ALL_TYPES = frozenset({"interview.created", "interview.started", "interview.ended"})


@dataclass(slots=True)
class Office:
    """The service, the key that its sessions are signed with, and all that it published."""

    app: FastAPI
    clock: ManualClock
    embedded: Embedded
    signer: TokenSigner
    published: list[Event] = field(default_factory=list[Event])

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers)

    def person(self, organisation: str = "org_a", name: str = "Ann") -> httpx.AsyncClient:
        claims = SessionClaims.issued(
            self.clock, person=f"per_{name}", organisation=organisation, name=name
        )
        return self.client(self.signer.sign(claims))

    def participant(self, interview: str, role: Role) -> httpx.AsyncClient:
        claims = JoinClaims.issued(
            self.clock, interview=interview, participant=new_participant_id(), role=role, name="Bo"
        )
        return self.client(self.signer.sign(claims))

    async def create(self, client: httpx.AsyncClient | None = None, **body: Any) -> dict[str, Any]:
        answer = await (client or self.person()).post(
            "/api/interviews", json={"title": "A talk", **body}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture
async def office(clock: ManualClock, embedded: Embedded) -> AsyncGenerator[Office]:
    key = OKPKey.generate_key("Ed25519")
    service = interviews.create(
        clock=clock,
        documents=embedded.documents,
        bus=embedded.bus,
        verifier=TokenVerifier(key, clock),
    )
    app = application(service)
    opened = Office(app, clock, embedded, TokenSigner(key))

    async def note(event: Event) -> None:
        opened.published.append(event)

    embedded.bus.subscribe("test", ALL_TYPES, note)
    async with service.run():
        await embedded.bus.start()
        yield opened
