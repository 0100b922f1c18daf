"""What a connection may ask for, on a clock that the test turns."""

import pytest

from vivavoce.services.collab.allowance import (
    BYTES_PER_FRAME,
    FRAMES_BURST,
    FRAMES_PER_S,
    WORK_S_PER_FRAME,
    Allowance,
)


def frames_in(allowance: Allowance, now_s: float, size_bytes: int = 0, work_s: float = 0) -> int:
    """How many frames of this kind are taken at once."""
    count = 0
    while allowance.wait_s(now_s) == 0:
        allowance.charge(size_bytes, work_s)
        count += 1
    return count


def test_a_burst_then_as_many_as_time_refills() -> None:
    allowance = Allowance(100.0)
    assert frames_in(allowance, 100.0) == FRAMES_BURST + 1
    assert allowance.wait_s(100.0) == pytest.approx(1 / FRAMES_PER_S)
    assert frames_in(allowance, 102.0) == 2 * FRAMES_PER_S
    assert frames_in(allowance, 10_000.0) == FRAMES_BURST + 1


def test_large_frames_and_those_that_make_work_count_as_several() -> None:
    assert frames_in(Allowance(0.0), 0.0, 9 * BYTES_PER_FRAME) == FRAMES_BURST // 10 + 1
    assert frames_in(Allowance(0.0), 0.0, 0, 9 * WORK_S_PER_FRAME) == FRAMES_BURST // 10 + 1


def test_a_frame_that_took_a_second_of_work_is_followed_by_many_of_rest() -> None:
    allowance = Allowance(0.0)
    allowance.charge(0, 1.0)
    assert allowance.wait_s(0.0) > 10
