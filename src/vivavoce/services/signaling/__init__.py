"""Signaling: the live room of an interview, one JSON socket a participant.

Owns: live rooms (who is here, switches, chat, moderation) the stored chat (``signaling.chat``)
and who was removed (``signaling.removed``).
Publishes: ``participant.joined``, ``participant.left``.
Consumes: ``interview.created``, ``interview.started``, ``interview.ended``.
Exposes: ``POST /api/rooms/{interview}/signaling/ticket``, ``POST /api/rooms/{interview}/media/relays``,
``/api/rooms/{interview}/check``, ``WS /api/rooms/{interview}/signaling``.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry

from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.media import Media
from vivavoce.contracts.service import Service
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.contracts.tokens import TokenVerifier
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.documents import Documents
from vivavoce.kernel.events import EventBus
from vivavoce.services.signaling.checks import Checks
from vivavoce.services.signaling.host import Surroundings
from vivavoce.services.signaling.http import check_router, relay_router, ticket_router
from vivavoce.services.signaling.journal import Journal
from vivavoce.services.signaling.limits import Limits
from vivavoce.services.signaling.metrics import Metrics
from vivavoce.services.signaling.rooms import Rooms
from vivavoce.services.signaling.store import RoomStore
from vivavoce.services.signaling.ws import socket_router


def create(
    *,
    clock: Clock,
    bus: EventBus,
    documents: Documents,
    media: Media,
    verifier: TokenVerifier,
    origins: OriginPolicy,
    registry: CollectorRegistry | None = None,
    limits: Limits | None = None,
) -> Service:
    """The service. Call before the bus starts; enter its ``run`` after that of the media service."""
    around = Surroundings(
        clock=clock,
        media=media,
        bus=bus,
        journal=Journal(),
        store=RoomStore(documents),
        limits=limits or Limits(),
        metrics=Metrics(registry),
    )
    rooms = Rooms(around, InterviewViews("signaling", documents, bus))
    checks = Checks(rooms, media, clock, around.limits, around.metrics.checks)
    routers = (
        ticket_router(rooms, verifier),
        relay_router(rooms, media, verifier),
        check_router(checks, verifier),
        socket_router(rooms, origins),
    )

    @asynccontextmanager
    async def run() -> AsyncGenerator[None]:
        async with checks.run(), rooms.run():
            yield

    return Service(name="signaling", routers=routers, run=run)
