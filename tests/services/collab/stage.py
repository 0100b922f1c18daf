"""The real service behind a real uvicorn on a free port, and a small Hocuspocus client in Python."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from joserfc.jwk import OKPKey
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.small_app import application, interview_created
from vivavoce.backends.memory import MemoryBus, MemoryDocuments
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.rights import Role
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.contracts.tokens import JoinClaims, TokenSigner, TokenVerifier
from vivavoce.kernel.clock import SystemClock
from vivavoce.kernel.ids import InterviewId
from vivavoce.services import collab
from vivavoce.services.collab.lending import LendingProtocol
from vivavoce.services.collab.lib0 import varbytes, varstring
from vivavoce.services.collab.wire import PING, PONG, Kind, Sync

from .peers import INTERVIEW, Page, Told, participant

ORIGIN = "http://vivavoce.test"
DEADLINE_S = 10.0


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.005)


@dataclass
class Server:
    """A running service and what a test needs to talk to it."""

    port: int
    bus: MemoryBus
    signer: TokenSigner
    clock: SystemClock
    counters: collab.Counters
    directory: Path

    def token(
        self, letter: str = "a", role: Role = Role.CANDIDATE, interview: InterviewId = INTERVIEW
    ) -> str:
        claims = JoinClaims.issued(
            self.clock,
            interview=interview,
            participant=participant(letter),
            role=role,
            name=f"Person {letter}",
        )
        return self.signer.sign(claims)

    async def ask_ticket(self, token: str, interview: InterviewId = INTERVIEW) -> httpx.Response:
        url = f"http://127.0.0.1:{self.port}/api/rooms/{interview}/collab/ticket"
        async with httpx.AsyncClient(verify=False) as client:
            return await client.post(url, headers={"authorization": f"Bearer {token}"})

    async def ticket(self, letter: str = "a", role: Role = Role.CANDIDATE) -> str:
        answer = await self.ask_ticket(self.token(letter, role))
        return answer.json()["ticket"]

    def url(self, interview: str = INTERVIEW) -> str:
        return f"ws://127.0.0.1:{self.port}/api/rooms/{interview}/collab"


@asynccontextmanager
async def serving(
    directory: Path, protocol: type[WebSocketsSansIOProtocol] = LendingProtocol
) -> AsyncGenerator[Server]:
    """The collab service on memory backends; ``INTERVIEW`` exists."""
    clock, bus, counters = SystemClock(), MemoryBus(), collab.Counters()
    key = OKPKey.generate_key("Ed25519")
    service = collab.create(
        clock=clock,
        bus=bus,
        views=InterviewViews("collab", MemoryDocuments(bus), bus),
        verifier=TokenVerifier(key, clock),
        origins=OriginPolicy(frozenset({ORIGIN})),
        logs=collab.FileLogStore(directory),
        counters=counters,
    )
    config = uvicorn.Config(
        application(service), port=0, ws=protocol, ws_per_message_deflate=False, log_level="error"
    )
    server = uvicorn.Server(config)
    await bus.start()
    await bus.publish(interview_created(INTERVIEW).event(clock))
    async with service.run(), asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve())
        await until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield Server(port, bus, TokenSigner(key), clock, counters, directory)
        finally:
            server.should_exit = True
    await bus.close()


@dataclass
class Client:
    """A socket that answers pings and remembers what it is sent, document by document."""

    socket: ClientConnection
    told: dict[str, Told] = field(default_factory=dict[str, Told])
    pongs: bool = True
    close_code: int | None = None

    def of(self, name: str) -> Told:
        return self.told.setdefault(name, Told())

    async def listen(self) -> None:
        try:
            async for frame in self.socket:
                assert isinstance(frame, bytes)
                if frame == PING:
                    if self.pongs:
                        await self.socket.send(PONG)
                else:
                    self.of(frame[1 : 1 + frame[0]].decode()).frames.append(frame)
        except ConnectionClosed:
            pass
        self.close_code = self.socket.close_code

    async def send(self, name: str, kind: Kind, payload: bytes = b"") -> None:
        await self.socket.send(varstring(name) + bytes((kind,)) + payload)

    async def sync(self, name: str, kind: Sync, payload: bytes) -> None:
        await self.send(name, Kind.SYNC, bytes((kind,)) + varbytes(payload))

    async def authenticate(self, name: str, ticket: str) -> str:
        """The scope, or the refusal."""
        told = self.of(name)
        before = len(told.of(Kind.AUTH))
        await self.send(name, Kind.AUTH, b"\x00" + varstring(ticket) + varstring("4.8.0"))
        await until(lambda: len(told.of(Kind.AUTH)) > before)
        return told.of(Kind.AUTH)[-1][2:].decode()

    async def open(self, name: str, ticket: str, page: Page) -> None:
        """Authenticate and get in step."""
        await self.authenticate(name, ticket)
        told = self.of(name)
        await self.sync(name, Sync.STEP1, page.doc.get_state())
        await until(lambda: bool(told.sync(Sync.STEP1)))
        page.apply(told.sync(Sync.STEP2)[-1])
        await self.sync(name, Sync.STEP2, page.doc.get_update(told.sync(Sync.STEP1)[-1]))
        await until(lambda: bool(told.of(Kind.SYNC_STATUS)))

    async def closed(self) -> int | None:
        """The close code, once the server has closed."""
        await until(lambda: self.close_code is not None)
        return self.close_code


@asynccontextmanager
async def joined(server: Server, *, pongs: bool = True) -> AsyncGenerator[Client]:
    """A client that is connected and listens."""
    async with (
        connect(server.url(), origin=ORIGIN, compression=None) as socket,  # type: ignore[arg-type]
        asyncio.TaskGroup() as tasks,
    ):
        client = Client(socket, pongs=pongs)
        listener = tasks.create_task(client.listen())
        yield client
        await socket.close()
        await listener
