"""Auth's documents: people, open sign-in links, invitations, and who was removed from an interview."""

from contextlib import suppress

from pydantic import BaseModel

from vivavoce.contracts.events import InvitationRevoked
from vivavoce.kernel.clock import Clock, Millis
from vivavoce.kernel.documents import Collection, Documents, VersionConflict
from vivavoce.kernel.ids import InterviewId, InvitationId, ParticipantId, PersonId
from vivavoce.services.auth.model import INVITATIONS_MAX, Invitation, Person, SignInLink

_PEOPLE = Collection("auth.people", frozenset({"organisation"}))
_SIGNIN_LINKS = Collection("auth.signin_links", frozenset({"person"}))
_INVITATIONS = Collection("auth.invitations", frozenset({"interview", "secret_hash"}))
_ADMITTED = Collection("auth.admitted", frozenset({"interview"}))
_ARRIVALS = Collection("auth.arrivals")
_REMOVED = Collection("auth.removed", frozenset({"interview"}))


class AuthStore:
    """Typed access; secrets are known here by their hashes only."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def add_person(self, person: Person) -> None:
        """Nothing happens if the person exists."""
        await self._add(_PEOPLE, person.id, person)

    async def person(self, id: PersonId) -> Person | None:
        found = await self._documents.get(_PEOPLE, id)
        return Person.model_validate(found.body) if found else None

    async def add_signin_link(self, link: SignInLink) -> None:
        await self._add(_SIGNIN_LINKS, link.secret_hash, link)

    async def take_signin_link(self, secret_hash: str) -> SignInLink | None:
        """The link, which exists no more; of concurrent takers one gets it."""
        found = await self._documents.get(_SIGNIN_LINKS, secret_hash)
        if found is None:
            return None
        try:
            await self._documents.delete(_SIGNIN_LINKS, secret_hash, expected_version=found.version)
        except VersionConflict:
            return None
        return SignInLink.model_validate(found.body)

    async def signin_links(self, person: PersonId) -> list[SignInLink]:
        """By age, oldest first."""
        found = await self._documents.find(_SIGNIN_LINKS, {"person": person})
        links = [SignInLink.model_validate(each.body) for each in found]
        return sorted(links, key=lambda link: link.created_at)

    async def add_invitation(self, invitation: Invitation) -> None:
        """Nothing happens if one with this id exists."""
        await self._add(_INVITATIONS, invitation.id, invitation)

    async def invitation(self, id: InvitationId) -> Invitation | None:
        found = await self._documents.get(_INVITATIONS, id)
        return Invitation.model_validate(found.body) if found else None

    async def invitation_by_secret(self, secret_hash: str) -> Invitation | None:
        found = await self._documents.find(_INVITATIONS, {"secret_hash": secret_hash}, limit=1)
        return Invitation.model_validate(found[0].body) if found else None

    async def invitations(self, interview: InterviewId) -> list[Invitation]:
        """By age, oldest first."""
        found = await self._documents.find(
            _INVITATIONS, {"interview": interview}, limit=2 * INVITATIONS_MAX
        )
        invitations = [Invitation.model_validate(each.body) for each in found]
        return sorted(invitations, key=lambda invitation: (invitation.created_at, invitation.role))

    async def count_arrival(self, interview: InterviewId) -> int:
        """How many came before, in this interview; concurrent arrivals get different numbers."""
        while True:
            found = await self._documents.get(_ARRIVALS, interview)
            before = int(found.body["count"]) if found else 0
            version = found.version if found else 0
            with suppress(VersionConflict):
                body = {"count": before + 1}
                await self._documents.put(_ARRIVALS, interview, body, expected_version=version)
                return before

    async def revoke(self, id: InvitationId, clock: Clock, *, keeps_admitted: bool = False) -> None:
        """Revoke and publish ``InvitationRevoked``; nothing happens if somebody did so already."""
        found = await self._documents.get(_INVITATIONS, id)
        invitation = Invitation.model_validate(found.body) if found else None
        if found is None or invitation is None or invitation.revoked_at is not None:
            return
        fact = InvitationRevoked(
            interview=invitation.interview, invitation=id, role=invitation.role
        ).event(clock)
        change = {"revoked_at": fact.at, "keeps_admitted": keeps_admitted}
        revoked = invitation.model_copy(update=change)
        with suppress(VersionConflict):  # revoking is the only change there is
            await self._documents.put(
                _INVITATIONS,
                id,
                revoked.model_dump(mode="json"),
                expected_version=found.version,
                events=[fact],
            )

    async def remember_admitted(
        self, interview: InterviewId, participant: ParticipantId, invitation: InvitationId
    ) -> None:
        with suppress(VersionConflict):
            body = {"interview": interview, "invitation": invitation}
            await self._documents.put(_ADMITTED, participant, body, expected_version=0)

    async def admitted_by(self, participant: ParticipantId) -> InvitationId | None:
        """The invitation that let the participant in; none for somebody of the organisation."""
        found = await self._documents.get(_ADMITTED, participant)
        return InvitationId(found.body["invitation"]) if found else None

    async def remember_removed(
        self, interview: InterviewId, participant: ParticipantId, at: Millis
    ) -> None:
        with suppress(VersionConflict):
            body = {"interview": interview, "at": at}
            await self._documents.put(_REMOVED, participant, body, expected_version=0)

    async def is_removed(self, participant: ParticipantId) -> bool:
        return await self._documents.get(_REMOVED, participant) is not None

    async def _add(self, collection: Collection, id: str, model: BaseModel) -> None:
        with suppress(VersionConflict):
            await self._documents.put(
                collection, id, model.model_dump(mode="json"), expected_version=0
            )
