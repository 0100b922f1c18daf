"""Interviews and rosters as documents. Whoever asks comes with the query: nothing is read outside their scope."""

import heapq
from dataclasses import dataclass

from vivavoce.kernel.clock import Millis
from vivavoce.kernel.documents import (
    FIND_LIMIT_MAX,
    Collection,
    Documents,
)
from vivavoce.kernel.errors import NotFound
from vivavoce.kernel.events import Event
from vivavoce.kernel.ids import InterviewId, OrganisationId, ParticipantId
from vivavoce.services.interviews.model import LISTED_MAX, Attendance, Interview

_INTERVIEWS = Collection("interviews.interviews", frozenset({"organisation"}))
_ROSTER = Collection("interviews.roster", frozenset({"interview"}))


@dataclass(frozen=True, slots=True)
class OfOrganisation:
    """Everything of one organisation."""

    organisation: OrganisationId

    def covers(self, interview: Interview) -> bool:
        return interview.organisation == self.organisation


@dataclass(frozen=True, slots=True)
class OfParticipant:
    """The one interview that a join token is for."""

    interview: InterviewId

    def covers(self, interview: Interview) -> bool:
        return interview.id == self.interview


Scope = OfOrganisation | OfParticipant


@dataclass(frozen=True, slots=True)
class Versioned:
    interview: Interview
    version: int


class InterviewStore:
    """Typed access to the interviews of a scope."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def get(self, scope: Scope, id: InterviewId) -> Versioned:
        """Raises ``NotFound`` if there is none, or none within the scope."""
        found = await self._documents.get(_INTERVIEWS, id)
        interview = Interview.model_validate(found.body) if found else None
        if found is None or interview is None or not scope.covers(interview):
            raise NotFound("There is no such interview.")
        return Versioned(interview, found.version)

    async def newest(self, scope: OfOrganisation) -> list[Interview]:
        """The last ``LISTED_MAX`` made, newest first."""
        interviews: list[Interview] = []
        after: str | None = None
        while True:
            page = await self._documents.find(
                _INTERVIEWS,
                {"organisation": scope.organisation},
                limit=FIND_LIMIT_MAX,
                after=after,
            )
            read = (Interview.model_validate(each.body) for each in page)
            interviews = heapq.nlargest(LISTED_MAX, [*interviews, *read], key=_age)
            if len(page) < FIND_LIMIT_MAX:
                return interviews
            after = page[-1].id

    async def put(self, interview: Interview, *, expected_version: int, event: Event) -> None:
        """Write and publish.

        Raises:
            VersionConflict: somebody was faster.
        """
        body = interview.model_dump(mode="json")
        await self._documents.put(
            _INTERVIEWS, interview.id, body, expected_version=expected_version, events=[event]
        )

    async def roster(self, interview: InterviewId) -> list[Attendance]:
        """The first ``FIND_LIMIT_MAX`` who came, in the order of coming."""
        found = await self._documents.find(_ROSTER, {"interview": interview}, limit=FIND_LIMIT_MAX)
        attendances = [Attendance.model_validate(each.body) for each in found]
        return sorted(attendances, key=lambda each: (each.joined_at, each.participant))

    async def has_been_in(self, interview: InterviewId, participant: ParticipantId) -> bool:
        """Whether the participant ever was in the interview's room."""
        found = await self._documents.get(_ROSTER, participant)
        return found is not None and found.body["interview"] == interview

    async def came(self, attendance: Attendance) -> None:
        """Note a first coming, or a coming back."""
        found = await self._documents.get(_ROSTER, attendance.participant)
        if found is not None:
            joined_at = Millis(found.body["joined_at"])
            attendance = attendance.model_copy(update={"joined_at": joined_at})
        await self._put(attendance, found.version if found else 0)

    async def went(self, participant: ParticipantId, at: Millis) -> None:
        """Note a leaving; of somebody unknown there is nothing to note."""
        found = await self._documents.get(_ROSTER, participant)
        if found is None:
            return
        attendance = Attendance.model_validate(found.body)
        await self._put(attendance.model_copy(update={"left_at": at}), found.version)

    async def _put(self, attendance: Attendance, version: int) -> None:
        await self._documents.put(
            _ROSTER,
            attendance.participant,
            attendance.model_dump(mode="json"),
            expected_version=version,
        )


def _age(interview: Interview) -> tuple[int, str]:
    return interview.created_at, interview.id
