"""What a process costs, from Linux's own accounts. Reads only."""

import os
from dataclasses import dataclass
from pathlib import Path

NS_PER_S = 1e9


def cpu_s(pid: int) -> float:
    """CPU time of all threads that the process has now (schedstat, first field, ns)."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / NS_PER_S


def own_memory_kib(pid: int) -> int:
    """Anonymous memory: what the process itself has written, without its program and libraries."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1])
    raise LookupError("smaps_rollup has no line Anonymous")


@dataclass(frozen=True)
class Machine:
    """Ticks of all cores together (proc(5), /proc/stat)."""

    busy: int
    stolen: int
    total: int

    @classmethod
    def now(cls) -> "Machine":
        with Path("/proc/stat").open() as stat:
            user, nice, system, idle, iowait, irq, softirq, steal = map(
                int, stat.readline().split()[1:9]
            )
        busy = user + nice + system + irq + softirq
        return cls(busy, steal, busy + idle + iowait + steal)

    def since(self, before: "Machine") -> tuple[float, float]:
        """Cores busy, and the share of time that the host took away."""
        total = max(self.total - before.total, 1)
        cores = os.cpu_count() or 1
        return (
            (self.busy - before.busy) / total * cores,
            (self.stolen - before.stolen) / total,
        )
