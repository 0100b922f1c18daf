"""The runner behind a real server, and people who talk to it over real sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from joserfc.jwk import OKPKey
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.small_app import application, interview_created
from vivavoce.backends.memory import MemoryBus, MemoryDocuments
from vivavoce.contracts.events import InterviewEnded, InterviewStarted
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.rights import Role
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.contracts.tokens import JoinClaims, TokenSigner, TokenVerifier
from vivavoce.kernel.clock import SystemClock
from vivavoce.kernel.events import Event
from vivavoce.kernel.ids import (
    InterviewId,
    new_interview_id,
    new_participant_id,
)
from vivavoce.services.runner import RunnerOptions, build, expose
from vivavoce.services.runner.languages import Language, load_languages
from vivavoce.services.runner.ws import Waits

WAIT_S = 10.0  # a deadline for what a loaded machine does in a second
PROJECT = Path(__file__).parents[3]


def languages(*ids: str) -> list[Language]:
    """Some of those that ship."""
    return [language for language in load_languages() if language.id in ids]


@dataclass
class Backstage:
    """What the runner stands on."""

    clock: SystemClock = field(default_factory=SystemClock)
    bus: MemoryBus = field(default_factory=MemoryBus)
    facts: list[Event] = field(default_factory=list)
    signer: TokenSigner = field(init=False)
    verifier: TokenVerifier = field(init=False)

    def __post_init__(self) -> None:
        key = OKPKey.generate_key("Ed25519")
        self.signer = TokenSigner(key)
        self.verifier = TokenVerifier(key, self.clock)

        async def note(event: Event) -> None:
            self.facts.append(event)

        self.bus.subscribe("test", frozenset({"run.started", "run.finished"}), note)

    def claims(self, interview: InterviewId, role: Role, name: str) -> JoinClaims:
        return JoinClaims.issued(
            self.clock, interview=interview, participant=new_participant_id(), role=role, name=name
        )

    async def open_interview(self) -> InterviewId:
        interview = new_interview_id()
        await self.bus.publish(interview_created(interview).event(self.clock))
        await self.bus.publish(InterviewStarted(interview=interview).event(self.clock))
        return interview

    async def end_interview(self, interview: InterviewId) -> None:
        await self.bus.publish(InterviewEnded(interview=interview).event(self.clock))


@dataclass
class Server:
    """A running server; ``watching`` counts who watches a room."""

    port: int
    backstage: Backstage
    watching: Callable[[InterviewId], int]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def ticket(self, interview: InterviewId, claims: JoinClaims) -> httpx.Response:
        token = self.backstage.signer.sign(claims)
        async with httpx.AsyncClient(base_url=self.origin) as client:
            return await client.post(
                f"/api/rooms/{interview}/runs/ticket", headers={"Authorization": f"Bearer {token}"}
            )

    def socket(
        self, interview: InterviewId, *, origin: str | None = None, receive_bytes: int = 1 << 20
    ) -> Any:
        """``receive_bytes`` is what the kernel takes for a client that does not read."""
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.connect(("127.0.0.1", self.port))
        return connect(
            f"ws://127.0.0.1:{self.port}/api/rooms/{interview}/runs",
            origin=origin or self.origin,  # pyright: ignore[reportArgumentType]
            sock=plain,
            max_size=8 << 20,
        )


@asynccontextmanager
async def serving(
    caches: Path, chosen: list[Language], *, waits: Waits | None = None, **settings: Any
) -> AsyncGenerator[Server]:
    """The runner on a free port; gone, with all its processes, at the end."""
    backstage = Backstage()
    views = InterviewViews("runner", MemoryDocuments(backstage.bus), backstage.bus)
    options = RunnerOptions(caches=caches, home=Path.home(), project=PROJECT, **settings)
    runner = build(chosen, clock=backstage.clock, bus=backstage.bus, views=views, options=options)
    service = expose(
        runner,
        clock=backstage.clock,
        views=views,
        verifier=backstage.verifier,
        origins=OriginPolicy(),
        waits=waits,
    )
    await backstage.bus.start()
    async with service.run(), _listening(application(service)) as port:
        yield Server(port, backstage, runner.watching)
    await backstage.bus.close()


@asynccontextmanager
async def _listening(app: FastAPI) -> AsyncGenerator[int]:
    config = uvicorn.Config(
        app,
        port=0,
        log_level="error",
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=1 << 20,
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(WAIT_S):
            while not server.started:
                await asyncio.sleep(0.005)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


class Person:
    """A participant with an open socket; remembers every message."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_S):
            message = json.loads(await self.socket.recv())
        self.seen.append(message)
        return message

    async def until(self, type: str, **fields: Any) -> dict[str, Any]:
        """The next message of this type with these fields; the ones before are in ``seen``."""
        while True:
            message = await self.receive()
            if message["type"] == type and all(message[k] == v for k, v in fields.items()):
                return message

    async def until_output(self, text: str, stream: str = "stdout") -> None:
        """Until the run's output so far has ``text`` in it."""
        while text not in self.output(stream):
            await self.receive()

    def output(self, stream: str = "stdout") -> str:
        """Of the current run, the snapshot's part included."""
        text = ""
        for message in self.seen:
            match message["type"]:
                case "queued":
                    text = ""
                case "snapshot":
                    text = "".join(o["text"] for o in message["output"] if o["stream"] == stream)
                case "output" if message["stream"] == stream:
                    text += message["text"]
                case _:
                    pass
        return text

    async def close_code(self) -> int | None:
        """Once the server has closed."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    async def run(self, text: str, language: str = "python") -> dict[str, Any]:
        """Start a program of one file; its ``queued``."""
        entry = "main." + {"python": "py", "bash": "sh", "c": "c"}[language]
        await self.send(
            type="start", language=language, entry=entry, files=[{"name": entry, "text": text}]
        )
        return await self.until("queued")


@asynccontextmanager
async def joined(
    server: Server,
    interview: InterviewId,
    role: Role = Role.CANDIDATE,
    name: str = "Caro",
    **options: Any,
) -> AsyncGenerator[Person]:
    """Somebody in the room who has seen all languages checked."""
    claims = server.backstage.claims(interview, role, name)
    ticket = (await server.ticket(interview, claims)).json()["ticket"]
    async with server.socket(interview, **options) as opened:
        person = Person(opened)
        await person.send(type="hello", ticket=ticket)
        await person.until("snapshot")
        while not _all_checked(person):
            await person.receive()
        yield person


def _all_checked(person: Person) -> bool:
    last = [message for message in person.seen if message["type"] == "languages"][-1]
    return all(language["available"] or language["install"] for language in last["languages"])


def program(text: str, **changes: Any) -> dict[str, Any]:
    """The message that starts it, in Python and one file."""
    files = [{"name": "main.py", "text": text}]
    start = {"type": "start", "language": "python", "entry": "main.py", "files": files}
    return start | changes
