"""What either version offers."""

from dataclasses import dataclass
from typing import Protocol

from vivavoce.services.runner.sandbox import Limits
from vivavoce.services.runner.sandboxes.cgroups.files import owner_name

CPU_PERIOD_US = 100_000
NO_CPU_LIMIT = "The share of the processors is not limited."


@dataclass(frozen=True, slots=True)
class Usage:
    """Since the group was made, except ``peak_bytes``: since ``limit``, none if an earlier step had a higher one."""

    cpu_s: float | None
    peak_bytes: int | None
    out_of_memory_kills: int
    refused_processes: int
    resident_bytes: int | None = None  # only where no group holds it


class Group(Protocol):
    """One group of processes."""

    @property
    def directories(self) -> list[str]:
        """A process joins by writing itself to ``cgroup.procs`` in each."""
        ...

    def limit(self, limits: Limits, *, cpus: float) -> None: ...

    def usage(self) -> Usage: ...

    def remove(self) -> bool:
        """Whether it is gone now; it stays while a process is in it."""
        ...


class Groups(Protocol):
    """Where groups are made."""

    @property
    def name(self) -> str: ...

    @property
    def weaknesses(self) -> tuple[str, ...]: ...

    def create(self, name: str) -> Group: ...

    def remove_leftovers(self) -> int:
        """End and remove what dead servers left; how many groups that were."""
        ...


def is_usable(groups: Groups) -> bool:
    """Whether a group can be made, limited and removed: the only proof that counts."""
    try:
        groups.remove_leftovers()
        group = groups.create(owner_name("probe"))
        try:
            group.limit(Limits(), cpus=1.0)
        finally:
            group.remove()
    except OSError:
        return False
    return True
