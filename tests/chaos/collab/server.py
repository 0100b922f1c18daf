"""A collab server that can be killed at any moment: the process the Node clients of this folder talk to.

The parent imports everything once and forks the server, so that a restart after ``kill -9`` takes milliseconds. It reads commands
from standard input, one a line: ``kill MS`` (SIGKILL now, start again after MS milliseconds), ``cut MS SEED`` (the same, and the disk
loses what was not synced, as in a power cut), ``stop`` (SIGTERM, then end).
Its first line of output is JSON: the port and, a room, its interview and the join tokens of its people; after it ``started`` comes
whenever a server is about to serve.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from joserfc.jwk import OKPKey

from tests.small_app import application, interview_created
from vivavoce.backends.memory import MemoryBus, MemoryDocuments
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.rights import Role
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.contracts.tokens import JoinClaims, TokenSigner, TokenVerifier
from vivavoce.kernel.clock import SystemClock
from vivavoce.kernel.ids import (
    InterviewId,
    new_interview_id,
    new_participant_id,
)
from vivavoce.services import collab
from vivavoce.services.collab.lending import LendingProtocol

from .power import NotedLogStore, cut_power

ORIGIN = "http://chaos.test"


async def known(interviews: list[InterviewId]) -> MemoryDocuments:
    """The views of these interviews, as an earlier process has kept them."""
    bus = MemoryBus()
    documents = MemoryDocuments(bus)
    views = InterviewViews("collab", documents, bus)
    await bus.start()
    for interview in interviews:
        await bus.publish(interview_created(interview).event(SystemClock()))
        await views.get(interview)
    await bus.close()
    return documents


def build(key: OKPKey, documents: MemoryDocuments, directory: Path) -> FastAPI:
    """The collab service alone, on memory backends."""
    clock, bus = SystemClock(), MemoryBus()
    service = collab.create(
        clock=clock,
        bus=bus,
        views=InterviewViews("collab", documents, bus),
        verifier=TokenVerifier(key, clock),
        origins=OriginPolicy(frozenset({ORIGIN})),
        logs=NotedLogStore(directory),
    )

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncGenerator[None]:
        await bus.start()
        async with service.run():
            say("started")
            yield
        await bus.close()

    return application(service, lifespan=life)


def serve(app: FastAPI, listener: socket.socket) -> None:
    config = uvicorn.Config(
        app,
        ws=LendingProtocol,
        ws_per_message_deflate=False,
        loop="uvloop",
        log_level="error",
        timeout_graceful_shutdown=2,
    )
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


def people(key: OKPKey, interview: InterviewId, count: int) -> list[dict[str, str]]:
    """An interviewer, then candidates; the last of four or more is an observer."""
    signer, clock = TokenSigner(key), SystemClock()
    roles = [Role.INTERVIEWER] + [Role.CANDIDATE] * (count - 1)
    if count >= 4:
        roles[-1] = Role.OBSERVER
    out: list[dict[str, str]] = []
    for index, role in enumerate(roles):
        claims = JoinClaims.issued(
            clock,
            interview=interview,
            participant=new_participant_id(),
            role=role,
            name=f"Person {index}",
        )
        out.append(
            {"token": signer.sign(claims), "participant": claims.participant, "role": role.value}
        )
    return out


def spawn(app: FastAPI, listener: socket.socket) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdin.close()
    try:
        serve(app, listener)
    finally:
        os._exit(0)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--rooms", type=int, default=1)
    parser.add_argument("--people", type=int, default=3)
    options = parser.parse_args()
    key = OKPKey.generate_key("Ed25519")
    interviews = [new_interview_id() for _ in range(options.rooms)]
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    rooms = [{"interview": i, "people": people(key, i, options.people)} for i in interviews]
    port = listener.getsockname()[1]
    documents = asyncio.run(known(interviews))
    app = build(key, documents, options.directory)  # once: only the forked processes ever run it
    say(json.dumps({"port": port, "origin": ORIGIN, "rooms": rooms}))
    pid = spawn(app, listener)
    line = ""
    for line in sys.stdin:
        command, *numbers = line.split()
        if command == "stop":
            break
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if command == "cut":
            cut_power(options.directory, seed=int(numbers[1]))
        time.sleep(int(numbers[0]) / 1000)
        pid = spawn(app, listener)
    os.kill(pid, signal.SIGKILL if line != "stop\n" else signal.SIGTERM)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
