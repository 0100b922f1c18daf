"""The HTTP edge: a join token is exchanged for a socket ticket, and for the relays of media."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from vivavoce.contracts.http import Bearer, check_claims, join_claims
from vivavoce.contracts.media import Media, Relay
from vivavoce.contracts.messages import OFFER_BYTES_MAX
from vivavoce.contracts.tokens import CheckClaims, TokenVerifier
from vivavoce.kernel.errors import Forbidden
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.signaling.checks import Checks
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


def _out(relays: Iterable[Relay]) -> tuple[RelayOut, ...]:
    return tuple(RelayOut(**asdict(relay)) for relay in relays)


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
        return Relays(relays=_out(await media.relays(claims.interview, claims.participant)))

    _ = media_relays
    return router


class CheckOffer(BaseModel):
    """An offer as for the room."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offer: str = Field(max_length=OFFER_BYTES_MAX)


class CheckAnswer(BaseModel):
    """``check`` names the session, to end it; ``relays`` are further ways to try."""

    check: str
    answer: str
    relays: tuple[RelayOut, ...]


def check_router(checks: Checks, verifier: TokenVerifier) -> APIRouter:
    """``/api/rooms/{interview}/check``: a media session of one's own, to see whether and how well packets travel."""
    router = APIRouter(prefix="/api/rooms/{interview}/check", tags=["rooms"])

    def claims(interview: str, bearer: Bearer) -> CheckClaims:
        who = check_claims(verifier, bearer)
        if who.interview != interview:
            raise Forbidden("This check is of another interview.")
        return who

    checker = Depends(claims)

    @router.post("", status_code=201)
    async def begin_check(body: CheckOffer, who: Annotated[CheckClaims, checker]) -> CheckAnswer:
        """A lone session: nothing that is sent into it reaches anybody. It ends by itself after some seconds."""
        begun = await checks.begin(who, body.offer)
        return CheckAnswer(check=begun.id, answer=begun.answer, relays=_out(begun.relays))

    @router.delete("/{check}", status_code=204)
    async def end_check(check: str, who: Annotated[CheckClaims, checker]) -> None:
        checks.end(who, InterviewId(check))

    _ = begin_check, end_check
    return router
