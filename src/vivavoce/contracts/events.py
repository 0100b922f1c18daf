"""The facts that cross service borders. One frozen model each; ``type`` is the name on the bus, ``key`` the interview.

Bodies hold ids, names of things and times; never tokens, code, chat text or session descriptions.
"""

from typing import ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.events import Event
from vivavoce.kernel.ids import (
    InterviewId,
    OrganisationId,
    ParticipantId,
    PersonId,
    RunId,
    new_event_id,
)


class Fact(BaseModel):
    """Base of all facts."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: ClassVar[str]

    interview: InterviewId

    def event(self, clock: Clock) -> Event:
        """Wrapped for the bus, with a fresh id and the time."""
        return Event(
            id=new_event_id(),
            type=self.type,
            key=self.interview,
            at=clock.now(),
            body=self.model_dump(mode="json"),
        )


F = TypeVar("F", bound=Fact)


def read(kind: type[F], event: Event) -> F:
    """The fact in an event of this kind."""
    return kind.model_validate(event.body)


class InterviewCreated(Fact):
    type = "interview.created"
    organisation: OrganisationId
    owner: PersonId
    owner_name: str
    title: str
    scheduled_at: int | None = None
    duration_min: int = 60


class InterviewStarted(Fact):
    type = "interview.started"


class InterviewEnded(Fact):
    type = "interview.ended"


class InvitationRevoked(Fact):
    type = "invitation.revoked"
    invitation: str
    role: Role


class ParticipantJoined(Fact):
    type = "participant.joined"
    participant: ParticipantId
    role: Role
    name: str


class ParticipantLeft(Fact):
    type = "participant.left"
    participant: ParticipantId
    reason: Literal["left", "removed", "lost", "ended"]


class RunStarted(Fact):
    type = "run.started"
    run: RunId
    participant: ParticipantId
    language: str


class RunFinished(Fact):
    type = "run.finished"
    run: RunId
    verdict: str
    wall_ms: int
    peak_bytes: int
