"""How much processor time the threads of this process took, by their names."""

import os
from collections.abc import Iterator
from pathlib import Path

_TASKS = Path("/proc/self/task")
# Source: proc(5), the fields of /proc/pid/stat after the name: utime and stime are the 14th and 15th of all.
_FIELDS_BEFORE_STATE = 2
_UTIME, _STIME = 13 - _FIELDS_BEFORE_STATE, 14 - _FIELDS_BEFORE_STATE


def cpu_seconds(prefix: str) -> Iterator[tuple[str, float]]:
    """Names that begin with ``prefix``, and user and system time; nothing where the system does not tell."""
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    for task in sorted(_TASKS.iterdir()) if _TASKS.is_dir() else ():
        try:
            text = (task / "stat").read_text()
        except OSError:
            continue  # it ended meanwhile
        name, _, rest = text.partition("(")[2].rpartition(")")
        if name.startswith(prefix):
            fields = rest.split()
            yield name, (int(fields[_UTIME]) + int(fields[_STIME])) / ticks_per_s
