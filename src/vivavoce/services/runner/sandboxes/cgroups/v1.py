"""Control groups, version 1. Source: Documentation/admin-guide/cgroup-v1/{memory,pids}.rst, Linux 6.1."""

from pathlib import Path

from vivavoce.services.runner.sandbox import Limits
from vivavoce.services.runner.sandboxes.cgroups.files import (
    fields,
    number,
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

# Half of what others have (1024): calls go first, and a click is still answered at once.
CPU_SHARES = 512


def detect_v1(root: Path, paths: dict[str, str]) -> "GroupsV1 | None":
    bases: dict[str, Path] = {}
    for controller in ("memory", "pids", "cpu", "cpuacct"):
        if controller in paths:
            own = root / controller / paths[controller].strip("/")
            bases[controller] = own if own.is_dir() else root / controller
    if not {"memory", "pids"} <= bases.keys():
        return None
    groups = GroupsV1(bases)
    return groups if is_usable(groups) else None


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
        return sum(remove_leftovers_in(base) for base in dict.fromkeys(self._bases.values()))


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
        if limits.memory_bytes > (number(files[0]) or 0):
            files.reverse()  # memory with swap may never be less than memory
        for file in files:
            write(file, limits.memory_bytes)
        write_if_there(memory / "memory.max_usage_in_bytes", 0)
        write(self._paths["pids"] / "pids.max", limits.processes)
        if "cpu" in self._paths:
            write_if_there(self._paths["cpu"] / "cpu.shares", CPU_SHARES)
            write(self._paths["cpu"] / "cpu.cfs_period_us", CPU_PERIOD_US)
            write(self._paths["cpu"] / "cpu.cfs_quota_us", round(cpus * CPU_PERIOD_US))

    def usage(self) -> Usage:
        memory = self._paths["memory"]
        used_ns = (
            number(self._paths["cpuacct"] / "cpuacct.usage") if "cpuacct" in self._paths else None
        )
        return Usage(
            cpu_s=used_ns / 1e9 if used_ns is not None else None,
            peak_bytes=number(memory / "memory.max_usage_in_bytes"),
            out_of_memory_kills=fields(memory / "memory.oom_control").get("oom_kill", 0),
            refused_processes=fields(self._paths["pids"] / "pids.events").get("max", 0),
        )

    def remove(self) -> bool:
        left = [path for path in self.directories if not removed_directory(Path(path))]
        return not left
