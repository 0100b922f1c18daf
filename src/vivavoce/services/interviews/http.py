"""Interviews over HTTP, for people who are signed in; start and end also for interviewers in the room."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from vivavoce.contracts.http import Bearer, join_claims, session_claims
from vivavoce.contracts.rights import InterviewState, Role
from vivavoce.contracts.tokens import SessionClaims, TokenVerifier
from vivavoce.kernel.errors import Unauthenticated
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.interviews.model import (
    DURATION_MIN_DEFAULT,
    DURATION_MIN_MAX,
    SCHEDULED_AT_MAX,
    Attendance,
    Interview,
    Step,
)
from vivavoce.services.interviews.service import Asker, Interviews
from vivavoce.services.interviews.store import OfOrganisation, OfParticipant

TITLE_INPUT_LENGTH_MAX = 1000  # before trimming; the title itself may be shorter only


class NewInterview(BaseModel):
    """``scheduled_at`` is ms since the epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(max_length=TITLE_INPUT_LENGTH_MAX)
    scheduled_at: int | None = Field(default=None, ge=0, le=SCHEDULED_AT_MAX)
    duration_min: int = Field(default=DURATION_MIN_DEFAULT, ge=1, le=DURATION_MIN_MAX)


class InterviewOut(BaseModel):
    """Times are server time in ms; ``host`` is the name of who made it."""

    id: str
    title: str
    state: InterviewState
    scheduled_at: int | None
    duration_min: int
    created_at: int
    started_at: int | None
    ended_at: int | None
    host: str


class AttendanceOut(BaseModel):
    """``left_at`` is null while they are in the room."""

    participant: str
    name: str
    role: Role
    joined_at: int
    left_at: int | None


class InterviewDetail(InterviewOut):
    participants: list[AttendanceOut]


class InterviewList(BaseModel):
    """Newest first."""

    interviews: list[InterviewOut]


def asker_of(verifier: TokenVerifier) -> Callable[[Request, Bearer], Asker]:
    """Makes the dependency that says who asks."""

    def asker(request: Request, bearer: Bearer) -> Asker:
        """Somebody of the organisation, or a participant with their join token as bearer."""
        try:
            person = session_claims(verifier, request, bearer)
            return Asker(OfOrganisation(person.organisation), Role.INTERVIEWER)
        except Unauthenticated:
            if bearer is None:
                raise
            claims = join_claims(verifier, bearer)
            return Asker(OfParticipant(claims.interview), claims.role)

    return asker


def interviews_router(interviews: Interviews, verifier: TokenVerifier) -> APIRouter:
    router = APIRouter(prefix="/api/interviews", tags=["interviews"])

    def person(request: Request, bearer: Bearer) -> SessionClaims:
        return session_claims(verifier, request, bearer)

    signed_in = Depends(person)
    steps = Depends(asker_of(verifier))

    @router.post("", status_code=201)
    async def create_interview(
        body: NewInterview, owner: Annotated[SessionClaims, signed_in]
    ) -> InterviewOut:
        return _interview_out(await interviews.create(owner, **body.model_dump()))

    @router.get("")
    async def list_interviews(who: Annotated[SessionClaims, signed_in]) -> InterviewList:
        found = await interviews.newest(OfOrganisation(who.organisation))
        return InterviewList(interviews=[_interview_out(each) for each in found])

    @router.get("/{interview}")
    async def get_interview(
        interview: str, who: Annotated[SessionClaims, signed_in]
    ) -> InterviewDetail:
        scope = OfOrganisation(who.organisation)
        found, roster = await interviews.get(scope, InterviewId(interview))
        participants = [_attendance_out(each) for each in roster]
        return InterviewDetail(**_fields(found), participants=participants)

    @router.post("/{interview}/start")
    async def start_interview(interview: str, who: Annotated[Asker, steps]) -> InterviewOut:
        return _interview_out(await interviews.step(who, InterviewId(interview), Step.START))

    @router.post("/{interview}/end")
    async def end_interview(interview: str, who: Annotated[Asker, steps]) -> InterviewOut:
        return _interview_out(await interviews.step(who, InterviewId(interview), Step.END))

    return router


def _interview_out(interview: Interview) -> InterviewOut:
    return InterviewOut(**_fields(interview))


def _fields(interview: Interview) -> dict[str, Any]:
    hidden = {"organisation", "owner", "owner_name"}
    shown = interview.model_dump(exclude=hidden)
    return {**shown, "state": interview.state, "host": interview.owner_name}


def _attendance_out(attendance: Attendance) -> AttendanceOut:
    return AttendanceOut(**attendance.model_dump(exclude={"interview"}))
