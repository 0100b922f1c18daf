"""Shared documents: code, brief, later board and notes.

Owns: the documents' logs and their live state.
Publishes: nothing.
Consumes: ``interview.*`` (its own view), ``participant.left`` (reason ``removed``).
Exposes: ``POST /api/rooms/{id}/collab/ticket``, ``WS /api/rooms/{id}/collab`` (``protocol/collab.md``).
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from starlette.routing import WebSocketRoute

from vivavoce.contracts.events import ParticipantLeft
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.service import Service
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.contracts.tokens import TokenVerifier
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.events import EventBus
from vivavoce.kernel.tickets import Tickets
from vivavoce.services.collab.commit import GroupCommit
from vivavoce.services.collab.counters import Counters
from vivavoce.services.collab.file_log import FileLogStore
from vivavoce.services.collab.http import ticket_router
from vivavoce.services.collab.log import LogStore
from vivavoce.services.collab.metrics import register
from vivavoce.services.collab.rooms import Rooms
from vivavoce.services.collab.service import CollabService
from vivavoce.services.collab.ws import CollabSockets

__all__ = ["Counters", "FileLogStore", "create"]


def create(
    *,
    clock: Clock,
    bus: EventBus,
    views: InterviewViews,
    verifier: TokenVerifier,
    origins: OriginPolicy,
    logs: LogStore,
    counters: Counters | None = None,
    registry: CollectorRegistry | None = None,
) -> Service:
    """The service; ``logs`` is where the documents live, ``views`` its own view of interviews.

    Call before the bus starts. ``registry`` then shows the counters as ``vivavoce_collab_*_total``.
    """
    counters = counters or Counters()
    if registry is not None:
        register(counters, registry)
    commit = GroupCommit(counters)
    rooms = Rooms(logs, clock=clock, commit=commit, counters=counters)
    service = CollabService(tickets=Tickets(clock), views=views, rooms=rooms, commit=commit)
    sockets = CollabSockets(service, origins=origins, clock=clock, counters=counters)
    views.on_change(service.follow)
    bus.subscribe(
        "collab.participants", frozenset({ParticipantLeft.type}), service.follow_participant
    )
    router = APIRouter()
    router.routes.append(WebSocketRoute("/api/rooms/{interview}/collab", sockets, name="collab"))

    @asynccontextmanager
    async def run() -> AsyncGenerator[None]:
        async with asyncio.TaskGroup() as tasks:
            life = [tasks.create_task(rooms.run()), tasks.create_task(sockets.keep_alive())]
            yield
            for task in life:
                task.cancel()

    return Service(name="collab", routers=(ticket_router(service, verifier), router), run=run)
