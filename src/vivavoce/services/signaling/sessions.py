"""The room's half of media: which command waits for an answer, and what the media service's reports mean."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from vivavoce.contracts import media
from vivavoce.contracts.messages import (
    Answer,
    Bitrate,
    Codec,
    Error,
    JoinVoice,
    Layers,
    MediaFailed,
    Offer,
    Quality,
    ServerMessage,
    SlotQuality,
    Slots,
    Speakers,
    VoiceJoined,
    VoiceLine,
)
from vivavoce.contracts.rights import Role
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.signaling import effects
from vivavoce.services.signaling.effects import (
    Effect,
    JoinMedia,
    OpenMedia,
    RestartMedia,
    Send,
    SetForwarding,
)
from vivavoce.services.signaling.inputs import (
    Asked,
    MediaAnswered,
    MediaRefused,
    Moment,
    VoiceSeated,
)
from vivavoce.services.signaling.member import SOURCES_OF_SWITCH, MediaState, Member, SendingWish
from vivavoce.services.signaling.roster import Roster

Greeting = Callable[[Member, str | None, str | None, Moment], Iterator[Effect]]
"""Welcomes a member, given the answer, the media error and the time."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """``offer`` is the id of what is answered, null for the offer of a hello, whose answer travels in the welcome of ``resume_token``."""

    participant: ParticipantId
    resume_token: str
    starts_session: bool
    offer: str | None
    seq: int | None


class Sessions:
    """Media sessions are the media service's; here is only what we last heard of them."""

    def __init__(self, roster: Roster, greet: Greeting) -> None:
        self._roster = roster
        self._greet = greet
        self._pending: dict[int, _Pending] = {}
        self._commands = 0
        self._speakers: list[str] = []

    def join_with_hello(self, member: Member, offer: str) -> Iterator[Effect]:
        yield from self._join(member, offer, offer_id=None, seq=None)

    def offered(self, member: Member, asked: Asked, offer: Offer) -> Iterator[Effect]:
        if offer.fresh:
            yield from self._join(member, offer.sdp, offer_id=offer.id, seq=asked.seq)
            return
        command = self._expect(member, starts_session=False, offer_id=offer.id, seq=asked.seq)
        yield RestartMedia(command, member.id, offer.sdp)

    def voice_wanted(self, member: Member, asked: Asked, wish: JoinVoice) -> Iterator[Effect]:
        member.begin_session(MediaState.WAITING, media.MediaPath.WEBSOCKET)
        yield from self._roster.show(member)
        command = self._expect(member, starts_session=True, offer_id=wish.id, seq=asked.seq)
        yield effects.JoinVoice(command, member.id, observer=member.role is Role.OBSERVER)

    def _join(
        self, member: Member, offer: str, *, offer_id: str | None, seq: int | None
    ) -> Iterator[Effect]:
        member.begin_session(MediaState.WAITING)
        yield from self._roster.show(member)
        command = self._expect(member, starts_session=True, offer_id=offer_id, seq=seq)
        yield JoinMedia(command, member.id, offer, observer=member.role is Role.OBSERVER)

    def _expect(
        self, member: Member, *, starts_session: bool, offer_id: str | None, seq: int | None
    ) -> int:
        self._commands += 1
        self._pending[self._commands] = _Pending(
            member.id, member.resume_token, starts_session, offer_id, seq
        )
        return self._commands

    def answered(self, event: MediaAnswered, now: Moment) -> Iterator[Effect]:
        pending, member = self._settle(event.command)
        if member is None:
            return
        if pending.starts_session:
            yield from forwarding(member)
        if pending.offer is None:
            yield from self._greet(member, event.sdp, None, now)
        else:
            yield Send((member.id,), Answer(id=pending.offer, sdp=event.sdp))
            # Told before this answer, it would have been taken for a word about the session before.
            yield from _send(member, member.wishes())

    def seated(self, event: VoiceSeated) -> Iterator[Effect]:
        pending, member = self._settle(event.command)
        if member is None or pending.offer is None:
            return
        yield from forwarding(member)
        lines = [VoiceLine(mid=line.mid, source=line.source) for line in event.seat.lines]
        answer = VoiceJoined(id=pending.offer, ticket=event.seat.ticket, lines=lines)
        yield Send((member.id,), answer)

    def refused(self, event: MediaRefused, now: Moment) -> Iterator[Effect]:
        pending, member = self._settle(event.command)
        if member is None:
            return
        if pending.starts_session or event.code == media.MediaRoomUnknown.code:
            member.media = MediaState.NONE
            yield from self._roster.show(member)
        if pending.offer is None:
            yield from self._greet(member, None, event.message, now)
        else:
            error = Error(code=event.code, message=event.message, about=pending.seq)
            yield Send((member.id,), error)

    def _settle(self, command: int) -> tuple[_Pending, Member | None]:
        """The member, unless they left or began a new conversation meanwhile."""
        pending = self._pending.pop(command)
        member = self._roster.members.get(pending.participant)
        is_same = member is not None and member.resume_token == pending.resume_token
        return pending, member if is_same else None

    def reported(self, event: media.MediaEvent, now: Moment) -> Iterator[Effect]:
        match event:
            case media.Connected():
                yield from self._connection(event.participant, MediaState.FLOWING, now)
            case media.Disconnected():
                yield from self._connection(event.participant, MediaState.LOST, now)
            case media.SlotsChanged():
                yield from self._slots(event)
            case media.SpeakersChanged():
                yield from self._speaking(event)
            case media.SlotQualityChanged():
                yield from self._quality(event)
            case media.LayersWanted() | media.CodecWanted() | media.BitrateWanted():
                yield from self._wanted(event)
            case media.RoomFailed():
                yield from self._failed()
            case media.TrackChanged():
                pass  # the switches say what is meant to flow; recording listens to the media service itself
            case _:
                assert_never(event)

    def _connection(
        self, participant: ParticipantId, state: MediaState, now: Moment
    ) -> Iterator[Effect]:
        member = self._roster.members.get(participant)
        if member is None or member.media is MediaState.NONE:
            return
        member.media = state
        member.media_lost_s = now.monotonic_s
        yield from self._roster.show(member)

    def _slots(self, event: media.SlotsChanged) -> Iterator[Effect]:
        member = self._roster.members.get(event.participant)
        if member is None:
            return
        member.slots = event.slots
        if member.greeted:
            yield Send((member.id,), Slots(slots=member.slot_states()))

    def _quality(self, event: media.SlotQualityChanged) -> Iterator[Effect]:
        member = self._roster.members.get(event.participant)
        if member is None:
            return
        slots = [
            SlotQuality(mid=one.mid, layer=one.layer, reason=one.reason) for one in event.slots
        ]
        member.quality = Quality(slots=slots)
        if member.greeted:
            yield Send((member.id,), member.quality)

    def _wanted(self, event: media.SendingWanted) -> Iterator[Effect]:
        member = self._roster.members.get(event.participant)
        if member is None:
            return
        wish = _wish_of(event)
        member.wish(wish)
        if member.greeted:
            yield Send((member.id,), wish)

    def remind(self, member: Member) -> Iterator[Effect]:
        """What was last told of a session that goes on, to a member whose conversation begins anew."""
        told = (member.quality, *member.wishes())
        yield from _send(member, filter(None, told))

    def _speaking(self, event: media.SpeakersChanged) -> Iterator[Effect]:
        speakers = [str(one) for one, _ in event.levels if one in self._roster.members]
        if speakers != self._speakers:
            self._speakers = speakers
            yield from self._roster.tell(Speakers(participants=speakers))

    def _failed(self) -> Iterator[Effect]:
        for member in self._roster.members.values():
            member.begin_session(MediaState.NONE)
        self._speakers = []
        yield OpenMedia()
        for member in self._roster.members.values():
            yield from self._roster.show(member)
        message = "Audio and video were interrupted by a fault of ours. They are coming back."
        yield from self._roster.tell(MediaFailed(message=message))


def _wish_of(event: media.SendingWanted) -> SendingWish:
    match event:
        case media.LayersWanted():
            return Layers(source=event.source, layers=list(event.layers))
        case media.CodecWanted():
            return Codec(source=event.source, codec=event.codec)
        case media.BitrateWanted():
            return Bitrate(source=event.source, bps=event.bps)


def _send(member: Member, messages: Iterable[ServerMessage]) -> Iterator[Effect]:
    return (Send((member.id,), message) for message in messages)


def forwarding(member: Member) -> Iterator[Effect]:
    """The member's switches, all of them, to the media service."""
    if member.role is Role.OBSERVER:
        return
    for switch, sources in SOURCES_OF_SWITCH.items():
        for source in sources:
            yield SetForwarding(member.id, source, forward=bool(getattr(member.tracks, switch)))
