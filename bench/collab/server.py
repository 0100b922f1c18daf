"""The collab service alone, on memory backends and real log files: what the benchmark measures."""

import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from joserfc.jwk import OKPKey

from vivavoce.backends.memory import MemoryBus, MemoryDocuments
from vivavoce.contracts.events import InterviewCreated
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.contracts.tokens import TokenVerifier
from vivavoce.kernel.clock import SystemClock
from vivavoce.kernel.ids import InterviewId, OrganisationId, PersonId
from vivavoce.services import collab
from vivavoce.services.collab.lending import LendingProtocol

ORIGIN = "http://bench.test"


def build(key: OKPKey, interviews: list[InterviewId], directory: Path) -> FastAPI:
    clock, bus = SystemClock(), MemoryBus()
    service = collab.create(
        clock=clock,
        bus=bus,
        views=InterviewViews("collab", MemoryDocuments(bus), bus),
        verifier=TokenVerifier(key, clock),
        origins=OriginPolicy(frozenset({ORIGIN})),
        logs=collab.FileLogStore(directory),
    )

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncGenerator[None]:
        await bus.start()
        for interview in interviews:
            fact = InterviewCreated(
                interview=interview,
                organisation=OrganisationId("org_1"),
                owner=PersonId("per_1"),
                owner_name="Owner",
                title="Bench",
            )
            await bus.publish(fact.event(clock))
        async with service.run():
            yield
        await bus.close()

    app = FastAPI(lifespan=life)
    for router in service.routers:
        app.include_router(router)
    return app


def serve(app: FastAPI, listener: socket.socket) -> None:
    """As the program serves: uvloop, sans-I/O WebSockets that lend their transport, no deflate. Returns after SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises it once more when it is done
    config = uvicorn.Config(
        app,
        loop="uvloop",
        ws=LendingProtocol,
        ws_per_message_deflate=False,
        log_level="error",
        access_log=False,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
