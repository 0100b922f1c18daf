"""REST edge: a ticket for the socket, and the languages of this host."""

from fastapi import APIRouter
from pydantic import BaseModel

from vivavoce.contracts.http import Bearer, join_claims
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.rights import Action, may
from vivavoce.contracts.runs import Languages
from vivavoce.contracts.tokens import JoinClaims, TokenVerifier
from vivavoce.kernel.errors import Forbidden
from vivavoce.kernel.ids import InterviewId
from vivavoce.kernel.tickets import Tickets
from vivavoce.services.runner.service import Runner


class TicketIssued(BaseModel):
    """Good once, for half a minute."""

    ticket: str


def router(
    *, runner: Runner, verifier: TokenVerifier, views: InterviewViews, tickets: Tickets[JoinClaims]
) -> APIRouter:
    """``/api/rooms/{interview}/runs/ticket`` and ``/api/runs/languages``."""
    routes = APIRouter(tags=["runs"])

    @routes.post("/api/rooms/{interview}/runs/ticket")
    async def issue_ticket(interview: InterviewId, bearer: Bearer) -> TicketIssued:
        claims = join_claims(verifier, bearer)
        await check_may_watch(claims, interview, views)
        return TicketIssued(ticket=tickets.issue(claims))

    @routes.get("/api/runs/languages")
    async def list_languages() -> Languages:
        return runner.languages()

    _ = (issue_ticket, list_languages)
    return routes


async def check_may_watch(
    claims: JoinClaims, interview: InterviewId, views: InterviewViews
) -> None:
    """Raises:
    Forbidden: another interview's token, or the table says no.
    NotFound: there is no such interview.
    """
    if claims.interview != interview:
        message = "This link is for another interview."
        raise Forbidden(message)
    view = await views.get(interview)
    if not may(claims.role, Action.WATCH_RUNS, view.state):
        message = "The interview has ended."
        raise Forbidden(message)
