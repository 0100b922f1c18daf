"""A live room with its sockets: performs what the room decides. Everything here runs on the event loop, without waiting."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import assert_never

import structlog

from vivavoce.contracts.media import Media
from vivavoce.contracts.messages import Hello, Resumed, ServerMessage
from vivavoce.contracts.sockets import CLOSE_REPLACED, CLOSE_TOO_MUCH
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.events import EventBus
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.signaling.conversation import Conversation, envelope
from vivavoce.services.signaling.effects import (
    CloseMedia,
    CloseRoom,
    Dismiss,
    Effect,
    Greet,
    JoinMedia,
    JoinVoice,
    KeepChat,
    KeepRemoval,
    LeaveMedia,
    MeasureMedia,
    OpenMedia,
    Publish,
    RestartMedia,
    Send,
    SetForwarding,
    SetView,
)
from vivavoce.services.signaling.inputs import (
    Arrived,
    Dropped,
    Identity,
    Input,
    Moment,
    Returned,
    Tick,
)
from vivavoce.services.signaling.journal import Journal
from vivavoce.services.signaling.limits import Limits
from vivavoce.services.signaling.mediadesk import MediaDesk
from vivavoce.services.signaling.metrics import Metrics
from vivavoce.services.signaling.outlet import Outlet
from vivavoce.services.signaling.room import Room
from vivavoce.services.signaling.store import RoomStore

CLOSE_FAULT = 1011  # RFC 6455 §7.4.1: an unexpected condition on the server's side

log = structlog.get_logger()


@dataclass(slots=True)
class Seat:
    """A participant's conversation and, while there is one, their socket's outlet."""

    conversation: Conversation
    outlet: Outlet | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every room of this process shares."""

    clock: Clock
    media: Media
    bus: EventBus
    journal: Journal
    store: RoomStore
    limits: Limits
    metrics: Metrics

    def now(self) -> Moment:
        return Moment(self.clock.now(), self.clock.monotonic_s())


class RoomHost:
    """Lives from the first arrival until the room closes."""

    def __init__(
        self,
        interview: InterviewId,
        room: Room,
        around: Surroundings,
        forget: Callable[[InterviewId], None],
    ) -> None:
        self._interview = interview
        self._room = room
        self._around = around
        self._forget = forget
        self._seats: dict[ParticipantId, Seat] = {}
        self._desk = MediaDesk(
            interview, around.media, self.handle, call_s=around.limits.media_call_s
        )
        self._changed = asyncio.Event()
        self._is_closed = False

    async def run(self) -> None:
        """Keep the room's time and its media commands, until it closes."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._desk.run())
            tasks.create_task(self._keep_time())

    async def _keep_time(self) -> None:
        while not self._is_closed:
            self._changed.clear()
            deadline_s = self._room.deadline_s()
            try:
                async with asyncio.timeout(self._until(deadline_s)):
                    await self._changed.wait()
            except TimeoutError:
                self.handle(Tick())

    def _until(self, deadline_s: float | None) -> float | None:
        if deadline_s is None:
            return None
        return max(0.0, deadline_s - self._around.clock.monotonic_s())

    # --- sockets --------------------------------------------------------------------------------

    def enter(self, who: Identity, hello: Hello, outlet: Outlet) -> None:
        """A socket that said hello: its conversation goes on, or a new one begins."""
        seat = self._seats.get(who.participant)
        if seat is not None and seat.outlet is not None:
            seat.outlet.detach()
            seat.outlet.close(CLOSE_REPLACED)
        resume = hello.resume
        if seat and resume and seat.conversation.can_resume(resume.token, resume.seen):
            seat.outlet = outlet
            self._resume(seat, resume.seen, outlet)
            self.handle(Returned(who.participant))
            return
        token = secrets.token_urlsafe(16)
        self._seats[who.participant] = Seat(self._new_conversation(token), outlet)
        self.handle(Arrived(who, token, hello.offer, hello.tracks))

    def _new_conversation(self, token: str) -> Conversation:
        limits = self._around.limits
        return Conversation(
            token, messages_max=limits.outbox_messages_max, bytes_max=limits.outbox_bytes_max
        )

    def _resume(self, seat: Seat, seen: int, outlet: Outlet) -> None:
        seat.conversation.outbox.rewind(seen)
        resumed = Resumed(seen=seat.conversation.inbox.seen)
        outlet.push(seat.conversation.bare_frame(_encode(resumed)))
        outlet.attach(seat.conversation)
        self._around.metrics.resumed.inc()

    def exit(self, participant: ParticipantId, outlet: Outlet) -> None:
        """The socket is gone; nothing happens if another has taken its place."""
        seat = self._seats.get(participant)
        if seat is not None and seat.outlet is outlet:
            seat.outlet = None
            outlet.detach()
            self.handle(Dropped(participant))

    def close_sockets(self, code: int) -> None:
        for seat in self._seats.values():
            if seat.outlet is not None:
                seat.outlet.close(code)

    # --- effects --------------------------------------------------------------------------------

    def handle(self, event: Input) -> None:
        """Let the room decide and do what it says. A bug in either is logged and costs this event only."""
        try:
            for effect in self._room.handle(event, self._around.now()):
                self._perform(effect)
        except Exception:
            self._around.metrics.faults.inc()
            log.exception("room failed", interview=self._interview, input=type(event).__name__)
        self._changed.set()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Send():
                self._send(effect)
            case Greet():
                self._greet(effect)
            case Dismiss():
                self._dismiss(effect)
            case (
                OpenMedia()
                | CloseMedia()
                | JoinMedia()
                | JoinVoice()
                | RestartMedia()
                | LeaveMedia()
                | SetForwarding()
                | SetView()
                | MeasureMedia()
            ):
                self._desk.order(effect)
            case Publish(fact):
                event = fact.event(self._around.clock)
                self._around.journal.add(lambda: self._around.bus.publish(event))
            case KeepChat(line):
                self._write(lambda store, room: store.keep_chat(room, line))
            case KeepRemoval(participant):
                self._write(lambda store, room: store.keep_removal(room, participant))
            case CloseRoom():
                self._is_closed = True
                self._forget(self._interview)
            case _:
                assert_never(effect)

    def _write(self, entry: Callable[[RoomStore, InterviewId], Awaitable[None]]) -> None:
        self._around.journal.add(lambda: entry(self._around.store, self._interview))

    def _send(self, effect: Send) -> None:
        body = _encode(effect.message)
        for participant in effect.to:
            seat = self._seats.get(participant)
            if seat is None:
                continue
            is_kept = seat.conversation.append(body)
            if seat.outlet is not None:
                seat.outlet.wake() if is_kept else seat.outlet.cut(CLOSE_TOO_MUCH)

    def _greet(self, effect: Greet) -> None:
        seat = self._seats.get(effect.participant)
        if seat is None or seat.outlet is None:
            return
        seat.outlet.push(seat.conversation.bare_frame(_encode(effect.welcome)))
        seat.outlet.attach(seat.conversation)
        self._around.metrics.welcomed.inc()

    def _dismiss(self, effect: Dismiss) -> None:
        seat = self._seats.pop(effect.participant, None)
        if seat is None or seat.outlet is None:
            return
        if effect.error is not None:
            seat.outlet.push(envelope(_encode(effect.error), seq=0, ack=0))
        seat.outlet.close(effect.code)


def _encode(message: ServerMessage) -> str:
    return message.model_dump_json()
