"""Control groups, version 2 or 1: limits for a whole process tree and what it used. Knows no bubblewrap."""

from pathlib import Path

from vivavoce.services.runner.sandboxes.cgroups.files import owner_name
from vivavoce.services.runner.sandboxes.cgroups.ports import Group, Groups, Usage
from vivavoce.services.runner.sandboxes.cgroups.v1 import detect_v1
from vivavoce.services.runner.sandboxes.cgroups.v2 import detect_v2

__all__ = ["Group", "Groups", "Usage", "detect", "owner_name"]

_ROOT = Path("/sys/fs/cgroup")


def detect(root: Path = _ROOT, membership: str | None = None) -> Groups | None:
    """The best groups that this process may use, or none. ``membership`` is the text of ``/proc/self/cgroup``."""
    text = membership if membership is not None else Path("/proc/self/cgroup").read_text()
    paths = dict(_parse_membership(text))
    return detect_v2(root, paths.get("", "/")) or detect_v1(root, paths)


def _parse_membership(text: str) -> list[tuple[str, str]]:
    """``8:pids:/a`` gives (pids, /a); the line of version 2, ``0::/a``, gives ("", /a)."""
    pairs: list[tuple[str, str]] = []
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        pairs += [(controller, path) for controller in controllers.split(",")]
    return pairs
