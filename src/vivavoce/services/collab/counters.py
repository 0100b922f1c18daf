"""What the service counts; whoever exposes metrics reads it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Totals since the process began."""

    updates: int = 0
    deliveries: int = 0
    refused: int = 0
    gaps: int = 0
    panics: int = 0
    divergences: int = 0
    slow_readers: int = 0
    commits: int = 0
