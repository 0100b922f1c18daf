"""Token buckets."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.rates import KEYS_MAX, TokenBucket, TokenBuckets, TooOften


def taken(buckets: TokenBuckets, key: str, tries: int) -> int:
    count = 0
    for _ in range(tries):
        try:
            buckets.take(key)
        except TooOften:
            return count
        count += 1
    return count


def test_a_burst_then_the_rate(clock: ManualClock) -> None:
    buckets = TokenBuckets(clock, per_minute=30, burst=5)
    assert taken(buckets, "a", 10) == 5
    clock.advance(1.9)
    assert taken(buckets, "a", 10) == 0
    clock.advance(0.2)
    assert taken(buckets, "a", 10) == 1
    clock.advance(60 * 60)
    assert taken(buckets, "a", 10) == 5


def test_keys_have_buckets_of_their_own(clock: ManualClock) -> None:
    buckets = TokenBuckets(clock, per_minute=30, burst=2)
    assert taken(buckets, "a", 5) == 2
    assert taken(buckets, "b", 5) == 2


def test_what_is_given_back_can_be_taken_again_and_no_more(clock: ManualClock) -> None:
    buckets = TokenBuckets(clock, per_minute=30, burst=2)
    buckets.give_back("a")
    buckets.take("a")
    buckets.give_back("a")
    assert taken(buckets, "a", 5) == 2


def test_memory_is_bounded_and_the_key_unused_for_longest_is_forgotten(clock: ManualClock) -> None:
    buckets = TokenBuckets(clock, per_minute=30, burst=1)
    for n in range(KEYS_MAX):
        buckets.take(f"{n}")
    assert taken(buckets, "0", 1) == 0  # known, and now the one used last
    buckets.take("one more")
    assert taken(buckets, "0", 1) == 0
    assert taken(buckets, "1", 1) == 1  # forgotten, so full again


@given(st.lists(st.floats(0, 30), max_size=40), st.integers(1, 10))
def test_never_more_than_the_burst_and_the_rate_allow(pauses: list[float], burst: int) -> None:
    clock = ManualClock()
    buckets = TokenBuckets(clock, per_minute=60, burst=burst)
    count = 0
    for pause in pauses:
        clock.advance(pause)
        count += taken(buckets, "a", 1)
    assert count <= burst + sum(pauses) + 1e-6


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
