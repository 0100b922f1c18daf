"""The signaling service on a real server, and people with real sockets in front of it."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from joserfc.jwk import OKPKey
from prometheus_client import CollectorRegistry
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.small_app import application, interview_created
from vivavoce.backends.memory import MemoryBus, MemoryDocuments
from vivavoce.contracts.events import Fact
from vivavoce.contracts.media import Media
from vivavoce.contracts.rights import Role
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.contracts.tokens import JoinClaims, TokenSigner, TokenVerifier
from vivavoce.kernel.clock import Millis, SystemClock
from vivavoce.kernel.events import Event
from vivavoce.kernel.ids import (
    InterviewId,
    ParticipantId,
    new_interview_id,
    new_participant_id,
)
from vivavoce.services import signaling
from vivavoce.services.signaling.limits import Limits

DEADLINE_S = 5.0
Message = dict[str, Any]


async def until(condition: Callable[[], bool], *, deadline_s: float = DEADLINE_S) -> None:
    """Wait for what other tasks bring about."""
    async with asyncio.timeout(deadline_s):
        while not condition():
            await asyncio.sleep(0.005)


class ShiftedClock(SystemClock):
    """The host's clock, put forward on demand."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def advance(self, seconds: float) -> None:
        self._ahead_s += seconds

    def now(self) -> Millis:
        return Millis(super().now() + round(self._ahead_s * 1000))

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self._ahead_s


class Backstage:
    """What outlives a server: bus, documents, keys, clock and the facts that were published."""

    def __init__(self, media: Media) -> None:
        self.clock = ShiftedClock()
        self.bus = MemoryBus()
        self.documents = MemoryDocuments(self.bus)
        self.media = media
        self.facts: list[Event] = []
        self.registry = CollectorRegistry()
        key = OKPKey.generate_key("Ed25519")
        self.signer = TokenSigner(key)
        self.verifier = TokenVerifier(key, self.clock)
        self.bus.subscribe(
            "test", frozenset({"participant.joined", "participant.left"}), self._note
        )

    def metric(self, name: str, **labels: str) -> float | None:
        """A number of the signaling service."""
        return self.registry.get_sample_value(f"vivavoce_signaling_{name}", labels)

    async def _note(self, event: Event) -> None:
        self.facts.append(event)

    async def publish(self, fact: Fact) -> None:
        await self.bus.publish(fact.event(self.clock))

    async def interview(self) -> InterviewId:
        interview = new_interview_id()
        await self.publish(interview_created(interview))
        return interview


@dataclass
class Server:
    """A running server; ``base`` is ``host:port``."""

    base: str
    backstage: Backstage
    opened: list[ClientConnection] = field(default_factory=list[ClientConnection])

    @property
    def origin(self) -> str:
        return f"http://{self.base}"

    def token(self, interview: InterviewId, who: ParticipantId, role: Role, name: str) -> str:
        claims = JoinClaims.issued(
            self.backstage.clock, interview=interview, participant=who, role=role, name=name
        )
        return self.backstage.signer.sign(claims)

    async def ticket_response(self, interview: InterviewId, token: str | None) -> httpx.Response:
        return await self.ask(interview, "signaling/ticket", token)

    async def ask(self, interview: InterviewId, what: str, token: str | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(base_url=self.origin, trust_env=False) as client:
            return await client.post(f"/api/rooms/{interview}/{what}", headers=headers)

    def socket(
        self, interview: str, *, origin: str | None = "own", sock: socket.socket | None = None
    ) -> connect:
        return connect(
            f"ws://{self.base}/api/rooms/{interview}/signaling",
            origin=self.origin if origin == "own" else origin,  # pyright: ignore[reportArgumentType]
            proxy=None,
            sock=sock,
            max_size=1 << 22,
        )


@asynccontextmanager
async def serving(
    backstage: Backstage, *, limits: Limits | None = None, send_buffer_bytes: int | None = None
) -> AsyncGenerator[Server]:
    """The service behind uvicorn, as the app runs it; a small send buffer makes slow readers felt early."""
    service = signaling.create(
        clock=backstage.clock,
        bus=backstage.bus,
        documents=backstage.documents,
        media=backstage.media,
        verifier=backstage.verifier,
        origins=OriginPolicy(),
        limits=limits,
        registry=backstage.registry,
    )
    async with service.run():
        await backstage.bus.start()
        async with _uvicorn(application(service), send_buffer_bytes) as base:
            server = Server(base, backstage)
            try:
                yield server
            finally:
                for opened in server.opened:
                    opened.transport.abort()
                    await opened.wait_closed()


@asynccontextmanager
async def _uvicorn(app: FastAPI, send_buffer_bytes: int | None) -> AsyncGenerator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    if send_buffer_bytes is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
    config = uvicorn.Config(
        app, ws="websockets-sansio", ws_per_message_deflate=False, log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve(sockets=[listener]))
        await until(lambda: server.started)
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True


@dataclass
class Person:
    """A browser: keeps count, acknowledges, and remembers everything it was told."""

    server: Server
    interview: InterviewId
    role: Role
    name: str
    id: ParticipantId = field(default_factory=new_participant_id)
    heard: list[Message] = field(default_factory=list[Message])
    seen: int = 0
    sent: int = 0
    token: str = ""
    unacknowledged: dict[int, Message] = field(default_factory=dict[int, Message])
    ws: ClientConnection | None = None

    async def ticket(self) -> str:
        token = self.server.token(self.interview, self.id, self.role, self.name)
        response = await self.server.ticket_response(self.interview, token)
        return response.raise_for_status().json()["ticket"]

    async def connect(
        self,
        *,
        offer: str | None = "offer",
        resume: bool = False,
        sock: socket.socket | None = None,
        **hello: Any,
    ) -> Message:
        """Say hello and wait for what the server makes of it."""
        await self.open(sock)
        body: Message = {"type": "hello", "ticket": await self.ticket(), "offer": offer, **hello}
        if resume:
            body["resume"] = {"token": self.token, "seen": self.seen}
        await self.write({"seq": 0, "ack": self.seen, "body": body})
        return await self.hear("resumed", "welcome")

    async def open(self, sock: socket.socket | None = None) -> None:
        """A socket without hello."""
        self.ws = await self.server.socket(self.interview, sock=sock)
        self.server.opened.append(self.ws)

    async def knows(self, kinds: Collection[str], condition: Callable[[Message], bool]) -> None:
        """Wait until a message of these kinds was heard that is as wanted, now or before."""
        if not any(body["type"] in kinds and condition(body) for body in self.heard):
            while not condition(await self.hear(*kinds)):
                pass

    async def write(self, frame: Message | str | bytes) -> None:
        assert self.ws is not None
        await self.ws.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def send(self, body: Message) -> int:
        """A numbered message; its number."""
        self.sent += 1
        self.unacknowledged[self.sent] = body
        await self.write({"seq": self.sent, "ack": self.seen, "body": body})
        return self.sent

    async def hear(self, *kinds: str) -> Message:
        """The next message of one of these kinds; the others are remembered only."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                body = await self.read()
                if body is not None and body["type"] in kinds:
                    return body

    async def read(self) -> Message | None:
        """One frame; ``None`` for one that came twice."""
        assert self.ws is not None
        frame = json.loads(await self.ws.recv())
        body = frame["body"]
        if body["type"] == "welcome":
            self.seen, self.sent, self.token = 0, 0, body["resume_token"]
            self.unacknowledged.clear()
        seen = body["seen"] if body["type"] == "resumed" else frame["ack"]
        self.unacknowledged = {s: b for s, b in self.unacknowledged.items() if s > seen}
        if frame["seq"] and frame["seq"] <= self.seen:
            return None
        if frame["seq"]:
            assert frame["seq"] == self.seen + 1, "a number was skipped"
            self.seen = frame["seq"]
        self.heard.append(body)
        return body

    async def resend(self) -> None:
        for seq, body in self.unacknowledged.items():
            await self.write({"seq": seq, "ack": self.seen, "body": body})

    async def drop(self) -> None:
        """The network goes away: no closing handshake."""
        if self.ws is None:
            return
        self.ws.transport.abort()
        await self.ws.wait_closed()

    async def close_code(self) -> int:
        """Read until the server closes."""
        assert self.ws is not None
        async with asyncio.timeout(DEADLINE_S):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.read()
        assert self.ws.close_code is not None
        return self.ws.close_code

    def kinds(self) -> list[str]:
        return [body["type"] for body in self.heard]


Arrive = Callable[..., Coroutine[None, None, Person]]
