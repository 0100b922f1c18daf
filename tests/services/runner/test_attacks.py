"""Hostile programs in the real sandbox: each ends as designed, and nothing of it is left."""

import asyncio
import os
import platform
from collections.abc import AsyncGenerator

import pytest

from vivavoce.services.runner.sandbox import MIB, Limits, Step

from .attacks import ATTACKS, C_ATTACKS, X32, Attack
from .cell import Cell, Outcome, cell, isolation_missing, users_of

MISSING = isolation_missing()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no isolation on this host: {MISSING}")
COMPILING = Limits(wall_s=5, cpu_s=5, memory_bytes=256 * MIB)


@pytest.fixture
async def strong(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Cell]:
    monkeypatch.setenv("VIVAVOCE_SECRET", "SECRET")
    async with cell() as made:
        yield made


@pytest.fixture
async def weak(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Cell]:
    monkeypatch.setenv("VIVAVOCE_SECRET", "SECRET")
    async with cell(use_cgroups=False, allow_weak=True) as made:
        yield made


async def _attack(cell: Cell, attack: Attack) -> Outcome:
    run = cell.python if attack.language == "python" else cell.bash
    return await run(attack.text, limits=attack.limits, output_bytes_max=attack.output_bytes_max)


def _show(outcome: Outcome) -> str:
    return f"{outcome.ending}\n{outcome.stdout[-1500:]}\n{outcome.stderr[-1500:]}"


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
async def test_an_attack_ends_as_designed(strong: Cell, attack: Attack) -> None:
    if attack.needs_cgroups and "cgroup" not in strong.sandbox.isolation.name:
        pytest.skip("this host gives no control group")
    outcome = await _attack(strong, attack)
    assert attack.ends(outcome), _show(outcome)


@pytest.mark.parametrize("attack", [a for a in ATTACKS if not a.needs_cgroups], ids=str)
async def test_an_attack_ends_as_designed_in_the_weaker_mode(weak: Cell, attack: Attack) -> None:
    outcome = await _attack(weak, attack)
    assert attack.ends(outcome), _show(outcome)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86_64 has the x32 ABI")
async def test_a_call_by_the_numbers_of_another_abi_is_death(strong: Cell) -> None:
    outcome = await _attack(strong, X32)
    assert X32.ends(outcome), _show(outcome)


@pytest.mark.skipif(not os.path.exists("/usr/bin/gcc"), reason="no gcc on this host")  # noqa: PTH110
@pytest.mark.parametrize(("name", "text", "ends"), C_ATTACKS, ids=[a[0] for a in C_ATTACKS])
async def test_an_attack_on_the_compiler_ends_as_designed(
    strong: Cell, name: str, text: str, ends: object
) -> None:
    outcome = await strong.execute(
        Step("compile", ("/usr/bin/gcc", "-o", "/tmp/a", "main.c"), COMPILING),
        Step("run", ("/tmp/a",), COMPILING),
        files={"main.c": text},
    )
    assert callable(ends)
    assert ends(outcome), _show(outcome)


async def test_two_boxes_at_once_see_nothing_of_each_other(strong: Cell) -> None:
    """Row 27: processes, /dev/shm, /tmp, abstract sockets, files; both run the same program at the same time."""
    text = """
import glob, os, socket, time
mark = os.urandom(8).hex()
for folder in ("/dev/shm", "/tmp", "/work"):
    open(f"{folder}/mark-{mark}", "w").close()
own = socket.socket(socket.AF_UNIX); own.bind("\\0same name"); own.listen()
time.sleep(1)
seen = [p for f in ("/dev/shm", "/tmp", "/work") for p in glob.glob(f"{f}/mark-*")]
pids = [p for p in os.listdir("/proc") if p.isdigit()]
print(len(seen), len(pids))
"""
    first, second = await asyncio.gather(strong.python(text), strong.python(text))
    assert [first.stdout, second.stdout] == ["3 2\n", "3 2\n"], _show(first) + _show(second)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give each box a user of its own")
async def test_each_box_has_a_user_of_its_own_and_none_is_root(strong: Cell) -> None:
    running = [asyncio.create_task(strong.bash("sleep 60")) for _ in range(3)]
    async with asyncio.timeout(5):
        while len(users := users_of(strong.uid_base)) < 3:
            await asyncio.sleep(0.01)
    assert 0 not in users
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
