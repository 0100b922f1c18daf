"""When a step is ended, and when it rests."""

import pytest

from vivavoce.services.runner.sandbox import MIB, Limits, Stopped
from vivavoce.services.runner.sandboxes.cgroups import Usage
from vivavoce.services.runner.sandboxes.limits import INPUT_EXTENDS_TO_S, StepWatch

BEFORE = Usage(cpu_s=2.0, peak_bytes=None, out_of_memory_kills=1, refused_processes=0)


def watch(*, takes_input: bool = True) -> StepWatch:
    return StepWatch(Limits(wall_s=60, cpu_s=10, memory_bytes=MIB), 100.0, BEFORE, takes_input)


def used(cpu_s: float = 2.0, kills: int = 1, resident_bytes: int | None = None) -> Usage:
    return Usage(cpu_s, None, kills, 0, resident_bytes)


@pytest.mark.parametrize(
    ("now_s", "usage", "stopped"),
    [
        (159.9, used(11.9, resident_bytes=MIB), None),
        (160.0, used(), Stopped.WALL),
        (101.0, used(kills=2), Stopped.MEMORY),
        (101.0, used(resident_bytes=MIB + 1), Stopped.MEMORY),
        (111.0, used(12.0), Stopped.CPU),
    ],
)
def test_a_step_is_ended_at_its_own_limits(
    now_s: float, usage: Usage, stopped: Stopped | None
) -> None:
    assert watch().exceeded(now_s, usage) is stopped


def test_who_answers_gives_a_program_its_time_again_but_not_for_ever() -> None:
    watching = watch()
    for now_s in range(150, 1000, 50):
        watching.typed(now_s)
    assert watching.exceeded(100 + INPUT_EXTENDS_TO_S - 1, used()) is None
    assert watching.exceeded(100 + INPUT_EXTENDS_TO_S, used()) is Stopped.WALL


def test_typing_gives_a_compiler_no_time() -> None:
    watching = watch(takes_input=False)
    watching.typed(159.0)
    assert watching.exceeded(160.0, used()) is Stopped.WALL


def test_a_program_rests_when_a_whole_window_passes_without_work() -> None:
    watching = watch()
    assert not watching.is_idle(100.5, used(2.0))
    assert not watching.is_idle(101.1, used(2.1))
    assert not watching.is_idle(102.0, used(2.1))
    assert watching.is_idle(102.2, used(2.11))
    assert not watching.is_idle(102.3, used(2.11))


def test_where_work_cannot_be_measured_nothing_is_taken_for_rest() -> None:
    assert not watch().is_idle(200.0, Usage(None, None, 0, 0))
