"""What a process tree uses, read from /proc; the stand-in for cgroups in the weaker mode."""

import os
from pathlib import Path

from vivavoce.services.runner.sandboxes.cgroups import Usage

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
TREE_PROCESSES_MAX = 512  # more are not looked at; the process limit is far below


def tree_usage(root: int) -> Usage:
    """Of ``root`` and all below it: processor time of those that live and of those they waited for, and private
    resident memory; what a fork shares with its parent counts for both."""
    ticks, resident, waiting = 0, 0, [root]
    for _ in range(TREE_PROCESSES_MAX):
        if not waiting:
            break
        pid = waiting.pop()
        ticks += _processor_ticks(pid)
        resident += _resident_bytes(pid)
        waiting += children_of(pid)
    return Usage(ticks / TICKS_A_SECOND, None, 0, 0, resident_bytes=resident)


def children_of(pid: int) -> list[int]:
    """Of the process's main thread; empty when it is gone."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _processor_ticks(pid: int) -> int:
    """utime, stime, cutime and cstime of proc(5)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return sum(map(int, stat.rpartition(")")[2].split()[11:15]))


def _resident_bytes(pid: int) -> int:
    try:
        resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
    except OSError:
        return 0
    return (int(resident) - int(shared)) * PAGE_BYTES
