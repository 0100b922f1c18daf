"""The files of control groups: short reads and writes in a kernel file system, and what dead servers left there.

Every group is named after the server process that made it, so that a later start removes what a killed server
left and never touches a living neighbour's.
"""

import contextlib
import os
import re
import signal
from pathlib import Path

_OURS = re.compile(r"vivavoce-(\d+)-(\d+)-(\d+|probe)")


def owner_name(suffix: str) -> str:
    """A name that carries this process: its pid and start time."""
    return f"vivavoce-{os.getpid()}-{start_time(os.getpid())}-{suffix}"


def remove_leftovers_in(base: Path) -> int:
    """End and remove what dead servers left below it; how many groups that were."""
    count = 0
    for path in base.iterdir():
        match = _OURS.fullmatch(path.name)
        if match is None or start_time(int(match[1])) == int(match[2]):
            continue
        for pid in read(path / "cgroup.procs").split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        count += removed_directory(path)
    return count


def start_time(pid: int) -> int | None:
    """In clock ticks since boot (proc(5), stat field 22); none if there is no such process."""
    stat = read(Path(f"/proc/{pid}/stat"))
    return int(stat.rpartition(")")[2].split()[19]) if stat else None


def removed_directory(path: Path) -> bool:
    """Whether it is gone now."""
    try:
        path.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def read(path: Path) -> str:
    """Empty if it is not there or not for us."""
    try:
        return path.read_text()
    except OSError:
        return ""


def number(path: Path) -> int | None:
    """``max`` is none."""
    text = read(path).strip()
    return int(text) if text.isdigit() else None


def fields(path: Path) -> dict[str, int]:
    """``name number`` lines."""
    rows = (line.split() for line in read(path).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def write(path: Path, value: int | str) -> None:
    path.write_text(str(value))


def write_if_there(path: Path, value: int | str) -> None:
    with contextlib.suppress(OSError):
        if path.exists():
            path.write_text(str(value))
