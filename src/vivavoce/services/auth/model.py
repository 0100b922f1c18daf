"""What auth decides from data alone: whose secret is whose, and who may be admitted. Knows no storage, no HTTP."""

import base64
import hashlib
import hmac

from pydantic import BaseModel, ConfigDict

from vivavoce.contracts.interviews import InterviewView
from vivavoce.contracts.rights import Action, Role, may
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.errors import Conflict, Forbidden, LimitExceeded, Unauthenticated
from vivavoce.kernel.ids import InterviewId, InvitationId, OrganisationId, PersonId

# The embedded server has one organisation and one owner. Their ids are fixed, so that a lost key or a
# command line that opens no database changes nothing about whose interviews they are.
EMBEDDED_ORGANISATION = OrganisationId("org_" + 24 * "0")
EMBEDDED_OWNER = PersonId("per_" + 24 * "0")
OWNER_NAME = "Owner"

SIGNIN_LINK_TTL_S = 24 * 60 * 60
SIGNIN_LINKS_MAX = 20  # open ones a person; the oldest goes first
INVITATIONS_MAX = 50  # an interview
SECRET_LENGTH_MAX = 200
PERSON_NAME_LENGTH_MAX = 60

_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_LENGTH = 24


class LinkRefused(Unauthenticated):
    """The link admits nobody; the sentence does not say whether it is wrong, revoked or expired."""

    code = "link_refused"

    def __init__(self) -> None:
        super().__init__(
            "This link is not valid, or no longer. Ask the person who sent it for a new one."
        )


class SignInRefused(Unauthenticated):
    """The sign-in link is wrong, used or expired."""

    code = "signin_refused"

    def __init__(self) -> None:
        super().__init__(
            "This sign-in link is not valid, or it was used already."
            " `vivavoce owner-link` prints a new one."
        )


class InterviewOver(Conflict):
    """Nobody joins an interview that has ended."""

    code = "interview_ended"

    def __init__(self) -> None:
        super().__init__("This interview has ended.")


class Removed(Forbidden):
    """An interviewer sent this participant out."""

    code = "removed"

    def __init__(self) -> None:
        super().__init__("An interviewer removed you from this interview.")


class TooManyInvitations(LimitExceeded):
    """The interview has ``INVITATIONS_MAX`` invitations."""

    code = "too_many_invitations"

    def __init__(self) -> None:
        super().__init__(f"An interview can have {INVITATIONS_MAX} invitations at most.")


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True)


class Person(_Stored):
    """Somebody of an organisation who can sign in."""

    id: PersonId
    organisation: OrganisationId
    name: str


class SignInLink(_Stored):
    """One open sign-in; it is deleted when used. ``secret_hash`` is its identity."""

    secret_hash: str
    person: PersonId
    created_at: Millis
    expires_at: Millis


class Invitation(_Stored):
    """A role in an interview for whoever has the secret.

    Once revoked it lets nobody in; whom it let in before may come back only if it ``keeps_admitted``.
    """

    id: InvitationId
    interview: InterviewId
    role: Role
    secret_hash: str
    created_at: Millis
    revoked_at: Millis | None = None
    keeps_admitted: bool = False


def hash_secret(secret: str) -> str:
    """Plain SHA-256: the secrets have 128 bits or more, so there is nothing to stretch."""
    return hashlib.sha256(secret.encode()).hexdigest()


def invitation_secret(key: bytes, invitation: InvitationId) -> str:
    """Derived, so that an owner can copy a link at any time while the store holds only its hash."""
    digest = hmac.digest(key, f"invitation {invitation}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def new_invitation(
    key: bytes, id: InvitationId, interview: InterviewId, role: Role, *, now: Millis
) -> Invitation:
    secret_hash = hash_secret(invitation_secret(key, id))
    return Invitation(
        id=id, interview=interview, role=role, secret_hash=secret_hash, created_at=now
    )


def first_invitation_id(interview: InterviewId, role: Role) -> InvitationId:
    """The id of a role's first invitation: the same however often ``InterviewCreated`` is delivered."""
    digest = hashlib.sha256(f"{interview} {role}".encode()).digest()
    return InvitationId("inv_" + "".join(_ID_ALPHABET[byte % 32] for byte in digest[:_ID_LENGTH]))


def admits(invitation: Invitation | None, interview: InterviewId, secret_hash: str) -> bool:
    """Whether the invitation is for this interview, has this secret and is not revoked."""
    return (
        invitation is not None
        and hmac.compare_digest(invitation.secret_hash, secret_hash)
        and invitation.interview == interview
        and invitation.revoked_at is None
    )


def check_may_join(view: InterviewView, role: Role) -> None:
    """Raises ``InterviewOver`` if the table of rights lets nobody of this role in any more."""
    if not may(role, Action.JOIN, view.state):
        raise InterviewOver
