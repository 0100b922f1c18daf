"""WebSocket edge of voices: decodes, keeps the limits, hands frames to the core and sends what the voice has.

One task reads, one writes; only the writer sends. What cannot be sent at once is dropped, never queued for long: the
buffers below the socket are kept small so that a slow network is noticed here.
"""

import asyncio
import socket as sockets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.websockets import WebSocket, WebSocketDisconnect

from vivavoce.contracts.sockets import (
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
from vivavoce.contracts.voice import (
    TEXT_BYTES_MAX,
    VoiceClientMessage,
    VoiceHello,
    VoicePing,
    VoicePong,
)
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import AppError
from vivavoce.kernel.ids import InterviewId
from vivavoce.kernel.rates import TokenBucket
from vivavoce.services.media.sfu import SfuMedia
from vivavoce.services.media.voices import FRAME_BYTES_MAX, Voice

FRAMES_PER_S = 100.0  # twice what a voice sends
FRAMES_BURST = 500  # what comes at once after ten seconds of a stalled connection
BUFFER_BYTES_MAX = 2048  # in this process; about 200 ms of two voices
UNSENT_BYTES_MAX = 4096  # in the kernel
CONNECTION = "vivavoce.connection"  # where the server lends its transport, if it does

_messages: TypeAdapter[VoiceClientMessage] = TypeAdapter(VoiceClientMessage)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long the first message, any message and one sending are waited for, and how often pings go out."""

    hello_s: float = 5.0
    silence_s: float = 10.0
    send_s: float = 10.0
    ping_s: float = 2.0


def router(*, media: SfuMedia, origins: OriginPolicy, clock: Clock, waits: Waits) -> APIRouter:
    """``WS /api/rooms/{interview}/voice``."""
    routes = APIRouter()

    @routes.websocket("/api/rooms/{interview}/voice")
    async def voice(socket: WebSocket, interview: InterviewId) -> None:
        if not await let_in(socket, origins):
            return
        code = await _Connection(socket, interview, media, clock, waits).serve()
        if code is not None:
            await close(socket, code)

    _ = voice
    return routes


class _Connection:
    """One accepted socket."""

    def __init__(
        self,
        socket: WebSocket,
        interview: InterviewId,
        media: SfuMedia,
        clock: Clock,
        waits: Waits,
    ) -> None:
        self._socket = socket
        self._interview = interview
        self._media = media
        self._clock = clock
        self._waits = waits
        self._bucket = TokenBucket(
            per_s=FRAMES_PER_S, burst=FRAMES_BURST, now_s=clock.monotonic_s()
        )

    async def serve(self) -> int | None:
        """Until either side closes; the code to close with, ``None`` if the browser is gone."""
        try:
            voice = await self._greet()
        except Cut as cut:
            return cut.code
        except AppError as refusal:
            return close_code_of(refusal)
        except WebSocketDisconnect:
            return None
        try:
            return await self._converse(voice)
        finally:
            self._media.voice_left(voice)

    async def _greet(self) -> Voice:
        message = await self._receive(self._waits.hello_s)
        hello = parse(_messages, message) if isinstance(message, str) else None
        if not isinstance(hello, VoiceHello):
            raise Cut(CLOSE_INVALID)
        voice = self._media.voice_of(hello.ticket, self._interview)
        _keep_buffers_small(self._socket)
        return voice

    async def _converse(self, voice: Voice) -> int | None:
        """The first of reading and writing to end says how."""
        async with asyncio.TaskGroup() as tasks:
            ways = {
                tasks.create_task(self._ending(lambda: self._read(voice))),
                tasks.create_task(self._ending(lambda: self._write(voice))),
            }
            done, rest = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
        return next(iter(done)).result()

    async def _ending(self, work: Callable[[], Any]) -> int | None:
        try:
            await work()
        except Cut as cut:
            return cut.code
        except (WebSocketDisconnect, RuntimeError, OSError):
            return None
        return None

    async def _read(self, voice: Voice) -> None:
        while True:
            message = await self._receive(self._waits.silence_s)
            if self._bucket.take(self._clock.monotonic_s()) > 0:
                raise Cut(CLOSE_TOO_MUCH)
            if isinstance(message, bytes):
                self._speak(voice, message)
            else:
                self._hear(voice, message)

    def _speak(self, voice: Voice, frame: bytes) -> None:
        try:
            self._media.speak(voice, frame)
        except ValueError:
            raise Cut(CLOSE_INVALID) from None

    def _hear(self, voice: Voice, text: str) -> None:
        pong = parse(_messages, text)
        if not isinstance(pong, VoicePong):
            raise Cut(CLOSE_INVALID)
        voice.told(pong, max(0.0, (self._now_ms() - pong.sent) / 1000))

    async def _receive(self, patience_s: float) -> str | bytes:
        """Raises:
        Cut: nothing came in time, or it is too large.
        WebSocketDisconnect: the browser is gone.
        """
        try:
            async with asyncio.timeout(patience_s):
                event = await self._socket.receive()
        except TimeoutError:
            raise Cut(CLOSE_SILENT) from None
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1006))
        text: str | None = event.get("text")
        message: str | bytes = text if text is not None else event.get("bytes") or b""
        if len(message) > (FRAME_BYTES_MAX if text is None else TEXT_BYTES_MAX):
            raise Cut(CLOSE_TOO_LARGE)
        return message

    async def _write(self, voice: Voice) -> None:
        ping_s = self._clock.monotonic_s()
        while voice.close_code is None:
            now_s = self._clock.monotonic_s()
            if now_s >= ping_s:
                ping_s = now_s + self._waits.ping_s
                await self._send(self._ping(voice))
            elif (frame := voice.next_frame(now_s)) is not None:
                await self._send(frame)
            else:
                voice.news.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(ping_s - now_s):
                        await voice.news.wait()
        raise Cut(voice.close_code)

    def _ping(self, voice: Voice) -> str:
        trip_s = voice.round_trip_s
        ping = VoicePing(
            sent=self._now_ms(),
            round_trip_ms=round(trip_s * 1000) if trip_s is not None else None,
            taken=voice.totals.taken,
            late=voice.totals.late,
        )
        return ping.model_dump_json()

    async def _send(self, message: str | bytes) -> None:
        await send(self._socket, message, within_s=self._waits.send_s)

    def _now_ms(self) -> int:
        return round(self._clock.monotonic_s() * 1000)


def _keep_buffers_small(socket: WebSocket) -> None:
    """Where the server does not lend its transport, frames wait in its buffers and the browser drops the late ones."""
    lent = socket.scope.get("extensions", {}).get(CONNECTION)
    if lent is None:
        return
    transport: asyncio.Transport = lent["lent"].transport
    transport.set_write_buffer_limits(high=BUFFER_BYTES_MAX)
    connection = transport.get_extra_info("socket")
    with suppress(OSError, AttributeError):  # behind the port for HTTPS and media it is no TCP
        option = sockets.TCP_NOTSENT_LOWAT
        connection.setsockopt(sockets.IPPROTO_TCP, option, UNSENT_BYTES_MAX)
