"""A room's decisions: what happened and when go in, what to do comes out. Knows no socket, task or clock.

Rules: authority is the member's role and the interview's state, never an id in a message; a member gets nothing
numbered before their welcome, and the welcome is the room as it is at that moment.
"""

from collections.abc import Iterator
from typing import Literal, assert_never

from vivavoce.contracts.events import ParticipantJoined, ParticipantLeft
from vivavoce.contracts.interviews import InterviewView
from vivavoce.contracts.messages import (
    Error,
    InterviewChanged,
    Joined,
    JoinVoice,
    Leave,
    Left,
    Mute,
    Offer,
    Remove,
    Rest,
    SendChat,
    SetTracks,
    View,
    Welcome,
)
from vivavoce.contracts.rights import Action, InterviewState, may
from vivavoce.contracts.sockets import CLOSE_ENDED, CLOSE_FORBIDDEN, CLOSE_TOO_MUCH
from vivavoce.kernel.errors import AppError, Invalid
from vivavoce.services.signaling import floor
from vivavoce.services.signaling.chat import ChatHistory
from vivavoce.services.signaling.connections import Connections
from vivavoce.services.signaling.effects import (
    CloseMedia,
    CloseRoom,
    Dismiss,
    Effect,
    Greet,
    KeepRemoval,
    LeaveMedia,
    OpenMedia,
    Publish,
    Send,
)
from vivavoce.services.signaling.inputs import (
    Arrived,
    Asked,
    Dropped,
    Input,
    InterviewMoved,
    Kept,
    MediaAnswered,
    MediaMeasured,
    MediaRefused,
    MediaReported,
    Moment,
    Returned,
    Tick,
    VoiceSeated,
)
from vivavoce.services.signaling.member import MediaState, Member, allowed_tracks
from vivavoce.services.signaling.roster import RoomFull, Roster
from vivavoce.services.signaling.sessions import Sessions

EMPTY_ROOM_S = 300.0  # an empty room is forgotten after this; its chat is in the store
CLOSE_NORMAL = 1000

_WHEN_ENDED = "This interview has ended."
_WHEN_REMOVED = "The interviewer took you out of this interview."


class Room:
    """One interview's live room."""

    def __init__(self, view: InterviewView, kept: Kept) -> None:
        self._roster = Roster(view)
        self._chat = ChatHistory(kept.chat, count=kept.chat_count)
        self._sessions = Sessions(self._roster, self._greet)
        self._connections = Connections(self._roster)
        self._removed = set(kept.removed)
        self._empty_since_s: float | None = None
        self._is_media_open = False
        self._is_closed = False

    def handle(self, event: Input, now: Moment) -> list[Effect]:
        """What follows from ``event``; the effects are to be performed in order."""
        if self._is_closed:
            return []
        effects = list(self._decide(event, now))
        self._note_emptiness(now)
        self._connections.follow(now)
        return effects

    def deadline_s(self) -> float | None:
        """When a ``Tick`` is due next, in monotonic seconds."""
        deadlines = [member.deadline_s() for member in self._roster.members.values()]
        deadlines.append(self._connections.deadline_s())
        if self._empty_since_s is not None:
            deadlines.append(self._empty_since_s + EMPTY_ROOM_S)
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def _decide(self, event: Input, now: Moment) -> Iterator[Effect]:
        match event:
            case Arrived():
                yield from self._arrive(event, now)
            case Returned():
                yield from self._return(event)
            case Dropped():
                yield from self._drop(event, now)
            case Asked():
                yield from self._ask(event, now)
            case (
                MediaAnswered() | VoiceSeated() | MediaRefused() | MediaReported() | MediaMeasured()
            ):
                yield from self._hear_media(event, now)
            case InterviewMoved():
                yield from self._move(event.view)
            case Tick():
                yield from self._tick(now)
            case _:
                assert_never(event)

    def _hear_media(
        self,
        event: MediaAnswered | VoiceSeated | MediaRefused | MediaReported | MediaMeasured,
        now: Moment,
    ) -> Iterator[Effect]:
        match event:
            case MediaAnswered():
                yield from self._sessions.answered(event, now)
            case VoiceSeated():
                yield from self._sessions.seated(event)
            case MediaRefused():
                yield from self._sessions.refused(event, now)
            case MediaReported():
                yield from self._sessions.reported(event.event, now)
            case MediaMeasured():
                yield from self._connections.measured(event.figures)
            case _:
                assert_never(event)

    # --- coming ---------------------------------------------------------------------------------

    def _arrive(self, event: Arrived, now: Moment) -> Iterator[Effect]:
        who = event.who
        if (refusal := self._refusal(event)) is not None:
            yield refusal
            return
        try:
            member = self._roster.members.get(who.participant) or self._roster.admit(event, now)
        except RoomFull as full:
            error = Error(code=full.code, message=full.message)
            yield Dismiss(who.participant, CLOSE_TOO_MUCH, error)
            return
        member.name, member.role, member.resume_token = who.name, who.role, event.resume_token
        member.has_socket, member.greeted = True, False
        if event.tracks is not None:
            member.tracks = allowed_tracks(event.tracks, member.role, self._roster.state)
        yield from self._roster.show(member)
        if not self._is_media_open:
            self._is_media_open = True
            yield OpenMedia()
        if event.offer is None:
            yield from self._greet(member, None, None, now)
        else:
            yield from self._sessions.join_with_hello(member, event.offer)

    def _refusal(self, event: Arrived) -> Dismiss | None:
        who = event.who
        if who.participant in self._removed:
            error = Error(code="removed", message=_WHEN_REMOVED)
            return Dismiss(who.participant, CLOSE_FORBIDDEN, error)
        if not may(who.role, Action.JOIN, self._roster.state):
            error = Error(code="interview_ended", message=_WHEN_ENDED)
            return Dismiss(who.participant, CLOSE_ENDED, error)
        return None

    def _greet(
        self, member: Member, answer: str | None, media_error: str | None, now: Moment
    ) -> Iterator[Effect]:
        is_new, member.announced, member.greeted = not member.announced, True, True
        if is_new:
            member.shown = member.public()
        yield Greet(member.id, self._welcome(member, answer, media_error, now))
        yield from self._sessions.remind(member)
        if not is_new:
            return
        yield from self._roster.tell(Joined(participant=member.public()), but=member.id)
        yield Publish(
            ParticipantJoined(
                interview=self._roster.view.id,
                participant=member.id,
                role=member.role,
                name=member.name,
            )
        )

    def _welcome(
        self, member: Member, answer: str | None, media_error: str | None, now: Moment
    ) -> Welcome:
        return Welcome(
            you=member.id,
            rights=self._roster.rights(member.role),
            interview=self._roster.info(),
            participants=[m.public() for m in self._roster.members.values() if m.announced],
            slots=member.slot_states(),
            chat=self._chat.lines(),
            answer=answer,
            media_error=media_error,
            offer_needed=member.media is MediaState.NONE,
            resume_token=member.resume_token,
            server_time=now.at,
        )

    def _return(self, event: Returned) -> Iterator[Effect]:
        member = self._roster.members.get(event.participant)
        if member is not None:
            member.has_socket = True
            yield from self._roster.show(member)

    # --- going ----------------------------------------------------------------------------------

    def _drop(self, event: Dropped, now: Moment) -> Iterator[Effect]:
        member = self._roster.members.get(event.participant)
        if member is None:
            return
        member.has_socket, member.socket_lost_s = False, now.monotonic_s
        yield from self._roster.show(member)

    def _tick(self, now: Moment) -> Iterator[Effect]:
        for member in list(self._roster.members.values()):
            deadline_s = member.deadline_s()
            if deadline_s is not None and deadline_s <= now.monotonic_s:
                yield from self._depart(member, "lost", CLOSE_NORMAL)
        yield from self._connections.tick(now)
        empty_s = self._empty_since_s
        if empty_s is not None and now.monotonic_s >= empty_s + EMPTY_ROOM_S:
            yield from self._close()

    def _move(self, view: InterviewView) -> Iterator[Effect]:
        if view == self._roster.view:
            return
        self._roster.view = view
        for member in self._roster.members.values():
            if member.greeted:
                rights = self._roster.rights(member.role)
                message = InterviewChanged(interview=self._roster.info(), rights=rights)
                yield Send((member.id,), message)
        if view.state is InterviewState.ENDED:
            yield from self._end()

    def _end(self) -> Iterator[Effect]:
        for member in list(self._roster.members.values()):
            del self._roster.members[member.id]
            yield Dismiss(member.id, CLOSE_ENDED)
            yield from self._publish_left(member, "ended")
        yield from self._close()

    def _depart(
        self, member: Member, reason: Literal["left", "removed", "lost"], code: int
    ) -> Iterator[Effect]:
        if member.announced:
            yield from self._roster.tell(Left(participant=member.id, reason=reason))
        del self._roster.members[member.id]
        yield LeaveMedia(member.id)
        yield Dismiss(member.id, code)
        yield from self._publish_left(member, reason)

    def _publish_left(
        self, member: Member, reason: Literal["left", "removed", "lost", "ended"]
    ) -> Iterator[Effect]:
        if member.announced:
            interview = self._roster.view.id
            yield Publish(
                ParticipantLeft(interview=interview, participant=member.id, reason=reason)
            )

    def _close(self) -> Iterator[Effect]:
        self._is_closed = True
        yield CloseMedia()
        yield CloseRoom()

    def _note_emptiness(self, now: Moment) -> None:
        if self._roster.members:
            self._empty_since_s = None
        elif self._empty_since_s is None:
            self._empty_since_s = now.monotonic_s

    # --- asking ---------------------------------------------------------------------------------

    def _ask(self, event: Asked, now: Moment) -> Iterator[Effect]:
        member = self._roster.members.get(event.participant)
        if member is None or not member.greeted:
            return  # it raced with its sender's removal
        try:
            yield from self._obey(member, event, now)
        except AppError as refusal:
            error = Error(code=refusal.code, message=refusal.message, about=event.seq)
            yield Send((member.id,), error)

    def _obey(self, member: Member, event: Asked, now: Moment) -> Iterator[Effect]:
        match event.request:
            case Offer() as offer:
                self._roster.demand(member.role, Action.SEE_AND_HEAR)
                yield from self._sessions.offered(member, event, offer)
            case JoinVoice() as wish:
                self._roster.demand(member.role, Action.SEE_AND_HEAR)
                yield from self._sessions.voice_wanted(member, event, wish)
            case SetTracks() as wish:
                yield from floor.set_tracks(self._roster, member, wish)
            case Rest() as word:
                yield from floor.rest(self._roster, member, word)
            case View() as view:
                yield from floor.look(self._roster, member, view)
            case SendChat() as message:
                yield from floor.send_chat(self._roster, self._chat, member, message, now)
            case Mute() as order:
                yield from floor.mute(self._roster, member, order)
            case Remove() as order:
                yield from self._remove(member, order)
            case Leave():
                yield from self._depart(member, "left", CLOSE_NORMAL)
            case _:
                assert_never(event.request)

    def _remove(self, member: Member, order: Remove) -> Iterator[Effect]:
        self._roster.demand(member.role, Action.REMOVE_OTHERS)
        target = self._roster.other(order.participant)
        if target is member:
            raise Invalid("To go yourself, leave the room.")
        self._removed.add(target.id)
        yield KeepRemoval(target.id)
        yield from self._depart(target, "removed", CLOSE_FORBIDDEN)
