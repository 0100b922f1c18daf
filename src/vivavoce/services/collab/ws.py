"""The socket edge: frames in, frames out, nothing decided.

A frame from the network is handled in one turn. Frames to the network go straight to the transport where the server lends it
(``lending.py``); elsewhere they wait in a queue that one task empties. What waits is bounded both ways. It is a raw ASGI application
because every layer between costs each of the many small frames.

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
from vivavoce.services.collab.counters import Counters
from vivavoce.services.collab.ends import Ambiguous, Silent, SlowReader, TooLarge, close_code
from vivavoce.services.collab.guard import UPDATE_BYTES_MAX
from vivavoce.services.collab.lending import binary_frame, lent_transport
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
FRAMES_PER_S = 60.0
FRAMES_BURST = 200.0
BYTES_PER_FRAME = (
    16 << 10
)  # a larger frame counts as several: about 1 MiB a second sustained, 3 MiB at once
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
            transport=lent_transport(scope),
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
        transport: asyncio.Transport | None,
    ) -> None:
        self.interview = interview
        self.claims: JoinClaims | None = None
        self._service = service
        self._clock = clock
        self._counters = counters
        self._places: dict[bytes, tuple[Room, Seat]] = {}
        self._transport = transport
        self._is_closed = False
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._end: AppError | None = None
        self._has_ponged = False
        self._opened_s = self._heard_s = self._refilled_s = clock.monotonic_s()
        self._allowance = FRAMES_BURST

    # -- as the service sees it

    def send(self, frame: bytes) -> None:
        if (transport := self._transport) is None:
            self._enqueue(frame)
        elif self._is_closed or transport.is_closing():
            return
        elif transport.get_write_buffer_size() > QUEUE_BYTES_MAX:
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
                self._end is None and (message := await receive())["type"] != "websocket.disconnect"
            ):
                frame: bytes | None = message.get("bytes")
                await self._throttle(1 + len(frame or b"") / BYTES_PER_FRAME)
                await self._take(frame)
        except AppError as error:
            self.cut(error)
        except Malformed as error:
            self.cut(Invalid(str(error)))
        except Exception:
            logger.exception("collab socket failed", interview=self.interview)
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

    async def _throttle(self, cost: float) -> None:
        """Read slower instead of dropping anything: the network pushes back on the sender."""
        now_s = self._heard_s = self._clock.monotonic_s()
        refill = (now_s - self._refilled_s) * FRAMES_PER_S
        self._allowance = min(FRAMES_BURST, self._allowance + refill) - cost
        self._refilled_s = now_s
        if self._allowance < 0:
            await asyncio.sleep(-self._allowance / FRAMES_PER_S)

    # -- frames

    async def _take(self, frame: bytes | None) -> None:
        if frame is None:
            raise Malformed("frames are binary")
        if len(frame) > FRAME_BYTES_MAX:
            raise TooLarge("This is too much at once.")
        if frame == PONG:
            self._has_ponged = True
            return
        name, at = split(frame)
        place = self._places.get(name)
        if frame[at] == Kind.AUTH:
            await self._authenticate(name, frame, at)
        elif place is None:
            return  # not authenticated (yet): what matters comes again with step 2
        elif frame[at] == Kind.CLOSE:
            del self._places[name]
            place[0].leave(place[1])
        else:
            self._check_order(place[1], frame, at)
            place[0].receive(place[1], frame, at)

    def _check_order(self, seat: Seat, frame: bytes, at: int) -> None:
        if self._has_ponged or not seat.is_synced or frame[at] != Kind.SYNC:
            return
        if frame[at + 1 : at + 2] == bytes((Sync.UPDATE,)):
            raise Ambiguous("This connection is opened again.")

    async def _authenticate(self, name: bytes, frame: bytes, at: int) -> None:
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
