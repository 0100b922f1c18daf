"""Identifiers: a short kind prefix and 120 random bits, safe in URLs, file names and logs."""

import re
import secrets
from typing import NewType

OrganisationId = NewType("OrganisationId", str)
PersonId = NewType("PersonId", str)
InterviewId = NewType("InterviewId", str)
InvitationId = NewType("InvitationId", str)
ParticipantId = NewType("ParticipantId", str)
RunId = NewType("RunId", str)
EventId = NewType("EventId", str)

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case
_RANDOM_LENGTH = 24
_PATTERN = re.compile(r"[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{24}")


def new_id(kind: str) -> str:
    """A fresh identifier such as ``itv_8f2k…``; ``kind`` is two to four lower-case letters."""
    return f"{kind}_{''.join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))}"


def is_id(value: str, *, kind: str) -> bool:
    """Whether ``value`` has the shape of an identifier of this kind."""
    return value.startswith(f"{kind}_") and _PATTERN.fullmatch(value) is not None


def new_interview_id() -> InterviewId:
    return InterviewId(new_id("itv"))


def new_participant_id() -> ParticipantId:
    return ParticipantId(new_id("par"))


def new_person_id() -> PersonId:
    return PersonId(new_id("per"))


def new_invitation_id() -> InvitationId:
    return InvitationId(new_id("inv"))


def new_run_id() -> RunId:
    return RunId(new_id("run"))


def new_event_id() -> EventId:
    return EventId(new_id("evt"))
