"""What a process tree holds in memory, read from /proc; the stand-in for cgroups in the weaker mode."""

import os
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TREE_PROCESSES_MAX = 512  # more are not looked at; the process limit is far below


def tree_resident_bytes(root: int) -> int:
    """Private resident memory of ``root`` and all below it; what a fork shares with its parent counts for both."""
    total, waiting = 0, [root]
    for _ in range(TREE_PROCESSES_MAX):
        if not waiting:
            break
        pid = waiting.pop()
        total += _resident_bytes(pid)
        waiting += children_of(pid)
    return total


def children_of(pid: int) -> list[int]:
    """Of the process's main thread; empty when it is gone."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _resident_bytes(pid: int) -> int:
    try:
        resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
    except OSError:
        return 0
    return (int(resident) - int(shared)) * PAGE_BYTES
