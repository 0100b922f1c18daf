"""The server's end of the launcher: asks on a socket, hears of exits; knows nothing of what is launched."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from vivavoce.services.runner import sandboxes
from vivavoce.services.runner.sandbox import SandboxUnavailable

ANSWER_BYTES_MAX = 64 << 10
ANSWER_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Exit:
    """``status`` as ``os.waitstatus_to_exitcode`` has it; resources of the whole tree as far as it was waited for."""

    status: int
    cpu_s: float
    peak_kib: int


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start one bubblewrap; ``cgroups`` are directories to join."""

    argv: Sequence[str]
    uid: int | None
    cgroups: Sequence[str]
    rlimits: dict[str, int]


class Child:
    """A launched process; ``exited`` is done when it and all inside it are gone."""

    def __init__(self, id: int, pid: int, exited: asyncio.Future[Exit]) -> None:
        self.id = id
        self.pid = pid
        self.exited = exited


class LauncherLink:
    """One launcher process, from ``start`` to ``close``; one that dies in between is replaced when it is next needed."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._exits: dict[int, asyncio.Future[Exit]] = {}
        self._staged: dict[str, asyncio.Task[str]] = {}
        self._last_id = 0
        self._starting = asyncio.Lock()
        self._is_open = False

    async def start(self) -> None:
        self._is_open = True
        await self._start()

    async def _ensure_running(self) -> None:
        async with self._starting:
            if self._socket is None and self._is_open:
                await self._start()

    async def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        script = Path(str(resources.files(sandboxes).joinpath("launcher.py")))
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(script),
                str(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        self._socket = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self._hear)

    async def close(self) -> None:
        """Ends every child, then the launcher."""
        self._is_open = False
        if self._socket is None or self._process is None:
            return
        self._hang_up("The server is stopping.")
        await self._process.wait()

    async def spawn(self, launch: Launch, descriptors: Sequence[int]) -> Child:
        """``descriptors`` become 0 … n-1 of the child; the caller keeps and closes its own.

        Raises:
            SandboxUnavailable: the launcher is gone or was refused.
        """
        await self._ensure_running()
        number = self._next_id()
        self._exits[number] = asyncio.get_running_loop().create_future()
        request = {
            "op": "spawn",
            "id": number,
            "argv": list(launch.argv),
            "uid": launch.uid,
            "cgroups": list(launch.cgroups),
            "rlimits": launch.rlimits,
        }
        try:
            answer = await self._ask(request, descriptors)
        except BaseException:
            self._exits.pop(number, None)
            raise
        return Child(number, answer["pid"], self._exits[number])

    def kill(self, child: Child) -> None:
        """Ask for its end; a no-op when it is gone."""
        if self._socket is not None and not child.exited.done():
            self._send({"op": "kill", "id": child.id}, ())

    async def stage(self, source: str) -> str:
        """Where an unprivileged user sees ``source``, in the launcher's own mounts; asked once a source."""
        await self._ensure_running()
        if source not in self._staged:
            request = {"op": "stage", "id": self._next_id(), "source": source}
            self._staged[source] = asyncio.create_task(self._ask_path(request))
        return await asyncio.shield(self._staged[source])

    async def _ask_path(self, request: dict[str, Any]) -> str:
        answer = await self._ask(request, ())
        return str(answer["path"])

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    async def _ask(self, request: dict[str, Any], descriptors: Sequence[int]) -> dict[str, Any]:
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[request["id"]] = future
        try:
            self._send(request, descriptors)
            async with asyncio.timeout(ANSWER_WAIT_S):
                return await future
        except (OSError, TimeoutError) as error:
            raise _unavailable(str(error)) from error
        finally:
            self._answers.pop(request["id"], None)

    def _send(self, request: dict[str, Any], descriptors: Sequence[int]) -> None:
        if self._socket is None:
            raise _unavailable("its launcher is not running")
        socket.send_fds(self._socket, [json.dumps(request).encode()], list(descriptors))

    def _hear(self) -> None:
        while (content := self._receive()) is not None:
            if not content:
                self._hang_up("its launcher ended")
                return
            self._take(json.loads(content))

    def _receive(self) -> bytes | None:
        """One datagram; none if there is none now, empty if the launcher is gone."""
        if self._socket is None:
            return None
        try:
            return self._socket.recv(ANSWER_BYTES_MAX)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _take(self, answer: dict[str, Any]) -> None:
        if answer["op"] == "exited":
            exited = self._exits.pop(answer["id"], None)
            if exited is not None and not exited.done():
                exited.set_result(Exit(answer["status"], answer["cpu_s"], answer["peak_kib"]))
            return
        future = self._answers.get(answer["id"])
        if future is None or future.done():
            return
        if answer["op"] == "failed":
            future.set_exception(_unavailable(answer["error"]))
        else:
            future.set_result(answer)

    def _hang_up(self, reason: str) -> None:
        """The launcher ends its boxes when the socket closes; who still waits for one hears of a killed process."""
        assert self._socket is not None
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None
        self._staged.clear()
        for future in self._answers.values():
            if not future.done():
                future.set_exception(_unavailable(reason))
        for exited in self._exits.values():
            if not exited.done():
                exited.set_result(Exit(-9, 0.0, 0))
        self._exits.clear()


def _unavailable(reason: str) -> SandboxUnavailable:
    message = f"The sandbox could not be started: {reason}."
    return SandboxUnavailable(
        message, remedy="Restart Vivavoce; if it happens again, read its log."
    )


def memory_file(name: str, content: bytes) -> int:
    """A descriptor of an anonymous file with this content, at its start."""
    descriptor = os.memfd_create(name)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
