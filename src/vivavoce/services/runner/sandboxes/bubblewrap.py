"""Isolation by bubblewrap: own namespaces, no network, read-only toolchains, system call filter, another user, cgroups.

Knows no language. What it takes from the host it proves at the start by opening a box; where cgroups cannot be
used, it needs the operator's word (``allow_weak``), and says in ``isolation`` what is weaker.
"""

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vivavoce.kernel.clock import Clock
from vivavoce.services.runner.sandbox import (
    MIB,
    Isolation,
    Job,
    Limits,
    Mount,
    Profile,
    SandboxUnavailable,
    Step,
    StepKind,
    Stream,
)
from vivavoce.services.runner.sandboxes import cgroups, seccomp
from vivavoce.services.runner.sandboxes.arguments import (
    bubblewrap_arguments,
    command,
    fabricated_files,
)
from vivavoce.services.runner.sandboxes.box import BubblewrapBox
from vivavoce.services.runner.sandboxes.link import Child, Launch, LauncherLink, memory_file
from vivavoce.services.runner.sandboxes.pipes import Pipes

VERSION_MIN = (0, 8, 0)  # the first with --disable-userns and --size
UID_BASE = 20_000  # a user of its own for each slot, above people and below nobody
SLOTS_MAX = 320  # as many runs as settings allow, those that rest, and boxes kept ready
OPEN_FILES_MAX = 256
STACK_BYTES_MAX = 64 * MIB
LOCKED_BYTES_MAX = 64 << 10
PROBE_LIMITS = Limits(wall_s=5, cpu_s=5, memory_bytes=64 * MIB, processes=16)
REMEDY_INSTALL = "Install bubblewrap 0.8 or newer (Debian: apt install bubblewrap)."
REMEDY_NAMESPACES = (
    "Allow unprivileged user namespaces (sysctl user.max_user_namespaces; on Ubuntu an AppArmor profile that"
    " grants userns to bwrap; in a container, one that may create namespaces)."
)
REMEDY_WEAK = (
    "Give Vivavoce a control group of its own (systemd: Delegate=yes; `systemd-run --user --scope -p Delegate=yes"
    " make run`; or run as root), or allow the weaker mode with VIVAVOCE_SANDBOX_ALLOW_WEAK=true."
)
WEAKNESSES = (
    "Memory and processes are limited for each program by rlimits and watched, not held by the kernel as a whole.",
)
WEAKNESS_SAME_USER = (
    "Programs run as the server's own user inside their namespaces, not as a user of their own."
)


@dataclass(frozen=True, slots=True)
class BubblewrapOptions:
    """``use_cgroups`` false is for tests of the weaker mode."""

    allow_weak: bool = False
    use_cgroups: bool = True
    uid_base: int = UID_BASE
    program: str | None = None


class BubblewrapSandbox:
    """Call ``start`` first; ``close`` ends every box."""

    def __init__(self, *, clock: Clock, options: BubblewrapOptions) -> None:
        self._clock = clock
        self._options = options
        self._link = LauncherLink()
        self._groups: cgroups.Groups | None = None
        self._program = ""
        self._filter = b""
        self._fabricated = fabricated_files()
        self._free_slots = list(range(SLOTS_MAX))
        self._groups_made = 0
        self._isolation = Isolation("none")

    @property
    def isolation(self) -> Isolation:
        return self._isolation

    async def start(self) -> None:
        """Find out how this host can isolate, and prove it.

        Raises:
            SandboxUnavailable: it cannot, or only weaker than the operator allows.
        """
        self._program = await _find_program(self._options.program)
        self._filter = _filter()
        self._groups = cgroups.detect() if self._options.use_cgroups else None
        self._isolation = self._describe()
        if self._groups is None and not self._options.allow_weak:
            message = (
                "Code cannot run here: there is no control group to hold its memory and processes."
            )
            raise SandboxUnavailable(message, remedy=REMEDY_WEAK)
        await self._link.start()
        try:
            await self._prove()
        except BaseException:
            await self._link.close()
            raise

    async def close(self) -> None:
        await self._link.close()
        if self._groups is not None:
            self._groups.remove_leftovers()

    def _describe(self) -> Isolation:
        weaknesses: tuple[str, ...] = () if _is_root() else (WEAKNESS_SAME_USER,)
        if self._groups is None:
            return Isolation("bubblewrap, rlimits", (*WEAKNESSES, *weaknesses))
        return Isolation(
            f"bubblewrap, {self._groups.name}", (*self._groups.weaknesses, *weaknesses)
        )

    async def _prove(self) -> None:
        try:
            box = await self.open(Profile("probe"))
        except SandboxUnavailable as error:
            message = f"Code cannot run here: {error.message}"
            raise SandboxUnavailable(message, remedy=REMEDY_NAMESPACES) from error
        ending = await box.execute(Job((), (Step("run", ("/bin/true",), PROBE_LIMITS),)), _Deaf())
        if ending.exit_code != 0:
            message = f"Code cannot run here: the sandbox's own test ended with {ending.exit_code}."
            raise SandboxUnavailable(message, remedy=REMEDY_NAMESPACES)

    async def open(self, profile: Profile) -> BubblewrapBox:
        if not self._free_slots:
            message = "All places for running code are taken. Try again in a moment."
            raise SandboxUnavailable(message, remedy="Wait for other runs to end.")
        opening = asyncio.ensure_future(self._open(profile, self._free_slots.pop()))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            await (await opening).close()  # finished first, so that nothing half made is left
            raise

    async def _open(self, profile: Profile, slot: int) -> BubblewrapBox:
        group: cgroups.Group | None = None
        try:
            arguments = await self._arguments(profile)
            group = self._make_group(profile)
            child, pipes = await self._launch(self._launch_of(profile, slot, group), arguments)
        except BaseException:
            if group is not None:
                group.remove()
            self._free_slots.append(slot)
            raise
        box = BubblewrapBox(
            child=child,
            link=self._link,
            group=group,
            cpus=profile.cpus,
            clock=self._clock,
            on_gone=lambda: self._free_slots.append(slot),
        )
        await box.attach(pipes)
        return box

    def _launch_of(self, profile: Profile, slot: int, group: cgroups.Group | None) -> Launch:
        return Launch(
            argv=command(self._program),
            uid=self._options.uid_base + slot if _is_root() else None,
            cgroups=group.directories if group else (),
            rlimits=_rlimits(profile),
        )

    def _make_group(self, profile: Profile) -> cgroups.Group | None:
        if self._groups is None:
            return None
        self._groups_made += 1
        group = self._groups.create(cgroups.owner_name(str(self._groups_made)))
        group.limit(PROBE_LIMITS, cpus=profile.cpus)
        return group

    async def _launch(self, launch: Launch, arguments: Sequence[str]) -> tuple[Child, Pipes]:
        """Both ends of six pipes and the memory files are made here; the child's are closed here once it has them."""
        ours: list[int] = []
        theirs: list[int] = []
        try:
            for child_reads in (True, False, False, True, False, True):
                reading, writing = os.pipe2(os.O_CLOEXEC)
                theirs.append(reading if child_reads else writing)
                ours.append(writing if child_reads else reading)
            theirs.append(memory_file("arguments", b"".join(a.encode() + b"\0" for a in arguments)))
            theirs.append(memory_file("filter", self._filter))
            theirs += [memory_file("etc", text.encode()) for text in self._fabricated.values()]
            child = await self._link.spawn(launch, theirs)
        except BaseException:
            _close_all(ours)
            raise
        finally:
            _close_all(theirs)
        return child, Pipes(*ours)

    async def _arguments(self, profile: Profile) -> list[str]:
        mounts = [Mount(Path(await self._visible(mount)), mount.target) for mount in profile.mounts]
        return bubblewrap_arguments(profile, mounts)

    async def _visible(self, mount: Mount) -> str:
        """As root the box has another user, who may not reach a source below, say, /root."""
        source = str(mount.source)
        return await self._link.stage(source) if _is_root() else source


def _rlimits(profile: Profile) -> dict[str, int]:
    """Hard and soft; CPU time is set by ``init.sh`` for each step."""
    return {
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": OPEN_FILES_MAX,
        "RLIMIT_FSIZE": profile.file_bytes,
        "RLIMIT_STACK": STACK_BYTES_MAX,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_MEMLOCK": LOCKED_BYTES_MAX,
    }


def _filter() -> bytes:
    try:
        return seccomp.filter_bytes(seccomp.load_policy())
    except seccomp.UnknownArchitecture as error:
        message = f"Code cannot run here: {error}"
        raise SandboxUnavailable(message, remedy="Use an x86_64 or aarch64 machine.") from error


async def _find_program(named: str | None) -> str:
    program = shutil.which(named or "bwrap")
    if program is None:
        message = "Code cannot run here: bubblewrap is not installed."
        raise SandboxUnavailable(message, remedy=REMEDY_INSTALL)
    process = await asyncio.create_subprocess_exec(
        program, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    if _version(output.decode(errors="replace")) < VERSION_MIN:
        message = f"Code cannot run here: {output.decode(errors='replace').strip()} is too old."
        raise SandboxUnavailable(message, remedy=REMEDY_INSTALL)
    return program


def _version(text: str) -> tuple[int, ...]:
    """``bubblewrap 0.8.0`` gives (0, 8, 0)."""
    numbers = text.split()[-1].split(".") if text.split() else []
    return tuple(int(number) for number in numbers if number.isdigit())


def _is_root() -> bool:
    return os.geteuid() == 0


def _close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class _Deaf:
    def on_step(self, kind: StepKind) -> None:
        pass

    def on_output(self, stream: Stream, content: bytes) -> None:
        pass

    def on_idle(self) -> None:
        pass
