"""WebSocket edge: one JSON socket a participant. Decodes, authorises, calls the service, and sends what the watcher has.

One task reads, one writes; only the writer sends. A watcher that does not take what it is sent is cut; it comes
back and gets a snapshot.
"""

import asyncio
from dataclasses import dataclass
from typing import TypeVar, cast

import structlog
from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.websockets import WebSocket, WebSocketDisconnect

from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.rights import Action, may
from vivavoce.contracts.runs import (
    FRAME_BYTES_MAX,
    RunClientMessage,
    RunError,
    RunHello,
    RunPing,
    RunPong,
    StartRun,
    Stdin,
    StopRun,
)
from vivavoce.contracts.sockets import (
    CLOSE_ENDED,
    CLOSE_GOING_AWAY,
    CLOSE_INVALID,
    CLOSE_SILENT,
    CLOSE_TOO_LARGE,
    CLOSE_TOO_MUCH,
    Cut,
    OriginPolicy,
    close,
    close_code_of,
    let_in,
    parse,
    send,
)
from vivavoce.contracts.tokens import JoinClaims
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import AppError, Forbidden
from vivavoce.kernel.ids import InterviewId
from vivavoce.kernel.rates import TokenBucket
from vivavoce.kernel.tickets import Tickets
from vivavoce.services.runner.http import check_may_watch
from vivavoce.services.runner.room import Watcher
from vivavoce.services.runner.service import Runner

FRAMES_PER_S = 20.0
FRAMES_BURST = 60

log = structlog.get_logger()
_messages: TypeAdapter[RunClientMessage] = TypeAdapter(RunClientMessage)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a connection is waited for: its first frame, and a browser that takes no byte."""

    hello_s: float = 5.0
    send_s: float = 10.0


def router(
    *,
    runner: Runner,
    views: InterviewViews,
    tickets: Tickets[JoinClaims],
    origins: OriginPolicy,
    clock: Clock,
    waits: Waits,
) -> APIRouter:
    """``/api/rooms/{interview}/runs``."""
    routes = APIRouter()

    @routes.websocket("/api/rooms/{interview}/runs")
    async def runs(socket: WebSocket, interview: InterviewId) -> None:
        if not await let_in(socket, origins):
            return
        connection = _Connection(socket, interview, runner, views, tickets, clock, waits)
        try:
            await connection.serve()
        except* Cut as cuts:
            await close(socket, _first(cuts).code)
        except* AppError as errors:
            error = _first(errors)
            await close(socket, close_code_of(error), error.message)
        except* WebSocketDisconnect:
            log.debug("a watcher left")

    _ = runs
    return routes


E = TypeVar("E", bound=Exception)


def _first(group: ExceptionGroup[E]) -> E:
    """The first leaf."""
    error = group.exceptions[0]
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[E]", error).exceptions[0]
    return error


class _Connection:
    """One accepted socket."""

    def __init__(
        self,
        socket: WebSocket,
        interview: InterviewId,
        runner: Runner,
        views: InterviewViews,
        tickets: Tickets[JoinClaims],
        clock: Clock,
        waits: Waits,
    ) -> None:
        self._socket = socket
        self._waits = waits
        self._news = asyncio.Event()
        self._interview = interview
        self._runner = runner
        self._views = views
        self._tickets = tickets
        self._clock = clock
        self._bucket = TokenBucket(
            per_s=FRAMES_PER_S, burst=FRAMES_BURST, now_s=clock.monotonic_s()
        )

    async def serve(self) -> None:
        """Until either side closes.

        Raises:
            Cut, AppError: we close, and why.
            WebSocketDisconnect: the browser is gone.
        """
        claims = await self._greet()
        watcher = self._runner.watch(claims, self._news.set)
        try:
            await self._converse(claims, watcher)
        finally:
            self._runner.unwatch(watcher)

    async def _greet(self) -> JoinClaims:
        try:
            async with asyncio.timeout(self._waits.hello_s):
                text = await self._receive()
        except TimeoutError:
            raise Cut(CLOSE_SILENT) from None
        hello = parse(_messages, text)
        if not isinstance(hello, RunHello):
            raise Cut(CLOSE_INVALID)
        claims = self._tickets.redeem(hello.ticket)
        await check_may_watch(claims, self._interview, self._views)
        return claims

    async def _converse(self, claims: JoinClaims, watcher: Watcher) -> None:
        """Reader and writer end by raising, and the first to do so ends the other."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read(claims, watcher))
            tasks.create_task(self._write(watcher))

    async def _read(self, claims: JoinClaims, watcher: Watcher) -> None:
        while True:
            text = await self._receive()
            if self._bucket.take(self._clock.monotonic_s()) > 0:
                raise Cut(CLOSE_TOO_MUCH)
            message = parse(_messages, text)
            try:
                await self._do(message, claims, watcher)
            except AppError as error:
                self._answer(watcher, RunError(code=error.code, message=error.message))

    async def _receive(self) -> str:
        """Raises:
        Cut: a binary or an oversized frame.
        WebSocketDisconnect: the browser is gone.
        """
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1000))
        text = event.get("text")
        if not isinstance(text, str):
            raise Cut(CLOSE_INVALID)
        if len(text) > FRAME_BYTES_MAX or len(text.encode(errors="replace")) > FRAME_BYTES_MAX:
            raise Cut(CLOSE_TOO_LARGE)
        return text

    async def _do(self, message: RunClientMessage, claims: JoinClaims, watcher: Watcher) -> None:
        match message:
            case RunPing():
                self._answer(watcher, RunPong())
            case RunHello():
                raise Cut(CLOSE_INVALID)
            case StartRun():
                await self._check_may_run(claims)
                self._runner.start(claims, message)
            case Stdin():
                await self._check_may_run(claims)
                self._runner.type(claims, message.run, message.text, end=message.eof)
            case StopRun():
                await self._check_may_run(claims)
                self._runner.stop(claims, message.run)

    async def _check_may_run(self, claims: JoinClaims) -> None:
        view = await self._views.get(claims.interview)
        if not may(claims.role, Action.RUN_CODE, view.state):
            message = "You may watch here, but not run code."
            raise Forbidden(message)

    def _answer(self, watcher: Watcher, message: RunError | RunPong) -> None:
        if not watcher.answer(message):
            raise Cut(CLOSE_TOO_MUCH)

    async def _write(self, watcher: Watcher) -> None:
        while True:
            if watcher.close_code is not None:
                await self._drain(watcher)
                raise Cut(watcher.close_code)
            frame = watcher.next_frame()
            if frame is None:
                await self._news.wait()
                self._news.clear()
            else:
                await self._send(frame)

    async def _drain(self, watcher: Watcher) -> None:
        """At an orderly end, what is already there is still sent."""
        if watcher.close_code in (CLOSE_ENDED, CLOSE_GOING_AWAY):
            while (frame := watcher.next_frame()) is not None:
                await self._send(frame)

    async def _send(self, frame: str) -> None:
        await send(self._socket, frame, within_s=self._waits.send_s)
