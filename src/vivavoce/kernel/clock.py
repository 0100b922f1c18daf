"""Time as an input: decisions take ``now``; only the edges ask a clock."""

import time
from typing import NewType, Protocol

Millis = NewType("Millis", int)
"""Milliseconds since the Unix epoch, UTC, on the server's clock."""


class Clock(Protocol):
    """Where the edges get the time from."""

    def now(self) -> Millis:
        """Wall-clock time; may jump when the host's clock is set."""
        ...

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start; never goes back. For durations and deadlines."""
        ...


class SystemClock:
    """The host's clocks."""

    def now(self) -> Millis:
        return Millis(time.time_ns() // 1_000_000)

    def monotonic_s(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told to; both readings advance together."""

    def __init__(self, start: int = 1_700_000_000_000) -> None:
        self._now_ms = start
        self._monotonic_s = 0.0

    def now(self) -> Millis:
        return Millis(self._now_ms)

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Move forward.

        Raises:
            ValueError: if ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        self._now_ms += round(seconds * 1000)
        self._monotonic_s += seconds
