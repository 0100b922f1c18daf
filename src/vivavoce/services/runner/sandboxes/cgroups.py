"""Control groups, version 2 or 1: limits for a whole process tree and what it used. Knows no bubblewrap.

Every group is named after the server process that made it, so that a later start removes what a killed server
left and never touches a living neighbour's. Calls are short file writes in a kernel file system.

Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/{memory,pids}.rst, Linux 6.1.
"""

import contextlib
import os
import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vivavoce.services.runner.sandbox import Limits

CPU_PERIOD_US = 100_000
# Half of what others have (100, and in version 1 1024): calls go first, and a click is still answered at once.
CPU_WEIGHT = 50
CPU_SHARES = 512
SERVER_LEAF = "vivavoce-server"
NO_CPU_LIMIT = "The share of the processors is not limited."
_OURS = re.compile(r"vivavoce-(\d+)-(\d+)-(\d+|probe)")
_ROOT = Path("/sys/fs/cgroup")


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


def owner_name(suffix: str) -> str:
    """A name that carries this process: its pid and start time."""
    return f"vivavoce-{os.getpid()}-{_start_time(os.getpid())}-{suffix}"


def detect(root: Path = _ROOT, membership: str | None = None) -> Groups | None:
    """The best groups that this process may use, or none. ``membership`` is the text of ``/proc/self/cgroup``."""
    text = membership if membership is not None else Path("/proc/self/cgroup").read_text()
    paths = dict(_parse_membership(text))
    return _detect_v2(root, paths.get("", "/")) or _detect_v1(root, paths)


def _parse_membership(text: str) -> list[tuple[str, str]]:
    """``8:pids:/a`` gives (pids, /a); the line of version 2, ``0::/a``, gives ("", /a)."""
    pairs: list[tuple[str, str]] = []
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        pairs += [(controller, path) for controller in controllers.split(",")]
    return pairs


# --- version 2 ------------------------------------------------------------------------------------


def _detect_v2(root: Path, own: str) -> "GroupsV2 | None":
    base = root / own.strip("/")
    base = base.parent if base.name == SERVER_LEAF else base
    needed = {"memory", "pids"}
    if not needed <= set(_read(base / "cgroup.controllers").split()):
        return None
    if not needed <= set(_read(base / "cgroup.subtree_control").split()) and not _delegate(base):
        return None
    groups = GroupsV2(base)
    return groups if _usable(groups) else None


def _delegate(base: Path) -> bool:
    """Move our processes into a leaf, since a group with controllers for its children may hold no process itself."""
    try:
        leaf = base / SERVER_LEAF
        leaf.mkdir(exist_ok=True)
        for pid in _read(base / "cgroup.procs").split():
            with contextlib.suppress(ProcessLookupError):
                (leaf / "cgroup.procs").write_text(pid)
        offered = set(_read(base / "cgroup.controllers").split())
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
        has_cpu = "cpu" in _read(base / "cgroup.subtree_control").split()
        self.weaknesses: tuple[str, ...] = () if has_cpu else (NO_CPU_LIMIT,)

    def create(self, name: str) -> "GroupV2":
        path = self._base / name
        path.mkdir()
        return GroupV2(path)

    def remove_leftovers(self) -> int:
        return _remove_leftovers(self._base)


class GroupV2:
    """One directory. ``memory.peak`` cannot be started anew before Linux 6.12: a peak of before is not told again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._earlier_peak = 0

    @property
    def directories(self) -> list[str]:
        return [str(self._path)]

    def limit(self, limits: Limits, *, cpus: float) -> None:
        _write(self._path / "memory.max", limits.memory_bytes)
        _write_if_there(self._path / "memory.swap.max", 0)
        _write_if_there(self._path / "memory.oom.group", 1)
        _write(self._path / "pids.max", limits.processes)
        _write_if_there(self._path / "cpu.max", f"{round(cpus * CPU_PERIOD_US)} {CPU_PERIOD_US}")
        _write_if_there(self._path / "cpu.weight", CPU_WEIGHT)
        self._earlier_peak = _number(self._path / "memory.peak") or 0

    def usage(self) -> Usage:
        used_us = _fields(self._path / "cpu.stat").get("usage_usec")
        peak = _number(self._path / "memory.peak") or 0
        return Usage(
            cpu_s=used_us / 1e6 if used_us is not None else None,
            peak_bytes=peak if peak > self._earlier_peak else None,
            out_of_memory_kills=_fields(self._path / "memory.events").get("oom_kill", 0),
            refused_processes=_fields(self._path / "pids.events").get("max", 0),
        )

    def remove(self) -> bool:
        _write_if_there(self._path / "cgroup.kill", 1)
        return _removed(self._path)


# --- version 1 ------------------------------------------------------------------------------------


def _detect_v1(root: Path, paths: dict[str, str]) -> "GroupsV1 | None":
    bases: dict[str, Path] = {}
    for controller in ("memory", "pids", "cpu", "cpuacct"):
        if controller in paths:
            own = root / controller / paths[controller].strip("/")
            bases[controller] = own if own.is_dir() else root / controller
    if not {"memory", "pids"} <= bases.keys():
        return None
    groups = GroupsV1(bases)
    return groups if _usable(groups) else None


class GroupsV1:
    """One directory in each controller's hierarchy."""

    name = "cgroup v1"

    def __init__(self, bases: dict[str, Path]) -> None:
        self._bases = bases
        self.weaknesses: tuple[str, ...] = () if "cpu" in bases else (NO_CPU_LIMIT,)

    def create(self, name: str) -> "GroupV1":
        paths = {controller: base / name for controller, base in self._bases.items()}
        for path in dict.fromkeys(paths.values()):
            path.mkdir()
        return GroupV1(paths)

    def remove_leftovers(self) -> int:
        return sum(_remove_leftovers(base) for base in dict.fromkeys(self._bases.values()))


class GroupV1:
    """The same name in several hierarchies."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self._paths = paths

    @property
    def directories(self) -> list[str]:
        return [str(path) for path in dict.fromkeys(self._paths.values())]

    def limit(self, limits: Limits, *, cpus: float) -> None:
        memory = self._paths["memory"]
        files = [memory / "memory.limit_in_bytes"]
        if (memory / "memory.memsw.limit_in_bytes").exists():
            files.append(memory / "memory.memsw.limit_in_bytes")
        if limits.memory_bytes > (_number(files[0]) or 0):
            files.reverse()  # memory with swap may never be less than memory
        for file in files:
            _write(file, limits.memory_bytes)
        _write_if_there(memory / "memory.max_usage_in_bytes", 0)
        _write(self._paths["pids"] / "pids.max", limits.processes)
        if "cpu" in self._paths:
            _write_if_there(self._paths["cpu"] / "cpu.shares", CPU_SHARES)
            _write(self._paths["cpu"] / "cpu.cfs_period_us", CPU_PERIOD_US)
            _write(self._paths["cpu"] / "cpu.cfs_quota_us", round(cpus * CPU_PERIOD_US))

    def usage(self) -> Usage:
        memory = self._paths["memory"]
        used_ns = (
            _number(self._paths["cpuacct"] / "cpuacct.usage") if "cpuacct" in self._paths else None
        )
        return Usage(
            cpu_s=used_ns / 1e9 if used_ns is not None else None,
            peak_bytes=_number(memory / "memory.max_usage_in_bytes"),
            out_of_memory_kills=_fields(memory / "memory.oom_control").get("oom_kill", 0),
            refused_processes=_fields(self._paths["pids"] / "pids.events").get("max", 0),
        )

    def remove(self) -> bool:
        left = [path for path in self.directories if not _removed(Path(path))]
        return not left


# --- both -----------------------------------------------------------------------------------------


def _usable(groups: Groups) -> bool:
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


def _remove_leftovers(base: Path) -> int:
    removed = 0
    for path in base.iterdir():
        match = _OURS.fullmatch(path.name)
        if match is None or _start_time(int(match[1])) == int(match[2]):
            continue
        for pid in _read(path / "cgroup.procs").split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        removed += _removed(path)
    return removed


def _start_time(pid: int) -> int | None:
    """In clock ticks since boot (proc(5), stat field 22); none if there is no such process."""
    stat = _read(Path(f"/proc/{pid}/stat"))
    return int(stat.rpartition(")")[2].split()[19]) if stat else None


def _removed(path: Path) -> bool:
    try:
        path.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.isdigit() else None


def _fields(path: Path) -> dict[str, int]:
    """``name number`` lines."""
    rows = (line.split() for line in _read(path).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def _write(path: Path, value: int | str) -> None:
    path.write_text(str(value))


def _write_if_there(path: Path, value: int | str) -> None:
    with contextlib.suppress(OSError):
        if path.exists():
            path.write_text(str(value))
