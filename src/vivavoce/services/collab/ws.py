"""The socket edge: frames in, frames out, nothing decided.

A frame from the network is handled in one turn: where the server lends its connection (``lending.py``) in that in which it arrives,
unless it or one before it has to wait. Frames to the network go straight to the transport there; elsewhere they wait in a queue that one
task empties. What waits is bounded both ways. It is a raw ASGI application because every layer between costs each of the many small frames.

What makes "Saved" exact with the stock provider (4.8.0): while it is offline it queues updates, and it sends them, uncounted,
when the first message of a new socket arrives (``resolveConnectionAttempt``), after ``resetUnsyncedChanges`` perhaps. So the server's
first frame is a ping, sent at once; the provider empties its queue, then answers with a pong. Updates of a document that is not
authenticated yet are dropped: step 2 brings them again. An update between a step 1 and the first pong cannot be told counted from
uncounted, so the socket is closed (4205) and the provider comes back with an empty queue.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog
from starlette.websockets import WebSocket

from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.contracts.tokens import JoinClaims
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import AppError, Invalid, Unavailable
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.collab.allowance import Allowance
from vivavoce.services.collab.counters import Counters
from vivavoce.services.collab.ends import Ambiguous, Silent, SlowReader, TooLarge, close_code
from vivavoce.services.collab.guard import UPDATE_BYTES_MAX
from vivavoce.services.collab.lending import Lent, binary_frame, lent
from vivavoce.services.collab.lib0 import Malformed
from vivavoce.services.collab.room import Room
from vivavoce.services.collab.seat import Seat
from vivavoce.services.collab.service import CollabService
from vivavoce.services.collab.wire import (
    NAME_BYTES_MAX,
    PING,
    PONG,
    Kind,
    Sync,
    denied,
    read_token,
    split,
)

FRAME_BYTES_MAX = UPDATE_BYTES_MAX + NAME_BYTES_MAX + 16
QUEUE_BYTES_MAX = (
    8 << 20
)  # holds the whole state of two documents, the largest there is to say at once
FRAME_COST_BYTES = 100  # what a queued frame costs besides its bytes
PING_S = 10.0  # the provider gives a silent server 30 s
SILENCE_S = 35.0
AUTHENTICATION_S = 10.0
CLOSE_WAIT_S = 1.0

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

logger = structlog.get_logger()


class CollabSockets:
    """The ASGI application behind ``/api/rooms/{interview}/collab``."""

    def __init__(
        self, service: CollabService, *, origins: OriginPolicy, clock: Clock, counters: Counters
    ) -> None:
        self._service = service
        self._origins = origins
        self._clock = clock
        self._counters = counters
        self._live: set[SocketConnection] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not self._origins.allows_socket(WebSocket(scope, receive, send)):
            await send({"type": "websocket.close", "code": 1008})
            return
        await send({"type": "websocket.accept"})
        interview = InterviewId(scope["path_params"]["interview"])
        connection = SocketConnection(
            interview,
            self._service,
            clock=self._clock,
            counters=self._counters,
            lent=lent(scope),
        )
        self._live.add(connection)
        try:
            await connection.run(receive, send)
        finally:
            self._live.discard(connection)
            self._service.dismiss(connection)

    async def keep_alive(self) -> None:
        """Ping everybody and close those who say nothing, until cancelled."""
        while True:
            await asyncio.sleep(PING_S)
            for connection in list(self._live):
                connection.tick(self._clock.monotonic_s())


class SocketConnection:
    """One socket: who it is, where it sits, and what waits to be sent."""

    def __init__(
        self,
        interview: InterviewId,
        service: CollabService,
        *,
        clock: Clock,
        counters: Counters,
        lent: Lent | None,
    ) -> None:
        self.interview = interview
        self.claims: JoinClaims | None = None
        self._service = service
        self._clock = clock
        self._counters = counters
        self._places: dict[bytes, tuple[Room, Seat]] = {}
        self._lent = lent
        self._is_closed = False
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._end: AppError | None = None
        self._has_ponged = False
        self._is_idle = False  # nothing that came earlier is being waited for
        self._opened_s = self._heard_s = clock.monotonic_s()
        self._allowance = Allowance(self._opened_s)

    # -- as the service sees it

    def send(self, frame: bytes) -> None:
        if self._lent is None:
            self._enqueue(frame)
            return
        transport = self._lent.transport
        if self._is_closed or transport.is_closing():
            return
        if transport.get_write_buffer_size() > QUEUE_BYTES_MAX:
            self._give_up()
            transport.abort()
        else:
            transport.write(binary_frame(frame))

    def _give_up(self) -> None:
        self._counters.slow_readers += self._end is None
        self.cut(SlowReader("This connection is too slow. It is opened again."))

    def _enqueue(self, frame: bytes) -> None:
        if self._queued_bytes > QUEUE_BYTES_MAX:
            self._give_up()
            return
        self._queue.append(frame)
        self._queued_bytes += len(frame) + FRAME_COST_BYTES
        self._wake.set()

    def cut(self, error: AppError) -> None:
        """Close after what is queued; at once if the other side does not read."""
        if self._end is None:
            self._end = error
            self._wake.set()

    def places(self) -> list[tuple[Room, Seat]]:
        return list(self._places.values())

    def tick(self, now_s: float) -> None:
        """Ping; give up on a peer that is silent or never says who it is."""
        is_late = self.claims is None and now_s - self._opened_s > AUTHENTICATION_S
        if is_late or now_s - self._heard_s > SILENCE_S:
            self.cut(Silent("Nothing was heard from this page for too long."))
        else:
            self.send(PING)

    # -- life

    async def run(self, receive: Receive, send: Send) -> None:
        """Serve until either side ends it."""
        self.send(PING)
        if self._lent:
            self._lent.on_message = self.offer
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read(receive))
            writer = tasks.create_task(self._write(send))
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            if reader.done() and self._end is not None:
                await asyncio.wait({writer}, timeout=CLOSE_WAIT_S)
            reader.cancel()
            writer.cancel()

    async def _read(self, receive: Receive) -> None:
        try:
            await self._service.admit(self)
            while (
                self._end is None
                and (message := await self._next(receive))["type"] != "websocket.disconnect"
            ):
                if wait_s := self._allowance.wait_s(self._clock.monotonic_s()):
                    await asyncio.sleep(wait_s)
                await self._take(message.get("bytes"))
        except Exception as error:
            self._fail(error)

    async def _next(self, receive: Receive) -> Message:
        self._is_idle = True
        message = await receive()
        self._is_idle = False
        return message

    def offer(self, frame: bytes) -> bool:
        """Take a frame in the turn in which it arrives; False if it has to wait."""
        if not self._is_idle or self._end is not None:
            return False
        if self._allowance.wait_s(self._clock.monotonic_s()) > 0:
            return False
        try:
            return self._handle(frame)
        except Exception as error:
            self._fail(error)
            return True

    def _fail(self, error: Exception) -> None:
        match error:
            case AppError():
                self.cut(error)
            case Malformed():
                self.cut(Invalid(str(error)))
            case _:
                logger.error("collab socket failed", interview=self.interview, exc_info=error)
                self.cut(Unavailable("Something went wrong in the server."))

    async def _write(self, send: Send) -> None:
        try:
            while True:
                while self._queue and not isinstance(self._end, SlowReader):
                    frame = self._queue.popleft()
                    self._queued_bytes -= len(frame) + FRAME_COST_BYTES
                    await send({"type": "websocket.send", "bytes": frame})
                if self._end is not None:
                    return await self._close(send, self._end)
                self._wake.clear()
                await self._wake.wait()
        except OSError:
            return None  # the other side went away

    async def _close(self, send: Send, error: AppError) -> None:
        self._is_closed = True
        await send({"type": "websocket.close", "code": close_code(error), "reason": error.code})

    # -- frames

    async def _take(self, frame: bytes | None) -> None:
        if frame is None:
            raise Malformed("frames are binary")
        if not self._handle(frame):
            await self._authenticate(frame)

    def _handle(self, frame: bytes) -> bool:
        """Do what a frame asks for; False if it brings a ticket, for which something has to be waited for."""
        began_s = self._heard_s = self._clock.monotonic_s()
        try:
            return self._dispatch(frame)
        finally:
            self._allowance.charge(len(frame), self._clock.monotonic_s() - began_s)

    def _dispatch(self, frame: bytes) -> bool:
        if len(frame) > FRAME_BYTES_MAX:
            raise TooLarge("This is too much at once.")
        if frame == PONG:
            self._has_ponged = True
            return True
        name, at = split(frame)
        if frame[at] == Kind.AUTH:
            return False
        if place := self._places.get(name):  # else not authenticated yet: step 2 brings it again
            room, seat = place
            if frame[at] == Kind.CLOSE:
                del self._places[name]
                room.leave(seat)
            else:
                self._check_order(seat, frame, at)
                room.receive(seat, frame, at)
        return True

    def _check_order(self, seat: Seat, frame: bytes, at: int) -> None:
        if self._has_ponged or not seat.is_synced or frame[at] != Kind.SYNC:
            return
        if frame[at + 1 : at + 2] == bytes((Sync.UPDATE,)):
            raise Ambiguous("This connection is opened again.")

    async def _authenticate(self, frame: bytes) -> None:
        name, at = split(frame)
        ticket = read_token(frame, at + 1)
        if place := self._places.pop(name, None):
            place[0].leave(place[1])
        try:
            text = name[1:].decode()
            self._places[name] = await self._service.sit(self, text, ticket)
        except Unavailable:
            raise
        except (AppError, UnicodeDecodeError) as error:
            logger.info("collab document denied", interview=self.interview, reason=str(error))
            self.send(denied(name))
