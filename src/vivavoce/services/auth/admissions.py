"""Who comes into an interview: a proof goes in, tokens for one participant come out."""

from dataclasses import dataclass

from vivavoce.contracts.colors import color_of
from vivavoce.contracts.events import ParticipantLeft, read
from vivavoce.contracts.interviews import InterviewView, InterviewViews
from vivavoce.contracts.rights import Role
from vivavoce.contracts.tokens import (
    CheckClaims,
    JoinClaims,
    RejoinClaims,
    TokenSigner,
    TokenVerifier,
)
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.events import Event, EventBus
from vivavoce.kernel.ids import (
    InterviewId,
    InvitationId,
    ParticipantId,
    PersonId,
    new_participant_id,
)
from vivavoce.kernel.text import one_line
from vivavoce.services.auth.invitations import Invitations
from vivavoce.services.auth.model import (
    PERSON_NAME_LENGTH_MAX,
    Invitation,
    LinkRefused,
    Person,
    Removed,
    admits,
    check_may_join,
    hash_secret,
)
from vivavoce.services.auth.store import AuthStore
from vivavoce.services.auth.tenancy import view_of_own


@dataclass(frozen=True, slots=True)
class Admission:
    """Tokens for a participant, and what they say."""

    token: str
    rejoin: str
    claims: JoinClaims
    view: InterviewView


@dataclass(frozen=True, slots=True)
class Greeting:
    """What somebody at the door may know."""

    role: Role
    view: InterviewView


class Admissions:
    """Proofs are an invitation's secret, a rejoin token, or being signed in at the interview's organisation."""

    def __init__(
        self,
        store: AuthStore,
        views: InterviewViews,
        *,
        clock: Clock,
        signer: TokenSigner,
        verifier: TokenVerifier,
        bus: EventBus,
        invitations: Invitations,
    ) -> None:
        self._store = store
        self._invitations = invitations
        self._views = views
        self._clock = clock
        self._signer = signer
        self._verifier = verifier
        bus.subscribe("auth.removals", frozenset({ParticipantLeft.type}), self._participant_left)

    async def greet_invited(self, interview: InterviewId, secret: str) -> Greeting:
        """Raises ``LinkRefused``."""
        invitation = await self._invitation(interview, secret)
        return Greeting(invitation.role, await self._views.get(interview))

    async def greet_signed_in(self, interview: InterviewId, person: Person) -> Greeting:
        """Raises ``NotFound`` for an interview of another organisation."""
        return Greeting(
            Role.INTERVIEWER, await view_of_own(self._views, person.organisation, interview)
        )

    def check_token(self, greeting: Greeting) -> str:
        """The right to try one's connection. Raises ``InterviewOver``."""
        check_may_join(greeting.view, greeting.role)
        claims = CheckClaims.issued(self._clock, interview=greeting.view.id)
        return self._signer.sign(claims)

    async def join_invited(self, interview: InterviewId, secret: str, name: str) -> Admission:
        """Raises ``LinkRefused``, ``InterviewOver``, or ``Invalid`` for the name."""
        invitation = await self._invitation(interview, secret)
        view = await self._views.get(interview)
        admission = self._admit(
            view,
            role=invitation.role,
            name=name,
            participant=new_participant_id(),
            color=await self._next_color(interview),
            invitation=invitation.id,
        )
        participant = admission.claims.participant
        await self._store.remember_admitted(interview, participant, invitation.id)
        return admission

    async def join_signed_in(
        self, interview: InterviewId, person: Person, name: str | None
    ) -> Admission:
        """Raises ``NotFound``, ``InterviewOver``, or ``Invalid`` for the name."""
        view = await view_of_own(self._views, person.organisation, interview)
        return self._admit(
            view,
            role=Role.INTERVIEWER,
            name=person.name if name is None else name,
            participant=new_participant_id(),
            color=await self._next_color(interview),
            person=person.id,
        )

    async def rejoin(self, interview: InterviewId, token: str, name: str | None) -> Admission:
        """Fresh tokens for the same participant.

        Raises:
            LinkRefused: the token is not for this interview, or its invitation is revoked.
            Unauthenticated: the token is not valid.
            Removed, InterviewOver, Invalid: as they say.
        """
        claims = self._verifier.verify(token, RejoinClaims)
        if claims.interview != interview or await self._is_revoked(claims.invitation):
            raise LinkRefused
        if await self._store.is_removed(claims.participant):
            raise Removed
        return self._admit(
            await self._views.get(interview),
            role=claims.role,
            name=claims.name if name is None else name,
            participant=claims.participant,
            color=claims.color,
            person=claims.person,
            invitation=claims.invitation,
        )

    def _admit(
        self,
        view: InterviewView,
        *,
        role: Role,
        name: str,
        participant: ParticipantId,
        color: str,
        person: PersonId | None = None,
        invitation: str | None = None,
    ) -> Admission:
        check_may_join(view, role)
        who = {
            "interview": view.id,
            "participant": participant,
            "role": role,
            "name": one_line(name, what="Your name", length_max=PERSON_NAME_LENGTH_MAX),
            "color": color,
            "person": person,
        }
        claims = JoinClaims.issued(self._clock, **who)
        rejoin = RejoinClaims.issued(self._clock, **who, invitation=invitation)
        return Admission(self._signer.sign(claims), self._signer.sign(rejoin), claims, view)

    async def _next_color(self, interview: InterviewId) -> str:
        return color_of(await self._store.count_arrival(interview))

    async def _invitation(self, interview: InterviewId, secret: str) -> Invitation:
        secret_hash = hash_secret(secret)
        invitation = await self._store.invitation_by_secret(secret_hash)
        if invitation is None or not admits(invitation, interview, secret_hash):
            raise LinkRefused
        return invitation

    async def _is_revoked(self, id: str | None) -> bool:
        if id is None:
            return False
        invitation = await self._store.invitation(InvitationId(id))
        if invitation is None:
            return True
        return invitation.revoked_at is not None and not invitation.keeps_admitted

    async def _participant_left(self, event: Event) -> None:
        fact = read(ParticipantLeft, event)
        if fact.reason == "removed":
            await self._store.remember_removed(fact.interview, fact.participant, event.at)
            if invitation := await self._store.admitted_by(fact.participant):
                await self._invitations.close(invitation)
