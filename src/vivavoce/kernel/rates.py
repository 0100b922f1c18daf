"""Token buckets: how often something may happen, in all or a key, in bounded memory."""

from collections import OrderedDict

from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import LimitExceeded

KEYS_MAX = 10_000  # the key unused for longest is forgotten at the limit


class TooOften(LimitExceeded):
    """The bucket is empty."""

    code = "too_often"


class TokenBucket:
    """Holds ``burst`` tokens, gains ``per_s``; is told the time. Source: the token bucket of RFC 2475 §2.3.3.1."""

    __slots__ = ("_burst", "_filled_s", "_per_s", "tokens")

    def __init__(self, *, per_s: float, burst: int, now_s: float) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._filled_s = now_s
        self.tokens = float(burst)

    def take(self, now_s: float) -> float:
        """Take a token, on credit if need be; the seconds until it is there, 0 if it is."""
        self.fill(now_s)
        self.tokens -= 1.0
        return max(0.0, -self.tokens / self._per_s)

    def give_back(self) -> None:
        """What a token was taken for shall not count."""
        self.tokens = min(self._burst, self.tokens + 1)

    def fill(self, now_s: float) -> None:
        """Add what was gained since the last time."""
        self.tokens = min(self._burst, self.tokens + (now_s - self._filled_s) * self._per_s)
        self._filled_s = now_s


class TokenBuckets:
    """One bucket a key: holds ``burst`` tokens, gains ``per_minute``; refuses where ``TokenBucket`` gives credit."""

    def __init__(self, clock: Clock, *, per_minute: float, burst: int) -> None:
        self._clock = clock
        self._per_s = per_minute / 60
        self._burst = burst
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

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
        self._filled(key).give_back()

    def _filled(self, key: str) -> TokenBucket:
        now_s = self._clock.monotonic_s()
        bucket = self._buckets.pop(key, None) or TokenBucket(
            per_s=self._per_s, burst=self._burst, now_s=now_s
        )
        bucket.fill(now_s)
        self._buckets[key] = bucket
        if len(self._buckets) > KEYS_MAX:
            self._buckets.popitem(last=False)
        return bucket
