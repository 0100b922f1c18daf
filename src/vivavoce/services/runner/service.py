"""The use-cases: start, type, stop, watch. Brings together rooms, the queue, languages and boxes; knows no socket."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import structlog

from vivavoce.contracts.events import Fact, RunFinished, RunStarted
from vivavoce.contracts.runs import Languages, RunQueued, RunResult, StartRun
from vivavoce.contracts.sockets import CLOSE_ENDED, CLOSE_GOING_AWAY
from vivavoce.contracts.tokens import JoinClaims
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import Unavailable
from vivavoce.kernel.events import EventBus
from vivavoce.kernel.ids import InterviewId, ParticipantId, RunId, new_run_id
from vivavoce.services.runner.active import ActiveRun, RunUnknown, never_started
from vivavoce.services.runner.files import check_files
from vivavoce.services.runner.model import RunQueue
from vivavoce.services.runner.pool import WarmPool
from vivavoce.services.runner.registry import Registry
from vivavoce.services.runner.room import Room, Watcher
from vivavoce.services.runner.rooms import Rooms
from vivavoce.services.runner.sandbox import Ending, Sandbox, SandboxUnavailable, Stopped
from vivavoce.services.runner.tools import Host

FIRST_LANGUAGE = "python"  # the one that most first clicks ask for

log = structlog.get_logger()


class ManagedSandbox(Sandbox, Protocol):
    """A sandbox with a life of its own."""

    async def start(self) -> None:
        """Raises:
        SandboxUnavailable: this host cannot isolate code.
        """
        ...

    async def close(self) -> None: ...


class Runner:
    """``run`` gives it life; outside it every start is refused."""

    def __init__(
        self,
        *,
        clock: Clock,
        bus: EventBus,
        registry: Registry,
        sandbox: ManagedSandbox,
        host: Host,
        caches: Path,
        places: int,
    ) -> None:
        self._clock = clock
        self._bus = bus
        self._registry = registry
        self._sandbox = sandbox
        self._host = host
        self._caches = caches
        self._queue = RunQueue(places)
        self._pool = WarmPool(sandbox, clock)
        self._rooms = Rooms()
        self._active: dict[RunId, ActiveRun] = {}
        self._unavailable: str | None = "The server is starting."
        self._tasks: asyncio.TaskGroup | None = None
        registry.on_change(self._tell_languages)

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None]:
        """Sandbox up and languages being checked; at the end every run is stopped and every watcher told."""
        try:
            await self._sandbox.start()
            self._unavailable = None
            log.info("code runs isolated", mode=self._sandbox.isolation.name)
        except SandboxUnavailable as error:
            self._unavailable = f"{error.message} {error.remedy}"
            log.error("no code will run", why=error.message, remedy=error.remedy)
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                housekeeping = self._keep_house(tasks)
                try:
                    yield
                finally:
                    self._tasks = None
                    self._leave(housekeeping)
        finally:
            await self._sandbox.close()

    def _keep_house(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        if self._unavailable is not None:
            return []
        probing = self._registry.probe_all(
            host=self._host, sandbox=self._sandbox, caches=self._caches
        )
        chores = {"checking languages": probing, "keeping boxes ready": self._pool.run()}
        return [tasks.create_task(_logged(what, chore)) for what, chore in chores.items()]

    def _leave(self, housekeeping: list[asyncio.Task[None]]) -> None:
        self._unavailable = "The server is stopping."
        for task in housekeeping:
            task.cancel()
        for run in self._active.values():
            run.stop()
        for watcher in self._rooms.everybody():
            watcher.close(CLOSE_GOING_AWAY)

    # --- watching ---------------------------------------------------------------------------------

    def languages(self) -> Languages:
        """What this host can run, and if nothing, why."""
        return Languages(languages=self._registry.infos(), unavailable=self._unavailable)

    def watch(self, claims: JoinClaims, wake: Callable[[], None]) -> Watcher:
        """A place in the participant's room, woken when there is news; give it back with ``unwatch``.

        Raises:
            Forbidden: the participant was removed from the room.
        """
        self._rooms.check_not_removed(claims)
        room = self._room(claims.interview)
        watcher = Watcher(room, claims.participant, first=self.languages, wake=wake)
        room.watchers.add(watcher)
        return watcher

    def unwatch(self, watcher: Watcher) -> None:
        watcher.room.watchers.discard(watcher)

    def watching(self, interview: InterviewId) -> int:
        """How many watch this room."""
        return len(self._rooms.watchers(interview))

    def _room(self, interview: InterviewId) -> Room:
        busy = {run.interview for run in self._active.values()}
        return self._rooms.open(interview, busy=busy)

    def _tell_languages(self) -> None:
        message = self.languages()
        for watcher in self._rooms.everybody():
            watcher.answer(message)
        self._warm_first_language()

    def _warm_first_language(self) -> None:
        installation = self._registry.working(FIRST_LANGUAGE)
        if installation is not None:
            self._pool.warm(installation.profile())

    # --- running ----------------------------------------------------------------------------------

    def start(self, claims: JoinClaims, message: StartRun) -> RunId:
        """Line a run up; its frames go to everybody in the room.

        Raises:
            SandboxUnavailable, LanguageUnknown, LanguageUnavailable, FileNameRefused, FilesTooLarge,
            RunInProgress, QueueFull
        """
        self._rooms.check_not_removed(claims)
        if self._unavailable is not None:
            raise SandboxUnavailable(self._unavailable, remedy="")
        installation = self._registry.installation(message.language)
        files = check_files(((file.name, file.text) for file in message.files), message.entry)
        run = new_run_id()
        self._queue.submit(run, claims.interview)
        head = RunQueued(
            run=run,
            by=claims.participant,
            by_name=claims.name,
            language=message.language,
            entry=message.entry,
            ahead=0,
            at=self._clock.now(),
        )
        room = self._room(claims.interview)
        job = installation.job(files, message.entry)
        self._active[run] = ActiveRun(
            id=run,
            interview=claims.interview,
            participant=claims.participant,
            room=room,
            head=head,
            installation=installation,
            job=job,
            rest=lambda: self._rest(run),
        )
        started = self._start_next()
        if run not in started:
            head = head.model_copy(update={"ahead": dict(self._queue.waiting())[run]})
            self._active[run].head = head
        room.begin(head)
        return run

    def type(self, claims: JoinClaims, run: str, text: str, *, end: bool) -> None:
        """Standard input, echoed to everybody.

        Raises:
            RunUnknown: it is not running in this room.
            InputTooLarge, InputTooFast
        """
        active = self._find(claims, run)
        if text:
            active.type(text)
        if end:
            active.end_input()

    def stop(self, claims: JoinClaims, run: str) -> None:
        """Anybody who may run may stop.

        Raises:
            RunUnknown: it is not running in this room.
        """
        self._stop(self._find(claims, run))

    def _stop(self, active: ActiveRun) -> None:
        active.stop()
        if self._queue.is_waiting(active.id):
            self._queue.leave(active.id)
            del self._active[active.id]
            active.room.finish(never_started(active.head))
            self._tell_places()

    def _find(self, claims: JoinClaims, run: str) -> ActiveRun:
        self._rooms.check_not_removed(claims)
        active = self._active.get(RunId(run))
        if active is None or active.interview != claims.interview:
            message = "This program has ended."
            raise RunUnknown(message)
        return active

    def _start_next(self) -> list[RunId]:
        if self._tasks is None:  # the service is ending
            return []
        started = self._queue.startable()
        for run in started:
            self._tasks.create_task(self._carry_out(self._active[run]))
        return started

    async def _carry_out(self, active: ActiveRun) -> None:
        await self._publish(
            RunStarted(
                interview=active.interview,
                run=active.id,
                participant=active.participant,
                language=active.head.language,
            )
        )
        ending = await self._execute(active)
        if ending.fault is not None:
            log.error("a sandbox failed", run=active.id, why=ending.fault)
        result = active.finish(ending)
        self._forget(active)
        await self._publish(_finished(active.interview, result))

    def _rest(self, run: RunId) -> None:
        self._queue.rest(run)
        self._start_next()
        self._tell_places()

    async def _execute(self, active: ActiveRun) -> Ending:
        first = active.job.steps[0]
        try:
            active.box = await self._pool.take(active.installation.profile())
        except SandboxUnavailable as error:
            return Ending(first, None, fault=error.message)
        if active.is_cancelled:
            await active.box.close()
            return Ending(first, None, Stopped.CANCELLED)
        try:
            return await active.box.execute(active.job, active)
        except Exception as error:  # the edge of this run's task: other runs go on
            log.exception("a box failed", run=active.id)
            return Ending(first, None, fault=repr(error))

    def _forget(self, active: ActiveRun) -> None:
        active.box = None
        self._active.pop(active.id, None)
        self._queue.leave(active.id)
        self._start_next()
        self._tell_places()

    def _tell_places(self) -> None:
        """Those that wait hear how many now go first."""
        for run, ahead in self._queue.waiting():
            active = self._active[run]
            if active.head.ahead != ahead:
                active.head = active.head.model_copy(update={"ahead": ahead})
                active.room.requeue(active.head)

    async def _publish(self, fact: Fact) -> None:
        try:
            await self._bus.publish(fact.event(self._clock))
        except Unavailable as error:
            log.error("a fact about a run was lost", fact=fact.type, why=error.message)

    # --- what happens elsewhere -------------------------------------------------------------------

    def end_room(self, interview: InterviewId) -> None:
        """The interview ended: its run is stopped, its watchers are sent away."""
        for active in [run for run in self._active.values() if run.interview == interview]:
            self._stop(active)
        self._rooms.close(interview, CLOSE_ENDED)

    def remove(self, interview: InterviewId, participant: ParticipantId) -> None:
        """Somebody was removed from the room and may not watch again."""
        self._rooms.remove(interview, participant)


async def _logged(what: str, chore: Awaitable[None]) -> None:
    """The edge of a background task: its failure is told, and runs go on without it."""
    try:
        await chore
    except Exception:
        log.exception("background work failed", what=what)


def _finished(interview: InterviewId, result: RunResult) -> RunFinished:
    return RunFinished(
        interview=interview,
        run=RunId(result.run),
        verdict=result.verdict,
        wall_ms=result.wall_ms,
        peak_bytes=result.peak_bytes or 0,
    )
