"""What the benchmark asks of an SFU. Knows none in particular."""

import asyncio
import contextlib
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from generator import Generator, Line
from tests.network.ip import inside

CORE = 0
STOP_S = 5.0


class Peer(ABC):
    """An SFU's process and the way into its rooms. A context: leaving it ends the process."""

    name: ClassVar[str]
    has_sessions: ClassVar[bool] = True
    """Without, nothing repairs a connection, so that only costs can be compared."""

    def __init__(self, namespace: str, generator: Generator, kinds: Sequence[str]) -> None:
        self.generator = generator
        self.sent = [Line(kind=kind, sends=True) for kind in kinds]
        self._namespace = namespace
        self._process: asyncio.subprocess.Process | None = None
        self._folder = tempfile.TemporaryDirectory()

    @classmethod
    @abstractmethod
    def why_missing(cls) -> str | None:
        """Why it cannot run here; ``None`` where it can."""

    @classmethod
    @abstractmethod
    def version(cls) -> str:
        """What runs."""

    @abstractmethod
    async def open(self) -> None:
        """Starts the process and waits until it answers."""

    @abstractmethod
    async def join(self, room: int, member: int) -> None:
        """Lets somebody send to the room and receive everybody who is in it, now and later."""

    async def close(self) -> None:
        """Lets go of connections before the process ends; here there are none."""
        return

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def folder(self) -> Path:
        """A place for its settings."""
        return Path(self._folder.name)

    async def start(self, *command: str, **environment: str) -> asyncio.subprocess.Process:
        """Runs the SFU on its core in its namespace. The wrappers become the command, so the pid is the SFU's."""
        self._process = await asyncio.create_subprocess_exec(
            *inside(self._namespace), "taskset", "-c", str(CORE), "env",
            *(f"{name}={value}" for name, value in environment.items()), *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return self._process

    async def __aenter__(self) -> Self:
        try:
            await self.open()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            await self.close()
        finally:
            await self._stop()

    async def _stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), STOP_S)
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
        self._folder.cleanup()


async def forget(stream: asyncio.StreamReader) -> None:
    """Reads what a process prints, so that it never waits for us."""
    while await stream.read(65_536):
        pass
