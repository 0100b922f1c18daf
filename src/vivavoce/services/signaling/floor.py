"""Who is seen, heard and read: switches, moderation, chat. Each function demands the right, then decides."""

from collections.abc import Iterator

from vivavoce.contracts.media import VideoLimit
from vivavoce.contracts.messages import (
    Chat,
    ChatLine,
    Mute,
    Muted,
    Rest,
    SendChat,
    SetTracks,
    Tracks,
    View,
)
from vivavoce.contracts.rights import Action
from vivavoce.kernel.errors import Invalid
from vivavoce.services.signaling.chat import ChatHistory
from vivavoce.services.signaling.effects import Effect, KeepChat, Send, SetForwarding, SetView
from vivavoce.services.signaling.inputs import Moment
from vivavoce.services.signaling.member import (
    RIGHT_OF_SWITCH,
    SOURCES_OF_SWITCH,
    Member,
    switch_of,
)
from vivavoce.services.signaling.roster import Roster


def set_tracks(roster: Roster, member: Member, wish: SetTracks) -> Iterator[Effect]:
    """The sender's own switches."""
    for switch, right in RIGHT_OF_SWITCH.items():
        if getattr(wish.tracks, switch):
            roster.demand(member.role, right)
    yield from _switch(roster, member, Tracks(**wish.tracks.model_dump()))


def rest(roster: Roster, member: Member, word: Rest) -> Iterator[Effect]:
    """The sender's word on what its own network carries."""
    roster.demand(member.role, Action.SPEAK)
    member.rests = word.rests
    yield from roster.show(member)


def look(roster: Roster, member: Member, view: View) -> Iterator[Effect]:
    """What the sender looks at, and how large."""
    roster.demand(member.role, Action.SEE_AND_HEAR)
    sizes = {tile.mid: (tile.width, tile.height) for tile in view.tiles}
    yield SetView(member.id, sizes, VideoLimit.ALL if view.video else VideoLimit.NONE)


def mute(roster: Roster, member: Member, order: Mute) -> Iterator[Effect]:
    """Somebody's switch, off."""
    roster.demand(member.role, Action.MUTE_OTHERS)
    target = roster.other(order.participant)
    switch = switch_of(order.source)
    if not getattr(target.tracks, switch):
        return
    yield from _switch(roster, target, target.tracks.model_copy(update={switch: False}))
    if target.greeted:
        yield Send((target.id,), Muted(source=order.source, by=member.id))


def _switch(roster: Roster, member: Member, tracks: Tracks) -> Iterator[Effect]:
    before, member.tracks = member.tracks, tracks
    for switch, sources in SOURCES_OF_SWITCH.items():
        is_on = bool(getattr(tracks, switch))
        if is_on != getattr(before, switch):
            for source in sources:
                yield SetForwarding(member.id, source, forward=is_on)
    yield from roster.show(member)


def send_chat(
    roster: Roster, chat: ChatHistory, member: Member, message: SendChat, now: Moment
) -> Iterator[Effect]:
    """A line to everybody, the sender included."""
    roster.demand(member.role, Action.WRITE_CHAT)
    if not message.text.strip():
        raise Invalid("Write something first.")
    line_id = f"{member.id}/{message.id}"
    if line_id in chat:
        return
    line = ChatLine(
        id=line_id, participant=member.id, name=member.name, text=message.text, at=now.at
    )
    chat.add(line)
    yield KeepChat(line)
    yield from roster.tell(Chat(line=line))
