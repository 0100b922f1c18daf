"""The use-cases of interviews: create, list, look at, start, end; and keeping the roster."""

from dataclasses import dataclass

from vivavoce.contracts.events import (
    Fact,
    InterviewCreated,
    InterviewEnded,
    InterviewStarted,
    ParticipantJoined,
    ParticipantLeft,
    read,
)
from vivavoce.contracts.rights import Role
from vivavoce.contracts.tokens import SessionClaims
from vivavoce.kernel.clock import Clock, Millis
from vivavoce.kernel.documents import VersionConflict
from vivavoce.kernel.events import Event, EventBus
from vivavoce.kernel.ids import InterviewId, new_interview_id
from vivavoce.kernel.text import one_line
from vivavoce.services.interviews.model import (
    TITLE_LENGTH_MAX,
    Attendance,
    Interview,
    Step,
    step,
)
from vivavoce.services.interviews.store import InterviewStore, OfOrganisation, Scope

STEP_ATTEMPTS_MAX = 5  # of concurrent writers each round has a winner

_FACTS: dict[Step, type[Fact]] = {Step.START: InterviewStarted, Step.END: InterviewEnded}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants a step: which interviews they reach, and as what."""

    scope: Scope
    role: Role


class Interviews:
    """Decisions are the model's; here they are stored and told."""

    def __init__(self, store: InterviewStore, *, clock: Clock, bus: EventBus) -> None:
        self._store = store
        self._clock = clock
        types = frozenset({ParticipantJoined.type, ParticipantLeft.type})
        bus.subscribe("interviews.roster", types, self._keep_roster)

    async def create(
        self, owner: SessionClaims, *, title: str, scheduled_at: int | None, duration_min: int
    ) -> Interview:
        """Raises ``Invalid`` for a title that is not one."""
        fact = InterviewCreated(
            interview=new_interview_id(),
            organisation=owner.organisation,
            owner=owner.person,
            owner_name=owner.name,
            title=one_line(title, what="The title", length_max=TITLE_LENGTH_MAX),
            scheduled_at=scheduled_at,
            duration_min=duration_min,
        )
        event = fact.event(self._clock)
        fields = fact.model_dump(exclude={"interview"})
        interview = Interview(id=fact.interview, created_at=event.at, **fields)
        await self._store.put(interview, expected_version=0, event=event)
        return interview

    async def newest(self, scope: OfOrganisation) -> list[Interview]:
        return await self._store.newest(scope)

    async def get(self, scope: Scope, id: InterviewId) -> tuple[Interview, list[Attendance]]:
        """Raises ``NotFound``."""
        found = await self._store.get(scope, id)
        return found.interview, await self._store.roster(id)

    async def step(self, asker: Asker, id: InterviewId, what: Step) -> Interview:
        """The interview after the step, which is published if it changed something.

        Raises:
            NotFound, NotYours, InterviewOver: as they say.
            VersionConflict: others changed it ``STEP_ATTEMPTS_MAX`` times meanwhile.
        """
        for _ in range(STEP_ATTEMPTS_MAX - 1):
            try:
                return await self._step_once(asker, id, what)
            except VersionConflict:
                continue
        return await self._step_once(asker, id, what)

    async def _step_once(self, asker: Asker, id: InterviewId, what: Step) -> Interview:
        found = await self._store.get(asker.scope, id)
        event = _FACTS[what](interview=id).event(self._clock)
        after = step(found.interview, what, asker.role, at=event.at)
        if after is not found.interview:
            await self._store.put(after, expected_version=found.version, event=event)
        return after

    async def _keep_roster(self, event: Event) -> None:
        if event.type == ParticipantLeft.type:
            await self._store.went(read(ParticipantLeft, event).participant, Millis(event.at))
        else:
            came = read(ParticipantJoined, event)
            await self._store.came(Attendance(joined_at=event.at, **came.model_dump()))
