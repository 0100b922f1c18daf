"""An interview's invitations: three from the start, more on request, each revocable."""

from vivavoce.contracts.events import InterviewCreated
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import NotFound
from vivavoce.kernel.events import Event, EventBus
from vivavoce.kernel.ids import InterviewId, InvitationId, OrganisationId, new_invitation_id
from vivavoce.services.auth.model import (
    INVITATIONS_MAX,
    Invitation,
    TooManyInvitations,
    first_invitation_id,
    invitation_secret,
    new_invitation,
)
from vivavoce.services.auth.store import AuthStore
from vivavoce.services.auth.tenancy import view_of_own


class Invitations:
    """What somebody of the interview's organisation does with its invitations."""

    def __init__(
        self, store: AuthStore, views: InterviewViews, *, clock: Clock, key: bytes, bus: EventBus
    ) -> None:
        self._store = store
        self._views = views
        self._clock = clock
        self._key = key
        bus.subscribe("auth.invitations", frozenset({InterviewCreated.type}), self._invite_first)

    def secret(self, invitation: Invitation) -> str:
        return invitation_secret(self._key, invitation.id)

    async def of(self, organisation: OrganisationId, interview: InterviewId) -> list[Invitation]:
        """Raises ``NotFound`` if the interview is not the organisation's."""
        await view_of_own(self._views, organisation, interview)
        return await self._all(interview)

    async def add(
        self, organisation: OrganisationId, interview: InterviewId, role: Role
    ) -> Invitation:
        """Raises ``NotFound``, or ``TooManyInvitations``."""
        await view_of_own(self._views, organisation, interview)
        if len(await self._all(interview)) >= INVITATIONS_MAX:
            raise TooManyInvitations
        invitation = self._new(new_invitation_id(), interview, role)
        await self._store.add_invitation(invitation)
        return invitation

    async def revoke(
        self, organisation: OrganisationId, interview: InterviewId, id: InvitationId
    ) -> None:
        """Raises ``NotFound``; revoking twice is no error."""
        await view_of_own(self._views, organisation, interview)
        if all(invitation.id != id for invitation in await self._all(interview)):
            raise NotFound("There is no such invitation.")
        await self._store.revoke(id, self._clock)

    async def close(self, id: InvitationId) -> None:
        """Let nobody new in by this one, since somebody it let in was removed; a new one takes its place.

        The new one comes first: whoever is interrupted in between leaves two, not none.
        """
        invitation = await self._store.invitation(id)
        if invitation is None or invitation.revoked_at is not None:
            return
        if len(await self._all(invitation.interview)) < INVITATIONS_MAX:
            fresh = self._new(new_invitation_id(), invitation.interview, invitation.role)
            await self._store.add_invitation(fresh)
        await self._store.revoke(id, self._clock, keeps_admitted=True)

    async def _all(self, interview: InterviewId) -> list[Invitation]:
        """Also right after the interview was made, when ``InterviewCreated`` may still be on its way here."""
        found = await self._store.invitations(interview)
        missing = {first_invitation_id(interview, role): role for role in Role}
        for invitation in found:
            missing.pop(invitation.id, None)
        if not missing:
            return found
        for id_, role in missing.items():
            await self._store.add_invitation(self._new(id_, interview, role))
        return await self._store.invitations(interview)

    async def _invite_first(self, event: Event) -> None:
        await self._all(InterviewId(event.key))

    def _new(self, id: InvitationId, interview: InterviewId, role: Role) -> Invitation:
        return new_invitation(self._key, id, interview, role, now=self._clock.now())
