"""The port for exclusive ownership with a time limit: which process holds a room."""

from dataclasses import dataclass
from typing import Protocol

from vivavoce.kernel.clock import Millis


@dataclass(frozen=True, slots=True)
class Lease:
    """``fence`` grows with every change of holder: a store that remembers the largest it saw can refuse a stale holder."""

    name: str
    holder: str
    fence: int
    expires: Millis


class Leases(Protocol):
    """A lease is held until released or until it expires unrenewed."""

    async def acquire(self, name: str, holder: str, *, ttl_s: float) -> Lease | None:
        """Take or renew; ``None`` if another holder has it. Renewal keeps the fence."""
        ...

    async def holder(self, name: str) -> Lease | None:
        """Who holds it now."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give up; a no-op if the lease was lost meanwhile."""
        ...
