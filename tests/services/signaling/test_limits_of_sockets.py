"""Slow, silent and greedy sockets: each is held to its limits and harms nobody else."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest

from vivavoce.contracts.rights import Role
from vivavoce.contracts.sockets import CLOSE_SILENT, CLOSE_TOO_MUCH
from vivavoce.services.signaling.limits import Limits

from .stage import Backstage, Message, Person, Server, serving

LINE = "x" * 4000
LINES = 80  # several times what the small buffers of these sockets hold
FAST = Limits(messages_per_s=10_000.0, messages_burst=10_000)

Host = Callable[[Limits], AbstractAsyncContextManager[Server]]


@pytest.fixture
def host(backstage: Backstage) -> Host:
    @asynccontextmanager
    async def start(limits: Limits) -> AsyncGenerator[Server]:
        async with serving(backstage, limits=limits, send_buffer_bytes=4096) as server:
            yield server

    return start


async def two_people(server: Server) -> tuple[Person, Person]:
    interview = await server.backstage.interview()
    ines = Person(server, interview, Role.INTERVIEWER, "Ines")
    caro = Person(server, interview, Role.CANDIDATE, "Caro")
    await ines.connect()
    await caro.connect(sock=slow_socket(server))
    await ines.hear("joined")
    return ines, caro


def slow_socket(server: Server) -> socket.socket:
    """One whose receive window is small, so that not reading is felt at once."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    address, port = server.base.split(":")
    sock.connect((address, int(port)))
    sock.setblocking(False)
    return sock


def is_away(body: Message) -> bool:
    return not body["participant"]["connected"]


async def flood(person: Person, count: int) -> None:
    """Chat lines, each read back, so that the sender itself is never slow."""
    for number in range(count):
        await person.send(
            {"type": "send_chat", "id": str(number), "text": f"{number} {LINE}"[:4000]}
        )
        await person.hear("chat")


async def test_a_slow_socket_is_cut_and_resumes_without_loss(host: Host) -> None:
    async with host(replace(FAST, write_s=0.2, flush_s=0.2)) as server:
        ines, caro = await two_people(server)
        await flood(ines, LINES)
        await ines.knows(["updated"], is_away)
        await caro.drop()
        assert (await caro.connect(resume=True))["type"] == "resumed"
        lines = [await caro.hear("chat") for _ in range(LINES)]
        assert [line["line"]["id"] for line in lines] == [f"{ines.id}/{n}" for n in range(LINES)]


async def test_who_falls_too_far_behind_is_welcomed_anew(host: Host) -> None:
    async with host(replace(FAST, write_s=30.0, flush_s=0.2, outbox_messages_max=60)) as server:
        ines, caro = await two_people(server)
        await flood(ines, 2 * LINES)
        await ines.knows(["updated"], is_away)
        await caro.drop()
        welcome = await caro.connect(resume=True, offer=None)
        assert welcome["type"] == "welcome"
        assert len(welcome["chat"]) == 2 * LINES
        assert not welcome["offer_needed"]


async def test_a_socket_that_says_no_hello_is_closed(host: Host) -> None:
    async with host(Limits(hello_s=0.05)) as server:
        person = Person(server, await server.backstage.interview(), Role.CANDIDATE, "Caro")
        await person.open()
        assert await person.close_code() == CLOSE_SILENT


async def test_a_socket_that_falls_silent_is_closed_and_pings_keep_it_open(host: Host) -> None:
    async with host(Limits(silence_s=1.0)) as server:
        ines, caro = await two_people(server)
        closing = asyncio.create_task(caro.close_code())
        while not closing.done():
            await ines.write({"seq": 0, "ack": ines.seen, "body": {"type": "ping", "sent": 1}})
            await ines.hear("pong")
        assert await closing == CLOSE_SILENT
        assert caro.heard[-1]["code"] == "silent"


async def test_a_greedy_socket_is_read_slowly_while_others_are_not(host: Host) -> None:
    async with host(Limits(messages_per_s=50.0, messages_burst=10)) as server:
        ines, caro = await two_people(server)
        started_s = asyncio.get_running_loop().time()
        for number in range(30):
            await caro.write({"seq": 0, "ack": 0, "body": {"type": "ping", "sent": number}})
        await ines.send({"type": "send_chat", "id": "1", "text": "quick"})
        await ines.hear("chat")
        quick_s = asyncio.get_running_loop().time() - started_s
        for _ in range(30):
            await caro.hear("pong")
        greedy_s = asyncio.get_running_loop().time() - started_s
        assert greedy_s >= (30 - 10) / 50.0
        assert quick_s < greedy_s / 2


async def test_one_who_asks_and_does_not_read_is_cut(host: Host) -> None:
    async with host(replace(FAST, write_s=30.0, flush_s=0.2, bare_frames_max=8)) as server:
        ines, caro = await two_people(server)
        await flood(ines, LINES)  # now nothing more goes out to her
        for number in range(9):
            await caro.write({"seq": 0, "ack": 0, "body": {"type": "ping", "sent": number}})
        await ines.knows(["updated"], is_away)


async def test_a_cut_socket_that_reads_again_learns_why(host: Host) -> None:
    async with host(replace(FAST, write_s=0.2, flush_s=5.0)) as server:
        ines, caro = await two_people(server)
        await flood(ines, LINES)
        await ines.knows(["updated"], is_away)
        assert await caro.close_code() == CLOSE_TOO_MUCH
