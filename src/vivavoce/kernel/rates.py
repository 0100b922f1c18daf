"""Token buckets: how often something may happen a key, in bounded memory."""

from collections import OrderedDict
from dataclasses import dataclass

from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import LimitExceeded

KEYS_MAX = 10_000  # the key unused for longest is forgotten at the limit


class TooOften(LimitExceeded):
    """The bucket is empty."""

    code = "too_often"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_s: float


class TokenBuckets:
    """One bucket a key: holds ``burst`` tokens, gains ``per_minute``. Source: the token bucket of RFC 2697 §3."""

    def __init__(self, clock: Clock, *, per_minute: float, burst: int) -> None:
        self._clock = clock
        self._per_s = per_minute / 60
        self._burst = burst
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> None:
        """Use one token.

        Raises:
            TooOften: there is none.
        """
        bucket = self._filled(key)
        if bucket.tokens < 1:
            raise TooOften("Too many attempts. Wait a minute and try again.")
        bucket.tokens -= 1

    def give_back(self, key: str) -> None:
        """What a token was taken for shall not count."""
        bucket = self._filled(key)
        bucket.tokens = min(self._burst, bucket.tokens + 1)

    def _filled(self, key: str) -> _Bucket:
        now_s = self._clock.monotonic_s()
        bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now_s)
        gained = (now_s - bucket.filled_s) * self._per_s
        bucket.tokens = min(self._burst, bucket.tokens + gained)
        bucket.filled_s = now_s
        self._buckets[key] = bucket
        if len(self._buckets) > KEYS_MAX:
            self._buckets.popitem(last=False)
        return bucket
