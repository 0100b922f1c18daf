"""The state machine of an interview, in every cell."""

import itertools

import pytest

from vivavoce.contracts.rights import InterviewState, Role
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.errors import AppError
from vivavoce.kernel.ids import InterviewId, OrganisationId, PersonId
from vivavoce.services.interviews.model import (
    TRANSITIONS,
    Interview,
    InterviewOver,
    NotYours,
    Step,
    step,
)

ORDER = [InterviewState.SCHEDULED, InterviewState.LIVE, InterviewState.ENDED]
NEW = Interview(
    id=InterviewId("itv_1"),
    organisation=OrganisationId("org_1"),
    owner=PersonId("per_1"),
    owner_name="Ann",
    title="A talk",
    scheduled_at=None,
    duration_min=60,
    created_at=Millis(1),
)
IN_STATE = {
    InterviewState.SCHEDULED: NEW,
    InterviewState.LIVE: NEW.model_copy(update={"started_at": 2}),
    InterviewState.ENDED: NEW.model_copy(update={"started_at": 2, "ended_at": 3}),
}
CELLS = list(itertools.product(ORDER, Step, Role))


def test_the_examples_are_in_their_states() -> None:
    assert all(interview.state is state for state, interview in IN_STATE.items())


@pytest.mark.parametrize(("state", "what", "role"), CELLS)
def test_every_step_in_every_state_by_every_role(
    state: InterviewState, what: Step, role: Role
) -> None:
    before = IN_STATE[state]
    outcome: Interview | type[AppError]
    try:
        outcome = step(before, what, role, at=Millis(9))
    except AppError as error:
        outcome = type(error)
    if role is not Role.INTERVIEWER:
        assert outcome in (NotYours, InterviewOver)
    elif (state, what) not in TRANSITIONS:
        assert outcome is InterviewOver
    else:
        assert isinstance(outcome, Interview)
        assert outcome.state is TRANSITIONS[state, what]
        assert (outcome is before) == (TRANSITIONS[state, what] is state)


def test_states_only_move_forward() -> None:
    assert all(
        ORDER.index(after) >= ORDER.index(before) for (before, _), after in TRANSITIONS.items()
    )


def test_nothing_leaves_the_end() -> None:
    assert {
        after for (before, _), after in TRANSITIONS.items() if before is InterviewState.ENDED
    } == {InterviewState.ENDED}


def test_a_step_notes_its_time_and_nothing_else() -> None:
    started = step(NEW, Step.START, Role.INTERVIEWER, at=Millis(9))
    assert started == NEW.model_copy(update={"started_at": 9})
    ended = step(started, Step.END, Role.INTERVIEWER, at=Millis(10))
    assert ended == NEW.model_copy(update={"started_at": 9, "ended_at": 10})
