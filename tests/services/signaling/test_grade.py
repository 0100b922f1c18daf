"""Bars and their cause, from what the media service measured."""

import pytest

from vivavoce.contracts.media import Layer, ParticipantStats, QualityReason, SlotQuality
from vivavoce.contracts.messages import ConnectionCause
from vivavoce.services.signaling.grade import BETTER_AFTER, WORSE_AFTER, Grade, Steadied, grade

FULL = SlotQuality("11", Layer.FULL, None)
SMALLER = SlotQuality("12", Layer.QUARTER, QualityReason.NETWORK)
PAUSED = SlotQuality("13", None, QualityReason.NETWORK)
UNSEEN = SlotQuality("14", None, QualityReason.HIDDEN)


def stats(
    *slots: SlotQuality,
    trip_s: float | None = 0.05,
    up: float | None = 0.0,
    down: float | None = 0.0,
) -> ParticipantStats:
    return ParticipantStats(
        round_trip_s=trip_s,
        loss_up=up,
        loss_down=down,
        estimate_bps=None,
        sent_bps=0,
        received_bps=0,
        slots=slots,
    )


def test_a_short_clean_path_has_all_bars_and_no_cause() -> None:
    assert grade(stats(FULL, UNSEEN)) == Grade(4)


def test_nothing_measured_is_no_grade() -> None:
    assert grade(stats(trip_s=None, up=None, down=None)) is None


@pytest.mark.parametrize(("loss", "bars"), [(0.02, 4), (0.021, 3), (0.05, 2), (0.081, 1), (1.0, 1)])
def test_each_step_of_loss_takes_a_bar_whichever_way_it_is(loss: float, bars: int) -> None:
    up, down = grade(stats(up=loss)), grade(stats(down=loss))
    assert up
    assert down
    assert (up.bars, down.bars) == (bars, bars)
    if bars < 4:
        assert (up.cause, up.loss) == (ConnectionCause.LOSS_UP, loss)
        assert (down.cause, down.loss) == (ConnectionCause.LOSS_DOWN, loss)


@pytest.mark.parametrize(("trip_s", "bars"), [(0.2, 4), (0.25, 3), (0.35, 2), (0.41, 1)])
def test_each_step_of_delay_takes_a_bar(trip_s: float, bars: int) -> None:
    look = grade(stats(trip_s=trip_s))
    assert look
    assert look.bars == bars
    assert look.cause is (ConnectionCause.DELAY if bars < 4 else None)


@pytest.mark.parametrize(
    ("slots", "bars"),
    [((FULL, SMALLER), 3), ((FULL, PAUSED), 2), ((SMALLER, PAUSED), 2), ((PAUSED, UNSEEN), 1)],
)
def test_pictures_that_have_no_room_take_bars(slots: tuple[SlotQuality, ...], bars: int) -> None:
    assert grade(stats(*slots)) == Grade(bars, ConnectionCause.BANDWIDTH)


def test_who_sends_no_pictures_for_want_of_room_has_one_bar() -> None:
    assert grade(stats(FULL), rests=True) == Grade(1, ConnectionCause.BANDWIDTH)


def test_the_weakest_of_them_decides() -> None:
    look = grade(stats(SMALLER, trip_s=0.25, up=0.06, down=0.03))
    assert look == Grade(2, ConnectionCause.LOSS_UP, loss=0.06)


def seen(steadied: Steadied, *bars: int) -> list[int | None]:
    shown: list[int | None] = []
    for each in bars:
        steadied.see(Grade(each, ConnectionCause.DELAY if each < 4 else None))
        shown.append(steadied.shown.bars if steadied.shown else None)
    return shown


def test_the_first_look_is_shown_at_once() -> None:
    assert seen(Steadied(), 2) == [2]


def test_one_bad_look_is_passed_over_and_a_second_believed() -> None:
    assert seen(Steadied(), 4, 1, 4, 1, *[1] * (WORSE_AFTER - 1)) == [4, 4, 4, 4, 1]


def test_getting_better_takes_longer_and_goes_no_further_than_all_looks_agree() -> None:
    looks = [4, 3, *[4] * (BETTER_AFTER - 2)]
    assert seen(Steadied(), 1, *looks) == [1] * BETTER_AFTER + [3]


def test_a_path_that_trembles_changes_nothing() -> None:
    assert set(seen(Steadied(), 3, *[4, 2] * 20)) == {3}


def test_another_cause_is_told_once_it_lasts() -> None:
    steadied = Steadied()
    steadied.see(Grade(2, ConnectionCause.DELAY))
    changes = [steadied.see(Grade(2, ConnectionCause.LOSS_UP)) for _ in range(BETTER_AFTER)]
    assert changes == [False] * (BETTER_AFTER - 1) + [True]
