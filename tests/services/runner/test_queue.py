"""Who runs next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.kernel.ids import InterviewId, RunId
from vivavoce.services.runner.model import (
    RESTING_A_PLACE,
    WAITING_MAX,
    QueueFull,
    RunInProgress,
    RunQueue,
)


def run(n: int) -> RunId:
    return RunId(f"run {n}")


def room(n: int) -> InterviewId:
    return InterviewId(f"room {n}")


def test_a_room_has_one_run_at_a_time() -> None:
    queue = RunQueue(2)
    queue.submit(run(1), room(1))
    with pytest.raises(RunInProgress):
        queue.submit(run(2), room(1))
    assert queue.startable() == [run(1)]
    with pytest.raises(RunInProgress):
        queue.submit(run(2), room(1))
    queue.leave(run(1))
    queue.submit(run(2), room(1))


def test_rooms_take_turns_and_hear_how_many_go_first() -> None:
    queue = RunQueue(1)
    for n in range(4):
        queue.submit(run(n), room(n))
    assert queue.startable() == [run(0)]
    assert queue.waiting() == [(run(1), 0), (run(2), 1), (run(3), 2)]
    queue.leave(run(2))
    queue.leave(run(0))
    assert queue.startable() == [run(1)]
    assert queue.waiting() == [(run(3), 0)]


def test_a_full_queue_refuses() -> None:
    queue = RunQueue(1)
    for n in range(WAITING_MAX):
        queue.submit(run(n), room(n))
    with pytest.raises(QueueFull):
        queue.submit(run(WAITING_MAX), room(WAITING_MAX))


def test_a_run_that_rests_gives_its_place_away_as_far_as_memory_allows() -> None:
    queue = RunQueue(1)
    for n in range(RESTING_A_PLACE + 3):
        queue.submit(run(n), room(n))
    assert queue.startable() == [run(0)]
    queue.rest(run(0))
    queue.rest(run(0))
    queue.rest(run(5))  # it waits: it has no place to give
    assert queue.startable() == [run(1)]
    assert queue.startable() == []
    for n in range(1, RESTING_A_PLACE):
        queue.rest(run(n))
        assert queue.startable() == [run(n + 1)]
    queue.rest(run(RESTING_A_PLACE))
    assert queue.startable() == []
    queue.leave(run(0))
    assert queue.startable() == [run(RESTING_A_PLACE + 1)]


@given(st.integers(1, 4), st.lists(st.tuples(st.booleans(), st.integers(0, 7)), max_size=60))
def test_never_more_run_than_there_are_places_and_nobody_is_overtaken(
    places: int, steps: list[tuple[bool, int]]
) -> None:
    queue, running, arrived, started = RunQueue(places), set[RunId](), list[RunId](), list[RunId]()
    for number, (submits, n) in enumerate(steps):
        if submits:
            try:
                queue.submit(run(number), room(n))
                arrived.append(run(number))
            except RunInProgress:
                pass
        elif running:
            queue.leave(running.pop())
        moved = queue.startable()
        running |= set(moved)
        started += moved
        assert len(running) <= places
        assert not (list(queue.waiting()) and len(running) < places)
    assert started == arrived[: len(started)]
