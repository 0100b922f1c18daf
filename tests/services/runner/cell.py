"""A started sandbox for tests, and what proves that nothing of it is left."""

import asyncio
import os
import random
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from vivavoce.kernel.clock import SystemClock
from vivavoce.services.runner.sandbox import (
    MIB,
    Ending,
    File,
    Job,
    Limits,
    Profile,
    SandboxUnavailable,
    Step,
    StepKind,
    Stream,
)
from vivavoce.services.runner.sandboxes.bubblewrap import (
    SLOTS_MAX,
    BubblewrapOptions,
    BubblewrapSandbox,
)
from vivavoce.services.runner.sandboxes.cgroups import owner_name

GONE_WAIT_S = 10.0  # on a loaded machine


@dataclass
class Heard:
    """What a box said."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    rests: int = 0
    steps: list[StepKind] = field(default_factory=list)

    def on_step(self, kind: StepKind) -> None:
        self.steps.append(kind)

    def on_output(self, stream: Stream, content: bytes) -> None:
        (self.stdout if stream == "stdout" else self.stderr).extend(content)

    def on_idle(self) -> None:
        self.rests += 1


@dataclass(frozen=True)
class Outcome:
    """How a program ended and what it wrote."""

    ending: Ending
    stdout: str
    stderr: str
    raw: bytes


class Cell:
    """Runs one program a call, in a box of its own."""

    def __init__(self, sandbox: BubblewrapSandbox, uid_base: int) -> None:
        self.sandbox = sandbox
        self.uid_base = uid_base

    async def execute(
        self,
        *steps: tuple[str, ...] | Step,
        files: dict[str, str] | None = None,
        limits: Limits | None = None,
        output_bytes_max: int = MIB,
        disk_bytes: int = 32 * MIB,
    ) -> Outcome:
        limits = limits or Limits(wall_s=5, cpu_s=5)
        taken = [s if isinstance(s, Step) else Step("run", s, limits) for s in steps]
        given = tuple(File(name, text.encode()) for name, text in (files or {}).items())
        heard = Heard()
        box = await self.sandbox.open(Profile("test", disk_bytes=disk_bytes))
        ending = await box.execute(Job(given, tuple(taken), output_bytes_max), heard)
        return Outcome(
            ending,
            heard.stdout.decode(errors="replace"),
            heard.stderr.decode(errors="replace"),
            bytes(heard.stdout),
        )

    async def python(self, text: str, **options: object) -> Outcome:
        """In the system's own Python, which every box sees."""
        return await self.execute(
            ("/usr/bin/python3", "main.py"),
            files={"main.py": text},
            **options,  # pyright: ignore[reportArgumentType]
        )

    async def bash(self, text: str, **options: object) -> Outcome:
        return await self.execute(
            ("/bin/bash", "main.sh"),
            files={"main.sh": text},
            **options,  # pyright: ignore[reportArgumentType]
        )


@asynccontextmanager
async def cell(*, use_cgroups: bool = True, allow_weak: bool = False) -> AsyncGenerator[Cell]:
    """A sandbox whose boxes have users of their own; at the end nothing of them may be left."""
    uid_base = random.randrange(100_000, 1_000_000_000, SLOTS_MAX)
    options = BubblewrapOptions(
        allow_weak=allow_weak or os.geteuid() != 0, use_cgroups=use_cgroups, uid_base=uid_base
    )
    sandbox = BubblewrapSandbox(clock=SystemClock(), options=options)
    await sandbox.start()
    try:
        yield Cell(sandbox, uid_base)
        await nothing_left(uid_base)
    finally:
        await sandbox.close()


async def nothing_left(uid_base: int) -> None:
    """No process of a box's user, no control group of ours, no process below the launcher, once the last job ended."""
    until_s = time.monotonic() + GONE_WAIT_S
    while left := [*users_of(uid_base).items(), *groups_of_ours()]:
        assert time.monotonic() < until_s, f"left behind: {left}"
        await asyncio.sleep(0.01)


def users_of(uid_base: int) -> dict[int, list[str]]:
    """Processes of each of the users ``uid_base`` … ``uid_base + SLOTS_MAX - 1``."""
    found: dict[int, list[str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            uid = folder.stat().st_uid
        except OSError:
            continue
        if uid_base <= uid < uid_base + SLOTS_MAX:
            found.setdefault(uid, []).append(f"process {folder.name}")
    return found


def groups_of_ours() -> list[str]:
    """Control groups that carry this process's name, below its own in each hierarchy and at the hierarchies' tops."""
    top = Path("/sys/fs/cgroup")
    lines = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    own = [top / kind / path.strip("/") for _, kinds, path in lines for kind in kinds.split(",")]
    folders = dict.fromkeys([*own, top, *(line for line in top.iterdir() if line.is_dir())])
    return [str(p) for folder in folders for p in folder.glob(f"{owner_name('')}*")]


@cache
def isolation_missing() -> str:
    """Why this host cannot isolate at all; empty if it can. Found out once, to skip with a reason."""

    async def attempt() -> str:
        try:
            async with cell(allow_weak=True):
                return ""
        except SandboxUnavailable as error:
            return f"{error.message} {error.remedy}"

    return asyncio.run(attempt())
