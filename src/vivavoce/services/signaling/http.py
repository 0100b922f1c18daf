"""The HTTP edge: a join token is exchanged for a socket ticket."""

from fastapi import APIRouter
from pydantic import BaseModel

from vivavoce.contracts.http import Bearer, join_claims
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
