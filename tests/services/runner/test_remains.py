"""Nothing outlives the server, and nothing half made is left: kill -9, cancelled opens, boxes never used."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vivavoce.services.runner.sandbox import Job, Limits, Profile, Step
from vivavoce.services.runner.sandboxes.cgroups import detect

from .cell import GONE_WAIT_S, Heard, cell, isolation_missing, nothing_left

MISSING = isolation_missing()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no isolation on this host: {MISSING}")
UID_BASE = 1_500_000_000

# A server that has one box at work and one waiting, and says its launcher's pid.
SERVER = """
import asyncio, sys
from vivavoce.kernel.clock import SystemClock
from vivavoce.services.runner.sandbox import Job, Limits, Profile, Step
from vivavoce.services.runner.sandboxes.bubblewrap import BubblewrapOptions, BubblewrapSandbox

class Listener:
    def on_step(self, kind): pass
    def on_output(self, stream, content): print(content.decode(), flush=True)
    def on_idle(self): pass

async def main():
    options = BubblewrapOptions(allow_weak=True, uid_base=int(sys.argv[1]))
    sandbox = BubblewrapSandbox(clock=SystemClock(), options=options)
    await sandbox.start()
    await sandbox.open(Profile("waiting"))
    box = await sandbox.open(Profile("working"))
    program = ("/bin/sh", "-c", "setsid sleep 300 & echo ready; sleep 300")
    await box.execute(Job((), (Step("run", program, Limits(wall_s=300)),)), Listener())

asyncio.run(main())
"""


def _descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(c) for c in children] + [d for c in children for d in _descendants(int(c))]


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _is_launcher(pid: int) -> bool:
    return b"launcher.py" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _groups_of(pid: int) -> list[str]:
    top = Path("/sys/fs/cgroup")
    lines = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    own = [top / kind / path.strip("/") for _, kinds, path in lines for kind in kinds.split(",")]
    return [str(p) for folder in [top, *own] for p in folder.glob(f"vivavoce-{pid}-*")]


def _serve() -> tuple[subprocess.Popen[str], list[int]]:
    """A server with boxes, and all the processes below it."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(UID_BASE)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3] / "src")},
    )
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n"
    return server, _descendants(server.pid)


async def _until_gone(pids: list[int], server: int) -> None:
    until_s = time.monotonic() + GONE_WAIT_S
    while left := [*filter(_is_alive, pids), *_groups_of(server)]:
        assert time.monotonic() < until_s, f"left behind: {left}"
        await asyncio.sleep(0.01)


async def test_a_killed_server_leaves_nothing() -> None:
    server, below = _serve()
    with server:
        assert len(below) >= 6
        server.kill()
        await _until_gone(below, server.pid)


async def test_a_killed_server_and_launcher_leave_no_process_and_the_next_start_takes_the_rest() -> (
    None
):
    server, below = _serve()
    with server:
        os.kill(server.pid, signal.SIGSTOP)  # so that neither can clean up after the other
        launcher = below[0]
        os.kill(launcher, signal.SIGKILL)
        server.kill()
        async with asyncio.timeout(5):
            while any(map(_is_alive, below)):
                await asyncio.sleep(0.01)
    detect()
    assert _groups_of(server.pid) == []


async def test_a_living_neighbour_keeps_its_groups_when_another_server_starts() -> None:
    server, below = _serve()
    with server:
        before = _groups_of(server.pid)
        detect()
        assert _groups_of(server.pid) == before
        assert all(map(_is_alive, below))
        server.kill()
        await _until_gone(below, server.pid)


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21])
async def test_an_open_that_is_cancelled_leaves_nothing(turns: int) -> None:
    async with cell(allow_weak=True) as made:
        opening = asyncio.ensure_future(made.sandbox.open(Profile("test")))
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        if not opening.cancelled():
            await opening.result().close()
        await nothing_left(made.uid_base)


async def test_a_run_that_is_cancelled_before_it_has_a_box_leaves_nothing() -> None:
    async with cell(allow_weak=True) as made:
        running = asyncio.create_task(made.bash("sleep 60"))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await nothing_left(made.uid_base)


@pytest.mark.parametrize("steps", [1, 2])
async def test_a_run_that_is_cancelled_at_work_ends_at_once(steps: int) -> None:
    async with cell(allow_weak=True) as made:
        box, heard = await made.sandbox.open(Profile("test")), Heard()
        step = Step("run", ("/bin/sh", "-c", "echo on; sleep 60"), Limits(wall_s=60))
        running = asyncio.create_task(box.execute(Job((), (step,) * steps), heard))
        async with asyncio.timeout(GONE_WAIT_S):
            while bytes(heard.stdout) != b"on\n":
                await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await nothing_left(made.uid_base)


async def test_a_launcher_that_dies_takes_its_boxes_with_it_and_is_replaced() -> None:
    async with cell(allow_weak=True) as made:
        heard = Heard()
        box = await made.sandbox.open(Profile("test"))
        step = Step("run", ("/bin/sh", "-c", "echo on; sleep 60"), Limits(wall_s=60))
        running = asyncio.create_task(box.execute(Job((), (step,)), heard))
        async with asyncio.timeout(10):
            while bytes(heard.stdout) != b"on\n":
                await asyncio.sleep(0.01)
        (launcher,) = [p for p in _descendants(os.getpid()) if _is_launcher(p)]
        os.kill(launcher, signal.SIGKILL)
        assert (await running).fault
        assert (await made.bash("echo again")).stdout == "again\n"


async def test_a_box_that_was_never_used_leaves_nothing() -> None:
    async with cell(allow_weak=True) as made:
        boxes = [await made.sandbox.open(Profile("test")) for _ in range(3)]
        for box in boxes:
            await box.close()
            await box.close()
        await nothing_left(made.uid_base)
        assert (await made.bash("echo still works")).stdout == "still works\n"
