"""The table of rights: what must be true of it in every cell, and that the page for people shows the same."""

import itertools
import re
from pathlib import Path

import pytest

from vivavoce.contracts.rights import RIGHTS, Action, InterviewState, Role, may

PAGE = Path(__file__).parents[2] / "docs" / "topics" / "rights.md"
CELLS = list(itertools.product(Role, InterviewState, Action))
OPEN_STATES = [InterviewState.SCHEDULED, InterviewState.LIVE]
CHANGES = {
    *(Action.SPEAK, Action.SHARE_SCREEN, Action.WRITE_CHAT, Action.WRITE_WORKSPACE),
    *(Action.WRITE_BRIEF, Action.WRITE_NOTES, Action.RUN_CODE, Action.MUTE_OTHERS),
    *(Action.REMOVE_OTHERS, Action.START_INTERVIEW, Action.END_INTERVIEW),
}
INTERVIEWERS_ONLY = {
    *(Action.WRITE_BRIEF, Action.READ_NOTES, Action.WRITE_NOTES, Action.MUTE_OTHERS),
    *(Action.REMOVE_OTHERS, Action.START_INTERVIEW, Action.END_INTERVIEW, Action.READ_LOG),
}
MAY_AFTER_THE_END = {Action.KEEP_LOG: tuple(Role), Action.READ_LOG: (Role.INTERVIEWER,)}


def rows_of_the_page() -> dict[tuple[Role, InterviewState, Action], bool]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    head = next(line for line in lines if line.startswith("| action"))
    columns = [cell.split() for cell in cells(head)[2:]]
    shown: dict[tuple[Role, InterviewState, Action], bool] = {}
    for line in lines:
        if match := re.match(r"\| `(\w+)` \|", line):
            for (role, state), cell in zip(columns, cells(line)[2:], strict=True):
                assert cell in ("yes", "–")
                shown[Role(role), InterviewState(state), Action(match[1])] = cell == "yes"
    return shown


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_page_shows_exactly_the_table() -> None:
    assert rows_of_the_page() == {
        (role, state, action): may(role, action, state) for role, state, action in CELLS
    }


def test_every_role_and_state_has_its_cell() -> None:
    assert RIGHTS.keys() == set(itertools.product(Role, InterviewState))


@pytest.mark.parametrize(("role", "state", "action"), CELLS)
def test_each_cell_obeys_the_rules(role: Role, state: InterviewState, action: Action) -> None:
    allowed = may(role, action, state)
    if state is InterviewState.ENDED:
        assert allowed is (role in MAY_AFTER_THE_END.get(action, ()))
    if role is Role.OBSERVER and action in CHANGES:
        assert not allowed
    if role is not Role.INTERVIEWER and action in INTERVIEWERS_ONLY:
        assert not allowed
    if role is Role.INTERVIEWER and state is not InterviewState.ENDED:
        assert allowed


@pytest.mark.parametrize("state", InterviewState)
def test_a_higher_role_may_all_that_a_lower_one_may(state: InterviewState) -> None:
    observer, candidate, interviewer = (
        RIGHTS[role, state] for role in (Role.OBSERVER, Role.CANDIDATE, Role.INTERVIEWER)
    )
    assert observer <= candidate <= interviewer


@pytest.mark.parametrize(("role", "state"), list(itertools.product(Role, OPEN_STATES)))
def test_who_may_write_a_thing_may_read_it_and_all_who_may_act_may_join(
    role: Role, state: InterviewState
) -> None:
    for thing in ("CHAT", "WORKSPACE", "BRIEF", "NOTES"):
        if may(role, Action[f"WRITE_{thing}"], state):
            assert may(role, Action[f"READ_{thing}"], state)
    assert may(role, Action.JOIN, state)
