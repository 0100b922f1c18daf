"""The HTTP edge: a join token is exchanged for a socket ticket, and for the relays of media."""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import BaseModel

from vivavoce.contracts.http import Bearer, join_claims
from vivavoce.contracts.media import Media
from vivavoce.contracts.tokens import TokenVerifier
from vivavoce.kernel.errors import Forbidden
from vivavoce.services.signaling.rooms import Rooms


class Ticket(BaseModel):
    """Good once and for half a minute."""

    ticket: str


def ticket_router(rooms: Rooms, verifier: TokenVerifier) -> APIRouter:
    """``POST /api/rooms/{interview}/signaling/ticket``."""
    router = APIRouter(tags=["rooms"])

    @router.post("/api/rooms/{interview}/signaling/ticket")
    async def signaling_ticket(interview: str, bearer: Bearer) -> Ticket:
        """A ticket for one signalling socket of the interview that the join token is for."""
        claims = join_claims(verifier, bearer)
        if claims.interview != interview:
            raise Forbidden("This invitation is for another interview.")
        return Ticket(ticket=await rooms.ticket(claims))

    _ = signaling_ticket
    return router


class RelayOut(BaseModel):
    """An ``RTCIceServer``."""

    urls: tuple[str, ...]
    username: str
    credential: str


class Relays(BaseModel):
    """Good for five minutes to begin with; what was begun goes on."""

    relays: tuple[RelayOut, ...]


def relay_router(rooms: Rooms, media: Media, verifier: TokenVerifier) -> APIRouter:
    """``POST /api/rooms/{interview}/media/relays``."""
    router = APIRouter(tags=["rooms"])

    @router.post("/api/rooms/{interview}/media/relays")
    async def media_relays(interview: str, bearer: Bearer) -> Relays:
        """Ways for the participant's media past firewalls. They lead to this server's media and nowhere else."""
        claims = join_claims(verifier, bearer)
        if claims.interview != interview:
            raise Forbidden("This invitation is for another interview.")
        await rooms.admit(claims)
        relays = await media.relays(claims.interview, claims.participant)
        return Relays(relays=tuple(RelayOut(**asdict(relay)) for relay in relays))

    _ = media_relays
    return router
