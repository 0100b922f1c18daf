"""One box while it lives: its pipes, the talk with ``init.sh``, the limits that we keep ourselves. Knows no arguments of bubblewrap.

What comes out of a box, the answers of ``init.sh`` included, is written by a stranger: it is bounded and only
ever decides about this box.
"""

import asyncio
import io
import shlex
import tarfile
from collections.abc import Callable

from vivavoce.kernel.clock import Clock
from vivavoce.services.runner.sandbox import (
    MIB,
    Ending,
    File,
    InputTooFast,
    Job,
    Listener,
    SandboxUnavailable,
    Step,
    Stopped,
    Stream,
)
from vivavoce.services.runner.sandboxes.cgroups import Group, Usage
from vivavoce.services.runner.sandboxes.limits import StepWatch
from vivavoce.services.runner.sandboxes.link import Child, Exit, LauncherLink
from vivavoce.services.runner.sandboxes.pipes import Pipes, Reader, Writer
from vivavoce.services.runner.sandboxes.watch import tree_usage

TICK_S = 0.05  # how often the limits that the kernel does not keep are looked at
READY_WAIT_S = 10.0
END_WAIT_S = 5.0
KILL_AGAIN_S = 0.25
GROUP_REMOVAL_TICK_S = 0.002
INPUT_PENDING_BYTES_MAX = 64 << 10
ANSWERS_BYTES_MAX = 4096  # of init.sh, in one box's life
STDERR_KEPT_BYTES = 2000  # of a box that never got ready: what went wrong, for the log
SIGNAL_BASE = 128


class BubblewrapBox:
    """Made by ``BubblewrapSandbox.open``; ``group`` is none in the weaker mode."""

    def __init__(
        self,
        *,
        child: Child,
        link: LauncherLink,
        group: Group | None,
        cpus: float,
        clock: Clock,
        on_gone: Callable[[], None],
    ) -> None:
        self._child = child
        self._link = link
        self._group = group
        self._cpus = cpus
        self._clock = clock
        self._on_gone = on_gone
        self._stdout = Reader(lambda content: self._take_output("stdout", content))
        self._stderr = Reader(lambda content: self._take_output("stderr", content))
        self._answering = Reader(self._take_answer)
        self._stdin = Writer()
        self._steps = Writer()
        self._files = Writer()
        self._answers = bytearray()
        self._answered = asyncio.Event()
        self._job: Job | None = None
        self._listener: Listener | None = None
        self._output_bytes = 0
        self._early_stderr = bytearray()
        self._stopped: Stopped | None = None
        self._step_watch: StepWatch | None = None
        self._peak_bytes = 0
        self._gone = False

    async def attach(self, pipes: Pipes) -> None:
        """Take over our ends of the pipes and wait until ``init.sh`` runs.

        Raises:
            SandboxUnavailable: it did not get there.
        """
        await self._stdout.open(pipes.stdout)
        await self._stderr.open(pipes.stderr)
        await self._answering.open(pipes.answers)
        await self._stdin.open(pipes.stdin)
        await self._steps.open(pipes.steps)
        await self._files.open(pipes.files)
        if await self._answer(timeout_s=READY_WAIT_S) != "ready":
            await self.close()
            message = (
                f"The sandbox did not start: {self._early_stderr.decode(errors='replace').strip()}"
            )
            raise SandboxUnavailable(message, remedy="Run `vivavoce doctor`.")

    @property
    def alive(self) -> bool:
        return not self._gone and self._job is None and not self._child.exited.done()

    async def execute(self, job: Job, listener: Listener) -> Ending:
        self._job, self._listener = job, listener
        try:
            return await self._execute(job, listener)
        finally:
            await asyncio.shield(self._destroy())

    async def _execute(self, job: Job, listener: Listener) -> Ending:
        first = job.steps[0]
        self._send_files(job.files)
        if await self._answer(timeout_s=READY_WAIT_S) != "unpacked":
            if self._stopped:
                return Ending(first, None, self._stopped)
            return Ending(first, None, fault="the files were not unpacked")
        for step in job.steps[:-1]:
            ending = await self._take_step(step, listener, last=False)
            if ending.exit_code != 0 or ending.stopped or ending.fault:
                return ending
        return await self._take_step(job.steps[-1], listener, last=True)

    async def _take_step(self, step: Step, listener: Listener, *, last: bool) -> Ending:
        listener.on_step(step.kind)
        if self._group is not None:
            self._group.limit(step.limits, cpus=self._cpus)
        began_s = self._clock.monotonic_s()
        watch = StepWatch(step.limits, began_s, self._usage(), takes_input=last)
        self._step_watch = watch
        self._send_step(step, last=last)
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._watch(watch, listener))
            exit_code = await (self._exit_code() if last else self._compiler_exit_code())
            watching.cancel()
        wall_ms = round((self._clock.monotonic_s() - began_s) * 1000)
        return self._ending(step, exit_code, wall_ms=wall_ms, before=watch.before)

    def _usage(self) -> Usage:
        """So far; in the weaker mode only of what is there now."""
        if self._group is not None:
            return self._group.usage()
        usage = tree_usage(self._child.pid)
        self._peak_bytes = max(self._peak_bytes, usage.resident_bytes or 0)
        return usage

    def _send_files(self, files: tuple[File, ...]) -> None:
        self._files.write(archive(files))
        self._files.close()

    def _send_step(self, step: Step, *, last: bool) -> None:
        """In the weaker mode, per-process limits stand in for the group's."""
        limits = step.limits
        weak = self._group is None
        processes = str(limits.processes) if weak else "-"
        data_kib = str(limits.memory_bytes // 1024) if weak else "-"
        words = [str(limits.cpu_s), processes, data_kib, *step.argv]
        assert not any("\n" in word for word in words), "a step is one line"
        line = f"{'last' if last else 'step'} {shlex.join(words)}\n"
        self._steps.write(line.encode())

    async def _compiler_exit_code(self) -> int | None:
        """Of a step that is not the last; none if the box ended under it."""
        answer = await self._answer(timeout_s=None)
        word, _, code = answer.partition(" ")
        return int(code) if word == "ended" and code.isdigit() else None

    async def _exit_code(self) -> int | None:
        """``exited`` comes when all processes are gone; then the pipes end and we have all their output."""
        ended = await asyncio.shield(
            self._child.exited
        )  # cancelled, this would say that it is gone
        await self._drained()
        return ended.status if ended.status >= 0 else None

    @property
    def _reading(self) -> tuple[Reader, ...]:
        return self._stdout, self._stderr, self._answering

    async def _drained(self) -> None:
        await asyncio.wait([reader.ended for reader in self._reading], timeout=END_WAIT_S)

    def _ending(self, step: Step, exit_code: int | None, *, wall_ms: int, before: Usage) -> Ending:
        cpu_ms, peak, oom_kills, refused = self._used(before)
        fault = None
        if exit_code is None and self._stopped is None and oom_kills == 0:
            fault = "the sandbox ended by itself"
        return Ending(
            step=step,
            exit_code=exit_code,
            stopped=self._stopped,
            out_of_memory=oom_kills > 0,
            refused_processes=refused,
            wall_ms=wall_ms,
            cpu_ms=cpu_ms,
            peak_bytes=peak,
            fault=fault,
        )

    def _used(self, before: Usage) -> tuple[int | None, int | None, int, int]:
        if self._group is None:
            ended = self._child.exited.result() if self._child.exited.done() else Exit(0, 0.0, 0)
            peak = max(self._peak_bytes, ended.peak_kib * 1024)
            return round(ended.cpu_s * 1000), peak or None, 0, 0
        after = self._group.usage()
        cpu_ms = None
        if after.cpu_s is not None and before.cpu_s is not None:
            cpu_ms = round((after.cpu_s - before.cpu_s) * 1000)
        return (
            cpu_ms,
            after.peak_bytes,
            after.out_of_memory_kills - before.out_of_memory_kills,
            after.refused_processes - before.refused_processes,
        )

    async def _watch(self, watch: StepWatch, listener: Listener) -> None:
        """The limits that the kernel does not keep; and the first rest of the last step is told."""
        is_rest_told = not watch.takes_input
        while self._stopped is None:
            await asyncio.sleep(TICK_S)
            now_s, used = self._clock.monotonic_s(), self._usage()
            exceeded = watch.exceeded(now_s, used)
            if exceeded is not None:
                self._stop(exceeded)
            elif not is_rest_told and watch.is_idle(now_s, used):
                is_rest_told = True
                listener.on_idle()

    def write_input(self, content: bytes) -> None:
        if self._stdin.pending_bytes + len(content) > INPUT_PENDING_BYTES_MAX:
            message = "The program has not read what was typed before. Wait a moment."
            raise InputTooFast(message)
        self._stdin.write(content)
        if self._step_watch is not None:
            self._step_watch.typed(self._clock.monotonic_s())

    def end_input(self) -> None:
        self._stdin.close()

    def stop(self) -> None:
        self._stop(Stopped.CANCELLED)

    def _stop(self, why: Stopped) -> None:
        if self._stopped is None:
            self._stopped = why
            self._link.kill(self._child)

    async def close(self) -> None:
        await asyncio.shield(self._destroy())

    async def _destroy(self) -> None:
        """Ends whatever lives and gives everything back; the second call has nothing to do."""
        if self._gone:
            return
        self._gone = True
        while not self._child.exited.done():
            self._link.kill(self._child)
            await asyncio.wait([self._child.exited], timeout=KILL_AGAIN_S)
        for writer in (self._stdin, self._steps, self._files):
            writer.abort()
        for reader in self._reading:
            reader.close()
        await self._remove_group()
        self._on_gone()

    async def _remove_group(self) -> None:
        """The kernel lets go of the last process a moment after it is gone, and tells nobody."""
        group = self._group
        while group is not None and not group.remove():  # noqa: ASYNC110 (see above)
            await asyncio.sleep(GROUP_REMOVAL_TICK_S)

    def _take_output(self, stream: Stream, content: bytes) -> None:
        if self._job is None or self._listener is None:
            self._early_stderr += content[: STDERR_KEPT_BYTES - len(self._early_stderr)]
            return
        room = self._job.output_bytes_max - self._output_bytes
        self._output_bytes += len(content)
        if room > 0:
            self._listener.on_output(stream, content[:room])
        if len(content) > room:
            self._stop(Stopped.OUTPUT)

    def _take_answer(self, content: bytes) -> None:
        if len(self._answers) + len(content) <= ANSWERS_BYTES_MAX:
            self._answers += content
            self._answered.set()

    async def _answer(self, *, timeout_s: float | None) -> str:
        """The next line of ``init.sh``; empty if the box ended or the time ran out."""
        answer = asyncio.ensure_future(self._next_answer())
        await asyncio.wait(
            [answer, self._child.exited], timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        if not answer.done():
            answer.cancel()
            await self._drained()
            return ""
        return answer.result()

    async def _next_answer(self) -> str:
        while b"\n" not in self._answers:
            self._answered.clear()
            await self._answered.wait()
        line, _, rest = bytes(self._answers).partition(b"\n")
        self._answers[:] = rest
        return line.decode(errors="replace")


def archive(files: tuple[File, ...]) -> bytes:
    """A tar archive of ordinary files and the folders above them, and of nothing else."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file in files:
            entry = tarfile.TarInfo(file.name)
            entry.size = len(file.content)
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(file.content))
    assert buffer.tell() < 8 * MIB
    return buffer.getvalue()
