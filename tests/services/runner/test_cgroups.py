"""Finding and using control groups, on a folder that looks like the kernel's; the real ones are used by ``test_attacks``."""

import os
from pathlib import Path

from vivavoce.services.runner.sandbox import MIB, Limits
from vivavoce.services.runner.sandboxes.cgroups import Usage, detect, owner_name, v2
from vivavoce.services.runner.sandboxes.cgroups.v2 import SERVER_LEAF

LIMITS = Limits(memory_bytes=64 * MIB, processes=9)


def delegated(root: Path) -> Path:
    """A version 2 group as systemd delegates it."""
    base = root / "user.slice/run.scope"
    base.mkdir(parents=True)
    (base / "cgroup.controllers").write_text("cpu memory pids\n")
    (base / "cgroup.subtree_control").write_text("\n")
    (base / "cgroup.procs").write_text("11\n12\n")
    return base


def test_no_groups_where_there_are_none(tmp_path: Path) -> None:
    assert detect(tmp_path, "0::/user.slice\n") is None
    assert detect(tmp_path, "4:memory:/\n3:pids:/\n") is None


def test_a_delegated_group_is_divided_and_the_server_moves_into_a_leaf(tmp_path: Path) -> None:
    base = delegated(tmp_path)
    assert v2._delegate(base)
    assert (base / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    assert (base / SERVER_LEAF / "cgroup.procs").read_text() == "12"


def test_a_server_started_in_the_leaf_uses_the_group_above(tmp_path: Path) -> None:
    base = delegated(tmp_path)
    (base / "cgroup.subtree_control").write_text("cpu memory pids\n")
    (base / SERVER_LEAF).mkdir()
    groups = detect(tmp_path, f"0::/user.slice/run.scope/{SERVER_LEAF}\n")
    assert groups is not None
    assert groups.name == "cgroup v2"
    assert groups.weaknesses == ()


def test_a_group_holds_memory_swap_processes_and_processors(tmp_path: Path) -> None:
    base = delegated(tmp_path)
    group = v2.GroupsV2(base).create(owner_name("1"))
    (folder,) = map(Path, group.directories)
    for name in ("memory.swap.max", "memory.oom.group", "cpu.max", "cpu.weight"):
        (folder / name).touch()
    group.limit(LIMITS, cpus=1.5)
    written = {file.name: file.read_text() for file in folder.iterdir()}
    assert written == {
        "memory.max": str(64 * MIB),
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "pids.max": "9",
        "cpu.max": "150000 100000",
        "cpu.weight": "50",
    }


def test_a_group_tells_what_was_used(tmp_path: Path) -> None:
    group = v2.GroupsV2(delegated(tmp_path)).create(owner_name("1"))
    folder = Path(group.directories[0])
    assert group.usage() == Usage(None, None, 0, 0)
    (folder / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    (folder / "memory.peak").write_text("4096\n")
    (folder / "memory.events").write_text("low 0\noom 2\noom_kill 1\n")
    (folder / "pids.events").write_text("max 3\n")
    assert group.usage() == Usage(1.5, 4096, 1, 3)


def test_a_peak_of_an_earlier_step_is_not_told_as_the_programs(tmp_path: Path) -> None:
    group = v2.GroupsV2(delegated(tmp_path)).create(owner_name("1"))
    peak = Path(group.directories[0], "memory.peak")
    peak.write_text("5000\n")
    group.limit(LIMITS, cpus=1.0)
    assert group.usage().peak_bytes is None
    peak.write_text("5001\n")
    assert group.usage().peak_bytes == 5001


def test_only_what_a_dead_server_left_is_removed(tmp_path: Path) -> None:
    base = delegated(tmp_path)
    ours = base / owner_name("1")
    dead = base / "vivavoce-1-999999999999-1"  # pid 1 lives, but did not start then
    somebodys = base / "vivavoce-elsewhere"
    for folder in (ours, dead, somebodys):
        folder.mkdir()
    assert v2.GroupsV2(base).remove_leftovers() == 1
    assert (ours.is_dir(), dead.is_dir(), somebodys.is_dir()) == (True, False, True)


def test_an_owners_name_carries_pid_and_start_time() -> None:
    stat = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    assert owner_name("7") == f"vivavoce-{os.getpid()}-{stat[19]}-7"
