"""A small process of its own that starts bubblewrap: joins cgroups, sets limits, gives up root, waits.

It exists because a server with threads must not fork and then run Python, and because it survives the
server's ``kill -9`` for the moment it takes to end every box. Standard library only; run as a script.
It knows nothing of jobs: requests are JSON datagrams on the socket of ``argv[1]``, with file descriptors.

    spawn  {id, uid, cgroups, rlimits, argv} + descriptors 0 … n of the child  ->  spawned {id, pid}, later exited {id, status, cpu_s}
    kill   {id}
    stage  {id, source}  ->  staged {id, path}

``stage`` shows a path that only root can reach (a toolchain below /root) to the unprivileged user of a box: in
the launcher's own mount namespace, below STAGE_DIR. The host's mounts stay as they are.
"""

import array
import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

STAGE_DIR = "/mnt"
REQUEST_BYTES_MAX = 64 << 10
DESCRIPTORS_MAX = 16
END_WAIT_S = 3.0
EXIT_NOT_STARTED = 125
OOM_SCORE_ADJUSTMENT = 1000  # a program is the first to go when the host's memory ends

# Python ignores the last two, the launcher the others; a program must not inherit that.
_SIGNALS_RESET = (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ)

_CLONE_NEWNS = 0x00020000
_PR_SET_CHILD_SUBREAPER = 36
_MS_NOSUID_NODEV = 0x2 | 0x4
_MS_BIND_REC = 0x1000 | 0x4000
_MS_PRIVATE_REC = 0x40000 | 0x4000


class Launcher:
    """One loop over one socket and SIGCHLD."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._pids: dict[int, int] = {}
        self._cgroups: dict[int, list[str]] = {}
        self._cgroups_left: list[
            str
        ] = []  # of boxes that ended; the server removes them while it lives
        self._staged = 0

    def serve(self) -> None:
        """Until the server closes its end, or dies; then every box is ended."""
        wake, waker = socket.socketpair()
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno())
        signal.signal(signal.SIGCHLD, _ignore)
        try:
            while self._turn(wake):
                pass
        finally:
            self._end_all()

    def _turn(self, wake: socket.socket) -> bool:
        ready, _, _ = select.select([self._link, wake], [], [])
        if wake in ready:
            wake.recv(4096)
            self._reap()
        return self._link not in ready or self._serve_request()

    def _serve_request(self) -> bool:
        try:
            message, descriptors = _receive(self._link)
        except ConnectionError:
            return False
        if message is None:
            return False
        try:
            self._do(message, descriptors)
        except OSError as error:
            self._answer(op="failed", id=message["id"], error=str(error))
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return True

    def _do(self, message: dict[str, Any], descriptors: list[int]) -> None:
        match message["op"]:
            case "spawn":
                self._spawn(message, descriptors)
            case "kill":
                self._kill(message["id"])
            case "stage":
                path = self._stage(message["source"])
                self._answer(op="staged", id=message["id"], path=path)
            case unknown:
                raise AssertionError(unknown)

    def _answer(self, **answer: Any) -> None:
        with contextlib.suppress(OSError):  # the server is gone: the next receive says so
            self._link.send(json.dumps(answer).encode())

    def _spawn(self, message: dict[str, Any], descriptors: list[int]) -> None:
        self._cgroups_left = [path for path in self._cgroups_left if Path(path).exists()]
        pid = os.fork()
        if pid == 0:
            _become_box(message, descriptors)
        self._pids[message["id"]] = pid
        self._cgroups[message["id"]] = message["cgroups"]
        self._answer(op="spawned", id=message["id"], pid=pid)

    def _kill(self, name: int) -> None:
        """The first process inside goes first: bubblewrap outside then leaves only when all inside are gone."""
        pid = self._pids.get(name)
        if pid is not None:
            for victim in _children_of(pid) or [pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)

    def _reap(self) -> None:
        """Boxes, and the first processes inside them: bubblewrap leaves before those, and they fall to us (prctl below)."""
        while (reaped := _reaped_child()) is not None:
            pid, status, usage = reaped
            name = next((name for name, known in self._pids.items() if known == pid), None)
            if name is not None:
                del self._pids[name]
                self._cgroups_left += self._cgroups.pop(name)
                self._answer(
                    op="exited",
                    id=name,
                    status=os.waitstatus_to_exitcode(status),
                    cpu_s=usage.ru_utime + usage.ru_stime,
                    peak_kib=usage.ru_maxrss,
                )

    def _end_all(self) -> None:
        cgroups = [*self._cgroups_left, *(path for own in self._cgroups.values() for path in own)]
        until = time.monotonic() + END_WAIT_S
        while self._pids and time.monotonic() < until:
            for name in list(self._pids):
                self._kill(name)
            time.sleep(0.01)
            self._reap()
        while cgroups and time.monotonic() < until:
            self._reap()  # a group stays while a process in it is not waited for
            cgroups = [path for path in cgroups if not _removed(path)]
            time.sleep(0.01)

    def _stage(self, source: str) -> str:
        """Descriptors keep what they point at when STAGE_DIR is covered, so a source below it would still do."""
        if self._staged == 0:
            _enter_own_mounts()
        opened = os.open(source, os.O_PATH | os.O_CLOEXEC)
        try:
            if self._staged == 0:
                _mount("tmpfs", STAGE_DIR, "tmpfs", _MS_NOSUID_NODEV)
            self._staged += 1
            target = Path(STAGE_DIR, str(self._staged))
            _create_like(Path(source), target)
            _mount(f"/proc/self/fd/{opened}", str(target), None, _MS_BIND_REC)
        finally:
            os.close(opened)
        return str(target)


def _ignore(number: int, frame: FrameType | None) -> None:
    """The wake-up descriptor tells; a handler must be there for it to do so."""


def _receive(link: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    descriptors = array.array("i")
    space = socket.CMSG_SPACE(DESCRIPTORS_MAX * descriptors.itemsize)
    content, ancillary, _, _ = link.recvmsg(REQUEST_BYTES_MAX, space, socket.MSG_CMSG_CLOEXEC)
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(payload[: len(payload) - len(payload) % descriptors.itemsize])
    return (json.loads(content) if content else None), list(descriptors)


def _become_box(message: dict[str, Any], descriptors: list[int]) -> None:
    """In the child: order matters. Cgroups need root and come first; the user goes last."""
    try:
        for cgroup in message["cgroups"]:
            Path(cgroup, "cgroup.procs").write_text("0")
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE_ADJUSTMENT))
        _place(descriptors)
        os.setsid()
        for name, limit in message["rlimits"].items():
            resource.setrlimit(getattr(resource, name), (limit, limit))
        if message["uid"] is not None:
            os.setgroups([])
            os.setresgid(message["uid"], message["uid"], message["uid"])
            os.setresuid(message["uid"], message["uid"], message["uid"])
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS_RESET:
            signal.signal(number, signal.SIG_DFL)
        os.execve(message["argv"][0], message["argv"], {})  # noqa: S606 (no shell is wanted)
    except BaseException as error:  # a forked child must never return
        with contextlib.suppress(OSError):
            os.write(2, f"launcher: {error}\n".encode())
    os._exit(EXIT_NOT_STARTED)


def _place(descriptors: list[int]) -> None:
    """Move them to 0 … n-1, first out of each other's way, and close all else."""
    high = 64
    for index, descriptor in enumerate(descriptors):
        os.dup2(descriptor, high + index)
    for index in range(len(descriptors)):
        os.dup2(high + index, index)
    os.closerange(len(descriptors), 1024)


def _reaped_child() -> tuple[int, int, resource.struct_rusage] | None:
    try:
        pid, status, usage = os.wait4(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, status, usage) if pid else None


def _children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _removed(cgroup: str) -> bool:
    try:
        Path(cgroup).rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _enter_own_mounts() -> None:
    if _libc().unshare(_CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "a mount namespace of its own was refused")
    _mount("none", "/", None, _MS_PRIVATE_REC)


def _create_like(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir()
    else:
        target.touch()


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    result = _libc().mount(
        source.encode(), target.encode(), kind.encode() if kind else None, flags, None
    )
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Serve the socket whose descriptor is the first argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends with its server, not before
    _libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    Launcher(socket.socket(fileno=int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()
