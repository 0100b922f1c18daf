"""The ticket endpoint."""

from fastapi import APIRouter
from pydantic import BaseModel

from vivavoce.contracts.http import Bearer, join_claims
from vivavoce.contracts.tokens import TokenVerifier
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.collab.service import CollabService


class Ticket(BaseModel):
    """Good once and for half a minute."""

    ticket: str


def ticket_router(service: CollabService, verifier: TokenVerifier) -> APIRouter:
    """``POST /api/rooms/{interview}/collab/ticket``."""
    router = APIRouter(tags=["collab"])

    @router.post("/api/rooms/{interview}/collab/ticket")
    async def issue_ticket(interview: str, bearer: Bearer) -> Ticket:
        """A single-use ticket for one document, against a join token."""
        claims = join_claims(verifier, bearer)
        return Ticket(ticket=await service.issue_ticket(InterviewId(interview), claims))

    return router
