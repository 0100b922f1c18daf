"""Control groups, version 2. Source: Documentation/admin-guide/cgroup-v2.rst, Linux 6.1."""

import contextlib
from pathlib import Path

from vivavoce.services.runner.sandbox import Limits
from vivavoce.services.runner.sandboxes.cgroups.files import (
    fields,
    number,
    read,
    remove_leftovers_in,
    removed_directory,
    write,
    write_if_there,
)
from vivavoce.services.runner.sandboxes.cgroups.ports import (
    CPU_PERIOD_US,
    NO_CPU_LIMIT,
    Usage,
    is_usable,
)

# Half of what others have (100): calls go first, and a click is still answered at once.
CPU_WEIGHT = 50
SERVER_LEAF = "vivavoce-server"


def detect_v2(root: Path, own: str) -> "GroupsV2 | None":
    base = root / own.strip("/")
    base = base.parent if base.name == SERVER_LEAF else base
    needed = {"memory", "pids"}
    if not needed <= set(read(base / "cgroup.controllers").split()):
        return None
    if not needed <= set(read(base / "cgroup.subtree_control").split()) and not _delegate(base):
        return None
    groups = GroupsV2(base)
    return groups if is_usable(groups) else None


def _delegate(base: Path) -> bool:
    """Move our processes into a leaf, since a group with controllers for its children may hold no process itself."""
    try:
        leaf = base / SERVER_LEAF
        leaf.mkdir(exist_ok=True)
        for pid in read(base / "cgroup.procs").split():
            with contextlib.suppress(ProcessLookupError):
                (leaf / "cgroup.procs").write_text(pid)
        offered = set(read(base / "cgroup.controllers").split())
        wanted = [name for name in ("memory", "pids", "cpu") if name in offered]
        (base / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in wanted))
    except OSError:
        return False
    return True


class GroupsV2:
    """Groups below a delegated directory."""

    name = "cgroup v2"

    def __init__(self, base: Path) -> None:
        self._base = base
        has_cpu = "cpu" in read(base / "cgroup.subtree_control").split()
        self.weaknesses: tuple[str, ...] = () if has_cpu else (NO_CPU_LIMIT,)

    def create(self, name: str) -> "GroupV2":
        path = self._base / name
        path.mkdir()
        return GroupV2(path)

    def remove_leftovers(self) -> int:
        return remove_leftovers_in(self._base)


class GroupV2:
    """One directory. ``memory.peak`` cannot be started anew before Linux 6.12: a peak of before is not told again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._earlier_peak = 0

    @property
    def directories(self) -> list[str]:
        return [str(self._path)]

    def limit(self, limits: Limits, *, cpus: float) -> None:
        write(self._path / "memory.max", limits.memory_bytes)
        write_if_there(self._path / "memory.swap.max", 0)
        write_if_there(self._path / "memory.oom.group", 1)
        write(self._path / "pids.max", limits.processes)
        write_if_there(self._path / "cpu.max", f"{round(cpus * CPU_PERIOD_US)} {CPU_PERIOD_US}")
        write_if_there(self._path / "cpu.weight", CPU_WEIGHT)
        self._earlier_peak = number(self._path / "memory.peak") or 0

    def usage(self) -> Usage:
        used_us = fields(self._path / "cpu.stat").get("usage_usec")
        peak = number(self._path / "memory.peak") or 0
        return Usage(
            cpu_s=used_us / 1e6 if used_us is not None else None,
            peak_bytes=peak if peak > self._earlier_peak else None,
            out_of_memory_kills=fields(self._path / "memory.events").get("oom_kill", 0),
            refused_processes=fields(self._path / "pids.events").get("max", 0),
        )

    def remove(self) -> bool:
        write_if_there(self._path / "cgroup.kill", 1)
        return removed_directory(self._path)
