"""One socket from hello to close: decodes frames, keeps the limits, hands messages to the room."""

import asyncio

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from vivavoce.contracts.messages import (
    FRAME_BYTES_MAX,
    ClientEnvelope,
    Error,
    Hello,
    Ping,
    Pong,
    ServerMessage,
)
from vivavoce.contracts.sockets import (
    CLOSE_SILENT,
    CLOSE_TOO_LARGE,
    CLOSE_TOO_MUCH,
    close,
    close_code_of,
)
from vivavoce.kernel.errors import AppError, Invalid, Unauthenticated
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.kernel.rates import TokenBucket
from vivavoce.services.signaling.conversation import envelope
from vivavoce.services.signaling.host import CLOSE_FAULT, RoomHost
from vivavoce.services.signaling.inputs import Asked, Identity
from vivavoce.services.signaling.outlet import Outlet
from vivavoce.services.signaling.rooms import Rooms

log = structlog.get_logger()


class _Numbers(BaseModel):
    """What has to be right in a frame for its refusal to be numbered."""

    model_config = ConfigDict(extra="ignore")
    seq: int = Field(ge=1)
    ack: int = Field(ge=0)


class TooLarge(Invalid):
    """A frame is beyond ``FRAME_BYTES_MAX``."""

    code = "too_large"


class Silent(AppError):
    """Nothing came for too long."""

    code = "silent"


class Malformed(Invalid):
    """A frame that is no message."""

    code = "malformed"


class Connection:
    """Serves one accepted socket of one interview."""

    def __init__(self, socket: WebSocket, interview: InterviewId, rooms: Rooms) -> None:
        self._socket = socket
        self._interview = interview
        self._rooms = rooms
        self._limits = rooms.around.limits
        self._clock = rooms.around.clock
        self._metrics = rooms.around.metrics
        self._outlet = Outlet(bare_frames_max=self._limits.bare_frames_max)
        self._bucket = TokenBucket(
            per_s=self._limits.messages_per_s,
            burst=self._limits.messages_burst,
            now_s=self._clock.monotonic_s(),
        )
        self._malformed_in_a_row = 0

    async def serve(self) -> None:
        """Until either side closes."""
        async with asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(self._read())
            writer = tasks.create_task(self._write())
            cut = tasks.create_task(self._outlet.is_cut.wait())
            await asyncio.wait({reader, writer, cut}, return_when=asyncio.FIRST_COMPLETED)
            if self._outlet.close_code is not None:
                await asyncio.wait(
                    {writer, cut},
                    timeout=self._limits.flush_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            for task in (reader, writer, cut):
                task.cancel()
        await self._close()

    async def _close(self) -> None:
        code = self._outlet.close_code
        if code is None:
            return
        self._metrics.closed.labels(str(code)).inc()
        await close(self._socket, code, within_s=self._limits.flush_s)

    # --- writing --------------------------------------------------------------------------------

    async def _write(self) -> None:
        while True:
            await self._outlet.wait()
            while (frame := self._outlet.next_frame()) is not None:
                if not await self._write_frame(frame):
                    return
            if self._outlet.close_code is not None:
                return

    async def _write_frame(self, frame: str) -> bool:
        try:
            async with asyncio.timeout(self._limits.write_s):
                await self._socket.send_text(frame)
        except TimeoutError:
            self._outlet.cut(CLOSE_TOO_MUCH)
            return False
        except (WebSocketDisconnect, RuntimeError, OSError):
            return False  # the reader hears of it too
        self._metrics.sent.inc()
        return True

    def _say(self, message: ServerMessage) -> None:
        """On this socket only."""
        body = message.model_dump_json()
        conversation = self._outlet.conversation
        frame = conversation.bare_frame(body) if conversation else envelope(body, seq=0, ack=0)
        self._outlet.push(frame)

    # --- reading --------------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            await self._read_conversation()
        except WebSocketDisconnect:
            return
        except Silent as silence:
            self._refuse(silence, CLOSE_SILENT)
        except TooLarge as refusal:
            self._refuse(refusal, CLOSE_TOO_LARGE)
        except AppError as refusal:
            self._refuse(refusal, close_code_of(refusal))
        except Exception:
            self._metrics.faults.inc()
            log.exception("connection failed", interview=self._interview)
            self._outlet.close(CLOSE_FAULT)

    def _refuse(self, refusal: AppError, code: int) -> None:
        self._say(Error(code=refusal.code, message=refusal.message))
        self._outlet.close(code)

    async def _read_conversation(self) -> None:
        hello = await self._hello()
        claims = self._rooms.tickets.redeem(hello.ticket)
        if claims.interview != self._interview:
            raise Unauthenticated("This ticket is for another interview.")
        host = await self._rooms.open(self._interview)
        who = Identity(claims.participant, claims.role, claims.name, claims.color)
        host.enter(who, hello, self._outlet)
        try:
            while True:
                await self._read_message(host, who.participant)
        finally:
            host.exit(who.participant, self._outlet)

    async def _hello(self) -> Hello:
        frame = await self._frame(self._limits.hello_s)
        try:
            message = ClientEnvelope.model_validate_json(frame)
        except ValidationError as error:
            raise Malformed(_explain(error)) from error
        if not isinstance(message.body, Hello) or message.seq != 0:
            raise Malformed("The first message must be a hello with seq 0.")
        return message.body

    async def _frame(self, patience_s: float) -> str | bytes:
        """The next frame.

        Raises:
            Silent: none came in time.
            TooLarge: it is too large.
            WebSocketDisconnect: the peer is gone.
        """
        try:
            async with asyncio.timeout(patience_s):
                event = await self._socket.receive()
        except TimeoutError:
            raise Silent("Nothing was heard for a while. The connection is opened anew.") from None
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1006))
        self._metrics.received.inc()
        text = event.get("text")
        frame: str | bytes = text if text is not None else event.get("bytes") or b""
        if len(frame) > FRAME_BYTES_MAX or len(_utf8(frame)) > FRAME_BYTES_MAX:
            raise TooLarge(f"A message has at most {FRAME_BYTES_MAX} bytes.")
        return frame

    async def _read_message(self, host: RoomHost, participant: ParticipantId) -> None:
        frame = await self._frame(self._limits.silence_s)
        # Not reading is the brake: the peer's own socket fills, and nobody else waits.
        await asyncio.sleep(self._bucket.take(self._clock.monotonic_s()))
        try:
            self._take(ClientEnvelope.model_validate_json(frame), host, participant)
            self._malformed_in_a_row = 0
        except ValidationError as error:
            self._refuse_frame(frame, Malformed(_explain(error)))

    def _take(self, message: ClientEnvelope, host: RoomHost, participant: ParticipantId) -> None:
        body = message.body
        if not self._is_new(message.seq, message.ack):
            return
        if isinstance(body, Ping):
            self._say(Pong(sent=body.sent, server_time=self._clock.now()))
        elif isinstance(body, Hello) or message.seq == 0:
            self._say(Error(code=Malformed.code, message="This message does not belong here."))
        else:
            host.handle(Asked(participant, message.seq, body))

    def _is_new(self, seq: int, ack: int) -> bool:
        """Whether to look at the message. Numbers are counted here and nowhere else."""
        conversation = self._outlet.conversation
        if conversation is None:
            if seq:
                raise Malformed("Wait for the welcome before sending numbered messages.")
            return True
        conversation.outbox.acknowledge(ack)
        return seq == 0 or conversation.inbox.accept(seq)

    def _refuse_frame(self, frame: str | bytes, refusal: Malformed) -> None:
        """A numbered frame is counted all the same, else everything after it would be out of order."""
        self._malformed_in_a_row += 1
        if self._malformed_in_a_row >= self._limits.malformed_in_a_row_max:
            raise refusal
        error = Error(code=refusal.code, message=refusal.message)
        try:
            numbers = _Numbers.model_validate_json(frame)
        except ValidationError:
            self._say(error)
            return
        conversation = self._outlet.conversation
        if self._is_new(numbers.seq, numbers.ack) and conversation is not None:
            conversation.append(error.model_copy(update={"about": numbers.seq}).model_dump_json())
            self._outlet.wake()


def _utf8(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


def _explain(error: ValidationError) -> str:
    """Where the first fault is; never the input itself."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "message"
    return f"This message cannot be read: {place}: {first['msg']}"
