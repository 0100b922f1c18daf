"""Auth over HTTP: sign-in, invitations, and the door of an interview."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field

from vivavoce.contracts.http import SESSION_COOKIE, Bearer
from vivavoce.contracts.interviews import InterviewView
from vivavoce.contracts.rights import InterviewState, Role
from vivavoce.contracts.tokens import (
    SESSION_TTL_S,
    TOKEN_LENGTH_MAX,
)
from vivavoce.kernel.ids import InterviewId, InvitationId
from vivavoce.services.auth.admissions import Admission, Admissions, Greeting
from vivavoce.services.auth.edge import Edge
from vivavoce.services.auth.invitations import Invitations
from vivavoce.services.auth.model import SECRET_LENGTH_MAX, Invitation, Person
from vivavoce.services.auth.signin import SignIns, session_token

NAME_INPUT_LENGTH_MAX = 400  # before trimming; the name itself may be shorter only


class _FromClient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SignInRequest(_FromClient):
    """The secret from the fragment of a sign-in link."""

    secret: str = Field(max_length=SECRET_LENGTH_MAX)


class InvitationRequest(_FromClient):
    role: Role


class GreetingRequest(_FromClient):
    """The secret from the fragment of an invitation link; none with a session cookie."""

    invitation: str | None = Field(default=None, max_length=SECRET_LENGTH_MAX)


class JoinRequest(GreetingRequest):
    """By a rejoin token, else an invitation's secret, else the session cookie. The name is needed with an invitation."""

    rejoin: str | None = Field(default=None, max_length=TOKEN_LENGTH_MAX)
    name: str | None = Field(default=None, max_length=NAME_INPUT_LENGTH_MAX)


class Me(BaseModel):
    """Ids of the signed-in person and their organisation, and the person's name."""

    person: str
    name: str
    organisation: str


class Link(BaseModel):
    url: str


class InvitationOut(BaseModel):
    """``url`` carries the secret in its fragment."""

    id: str
    role: Role
    url: str
    created_at: int
    revoked_at: int | None


class InvitationList(BaseModel):
    invitations: list[InvitationOut]


class DoorInterview(BaseModel):
    """What the door tells of an interview; times are server time in ms."""

    id: str
    title: str
    state: InterviewState
    scheduled_at: int | None
    duration_min: int
    started_at: int | None
    ended_at: int | None
    host: str


class GreetingOut(BaseModel):
    role: Role
    interview: DoorInterview


class CheckOut(BaseModel):
    """``token`` opens media sessions of one's own for two minutes, to try one's connection with."""

    token: str


class SocketUrls(BaseModel):
    signaling: str
    collab: str
    runs: str
    voice: str


class JoinOut(BaseModel):
    """``token`` opens sockets until ``expires_at`` (ms); ``rejoin`` brings a fresh one for the same participant."""

    token: str
    rejoin: str
    participant: str
    role: Role
    name: str
    expires_at: int
    interview: DoorInterview
    urls: SocketUrls


def signin_router(edge: Edge, sign_ins: SignIns, public_key: OKPKey) -> APIRouter:
    """Sessions, and the key that everybody verifies tokens with."""
    router = APIRouter(prefix="/api/auth", tags=["auth"])
    signed_in = Depends(edge.person)

    @router.post("/signin", status_code=204)
    async def sign_in(body: SignInRequest, request: Request, response: Response) -> None:
        with edge.guessing(request):
            person = await sign_ins.sign_in(body.secret)
        response.set_cookie(
            SESSION_COOKIE,
            session_token(person, edge.signer, edge.clock),
            max_age=SESSION_TTL_S,
            path="/",
            secure=edge.base_url(request).startswith("https:"),
            httponly=True,
            samesite="strict",
        )

    @router.post("/signout", status_code=204)
    async def sign_out(response: Response) -> None:
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="strict")

    @router.get("/me")
    async def me(person: Annotated[Person, signed_in]) -> Me:
        return Me(person=person.id, name=person.name, organisation=person.organisation)

    @router.post("/owner-links", status_code=201)
    async def open_owner_link(person: Annotated[Person, signed_in], request: Request) -> Link:
        """A one-use link that signs in the person who asks, on another device for instance."""
        secret = await sign_ins.open_link(person.id)
        return Link(url=signin_url(edge.base_url(request), secret))

    @router.get("/jwks")
    async def jwks() -> dict[str, list[dict[str, Any]]]:
        """RFC 7517 §5."""
        return {"keys": [{**public_key.as_dict(private=False), "use": "sig", "alg": "Ed25519"}]}

    return router


def invitations_router(edge: Edge, invitations: Invitations) -> APIRouter:
    """An interview's invitations, for its organisation."""
    router = APIRouter(prefix="/api/interviews/{interview}/invitations", tags=["invitations"])
    signed_in = Depends(edge.person)

    def shown(invitation: Invitation, base_url: str) -> InvitationOut:
        url = f"{base_url}/i/{invitation.interview}#{invitations.secret(invitation)}"
        shown_fields = invitation.model_dump(include={"id", "role", "created_at", "revoked_at"})
        return InvitationOut(url=url, **shown_fields)

    @router.get("")
    async def list_invitations(
        interview: str, person: Annotated[Person, signed_in], request: Request
    ) -> InvitationList:
        found = await invitations.of(person.organisation, InterviewId(interview))
        base_url = edge.base_url(request)
        return InvitationList(invitations=[shown(each, base_url) for each in found])

    @router.post("", status_code=201)
    async def add_invitation(
        interview: str,
        body: InvitationRequest,
        person: Annotated[Person, signed_in],
        request: Request,
    ) -> InvitationOut:
        added = await invitations.add(person.organisation, InterviewId(interview), body.role)
        return shown(added, edge.base_url(request))

    @router.post("/{invitation}/revoke", status_code=204)
    async def revoke_invitation(
        interview: str, invitation: str, person: Annotated[Person, signed_in]
    ) -> None:
        await invitations.revoke(
            person.organisation, InterviewId(interview), InvitationId(invitation)
        )

    return router


def door_router(edge: Edge, admissions: Admissions) -> APIRouter:
    """Coming into an interview."""
    router = APIRouter(prefix="/api/interviews/{interview}", tags=["joining"])

    @router.post("/greeting")
    async def greet(
        interview: str, request: Request, bearer: Bearer, body: GreetingRequest | None = None
    ) -> GreetingOut:
        with edge.guessing(request):
            return _greeting_out(await _greeting(InterviewId(interview), body, request, bearer))

    @router.post("/check")
    async def check(
        interview: str, request: Request, bearer: Bearer, body: GreetingRequest | None = None
    ) -> CheckOut:
        """Whoever may come in may try their connection first."""
        with edge.guessing(request):
            greeting = await _greeting(InterviewId(interview), body, request, bearer)
            return CheckOut(token=admissions.check_token(greeting))

    async def _greeting(
        interview: InterviewId, body: GreetingRequest | None, request: Request, bearer: Bearer
    ) -> Greeting:
        if body and body.invitation is not None:
            return await admissions.greet_invited(interview, body.invitation)
        person = await edge.person(request, bearer)
        return await admissions.greet_signed_in(interview, person)

    @router.post("/join")
    async def join(
        interview: str, request: Request, bearer: Bearer, body: JoinRequest | None = None
    ) -> JoinOut:
        with edge.guessing(request):
            admission = await _admit(InterviewId(interview), body or JoinRequest(), request, bearer)
        return _join_out(admission, edge.base_url(request))

    async def _admit(
        interview: InterviewId, body: JoinRequest, request: Request, bearer: Bearer
    ) -> Admission:
        if body.rejoin is not None:
            return await admissions.rejoin(interview, body.rejoin, body.name)
        if body.invitation is not None:
            return await admissions.join_invited(interview, body.invitation, body.name or "")
        person = await edge.person(request, bearer)
        return await admissions.join_signed_in(interview, person, body.name)

    return router


def signin_url(base_url: str, secret: str) -> str:
    return f"{base_url.rstrip('/')}/signin#{secret}"


def _greeting_out(greeting: Greeting) -> GreetingOut:
    return GreetingOut(role=greeting.role, interview=_door_interview(greeting.view))


def _join_out(admission: Admission, base_url: str) -> JoinOut:
    claims = admission.claims
    room = f"ws{base_url.removeprefix('http')}/api/rooms/{claims.interview}"
    return JoinOut(
        token=admission.token,
        rejoin=admission.rejoin,
        participant=claims.participant,
        role=claims.role,
        name=claims.name,
        expires_at=claims.exp * 1000,
        interview=_door_interview(admission.view),
        urls=SocketUrls(
            signaling=f"{room}/signaling",
            collab=f"{room}/collab",
            runs=f"{room}/runs",
            voice=f"{room}/voice",
        ),
    )


def _door_interview(view: InterviewView) -> DoorInterview:
    return DoorInterview(
        id=view.id,
        title=view.title,
        state=view.state,
        scheduled_at=view.scheduled_at,
        duration_min=view.duration_min,
        started_at=view.started_at,
        ended_at=view.ended_at,
        host=view.owner_name,
    )
