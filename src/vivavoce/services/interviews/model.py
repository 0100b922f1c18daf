"""An interview and its state machine, as data. Knows no storage, no HTTP, no clock."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from vivavoce.contracts.rights import Action, InterviewState, Role, may
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.errors import Conflict, Forbidden
from vivavoce.kernel.ids import InterviewId, OrganisationId, ParticipantId, PersonId

TITLE_LENGTH_MAX = 120
DURATION_MIN_DEFAULT = 60
DURATION_MIN_MAX = 24 * 60
SCHEDULED_AT_MAX = 253_402_300_799_999  # the end of the year 9999, in ms
LISTED_MAX = 200


class Step(StrEnum):
    """What can be done to an interview's state."""

    START = "start"
    END = "end"


# State × step → state. A pair that is missing is refused; one that leads to the same state changes nothing,
# so that two interviewers may press the same button.
TRANSITIONS: dict[tuple[InterviewState, Step], InterviewState] = {
    (InterviewState.SCHEDULED, Step.START): InterviewState.LIVE,
    (InterviewState.SCHEDULED, Step.END): InterviewState.ENDED,  # called off
    (InterviewState.LIVE, Step.START): InterviewState.LIVE,
    (InterviewState.LIVE, Step.END): InterviewState.ENDED,
    (InterviewState.ENDED, Step.END): InterviewState.ENDED,
}
ACTIONS: dict[Step, Action] = {
    Step.START: Action.START_INTERVIEW,
    Step.END: Action.END_INTERVIEW,
}


class InterviewOver(Conflict):
    """The step is not possible any more."""

    code = "interview_ended"

    def __init__(self) -> None:
        super().__init__("This interview has ended. Create a new one.")


class NotYours(Forbidden):
    """The role may not take the step."""

    def __init__(self) -> None:
        super().__init__("Only interviewers can start and end an interview.")


class Interview(BaseModel):
    """Times are server time in ms."""

    model_config = ConfigDict(frozen=True)

    id: InterviewId
    organisation: OrganisationId
    owner: PersonId
    owner_name: str
    title: str
    scheduled_at: int | None
    duration_min: int
    created_at: Millis
    started_at: Millis | None = None
    ended_at: Millis | None = None

    @property
    def state(self) -> InterviewState:
        return InterviewState.of(started_at=self.started_at, ended_at=self.ended_at)


class Attendance(BaseModel):
    """A participant's time in an interview: first came, last left; ``left_at`` is null while they are in."""

    model_config = ConfigDict(frozen=True)

    interview: InterviewId
    participant: ParticipantId
    name: str
    role: Role
    joined_at: Millis
    left_at: Millis | None = None


def step(interview: Interview, what: Step, role: Role, *, at: Millis) -> Interview:
    """The interview after the step; the same one if it is there already.

    Raises:
        NotYours: the table of rights does not give the step to the role.
        InterviewOver: the interview has ended.
    """
    before = interview.state
    after = TRANSITIONS.get((before, what))
    if after is before and role is Role.INTERVIEWER:
        return interview
    if before is not InterviewState.ENDED and not may(role, ACTIONS[what], before):
        raise NotYours
    if after is None or before is InterviewState.ENDED:
        raise InterviewOver
    field = "started_at" if after is InterviewState.LIVE else "ended_at"
    return interview.model_copy(update={field: at})
