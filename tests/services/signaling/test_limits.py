"""The token bucket."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.services.signaling.limits import TokenBucket


def test_a_burst_is_free_and_then_the_rate_holds() -> None:
    bucket = TokenBucket(per_s=10.0, burst=3, now_s=0.0)
    assert [bucket.take(0.0) for _ in range(5)] == [0.0, 0.0, 0.0, 0.1, 0.2]


def test_idle_time_fills_it_up_to_the_burst_and_no_further() -> None:
    bucket = TokenBucket(per_s=10.0, burst=2, now_s=0.0)
    bucket.take(0.0)
    assert [bucket.take(100.0) for _ in range(3)] == [0.0, 0.0, 0.1]


@given(st.lists(st.floats(min_value=0.0, max_value=5.0), max_size=200))
def test_who_waits_as_told_never_exceeds_rate_and_burst(pauses: list[float]) -> None:
    bucket = TokenBucket(per_s=20.0, burst=5, now_s=0.0)
    now_s = 0.0
    for count, pause_s in enumerate(pauses, start=1):
        now_s += pause_s
        now_s += bucket.take(now_s)
        assert count <= 5 + 20.0 * now_s + 1e-6
