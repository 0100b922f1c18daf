"""Once and in order, whatever the sockets do."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivavoce.services.signaling.conversation import (
    Conversation,
    Inbox,
    Numbered,
    Outbox,
    OutboxFull,
    OutOfOrder,
)


def bodies(outbox: Outbox) -> list[str]:
    taken: list[str] = []
    while (message := outbox.next()) is not None:
        taken.append(message.body)
    return taken


def test_messages_are_numbered_from_one() -> None:
    outbox = Outbox()
    outbox.append("a")
    outbox.append("b")
    assert [outbox.next(), outbox.next(), outbox.next()] == [
        Numbered(1, "a"),
        Numbered(2, "b"),
        None,
    ]


def test_a_new_socket_gets_exactly_what_the_peer_has_not_seen() -> None:
    outbox = Outbox()
    for body in "abcd":
        outbox.append(body)
    assert bodies(outbox) == ["a", "b", "c", "d"]
    outbox.rewind(2)
    outbox.append("e")
    assert bodies(outbox) == ["c", "d", "e"]


def test_what_is_acknowledged_is_gone() -> None:
    outbox = Outbox()
    for body in "abc":
        outbox.append(body)
    outbox.acknowledge(2)
    assert not outbox.can_rewind(1)
    with pytest.raises(OutOfOrder):
        outbox.rewind(1)
    outbox.rewind(2)
    assert bodies(outbox) == ["c"]


def test_an_older_acknowledgement_changes_nothing() -> None:
    outbox = Outbox()
    for body in "abc":
        outbox.append(body)
    outbox.acknowledge(2)
    outbox.acknowledge(1)
    assert bodies(outbox) == ["c"]


@pytest.mark.parametrize("method", ["acknowledge", "rewind"])
def test_what_was_never_sent_cannot_have_been_seen(method: str) -> None:
    outbox = Outbox()
    outbox.append("a")
    with pytest.raises(OutOfOrder):
        getattr(outbox, method)(2)


def test_the_number_of_kept_messages_is_bounded_and_acknowledging_makes_room() -> None:
    outbox = Outbox(messages_max=2)
    outbox.append("a")
    outbox.append("b")
    with pytest.raises(OutboxFull):
        outbox.append("c")
    outbox.acknowledge(1)
    outbox.append("c")
    assert outbox.last == 3


def test_kept_bytes_are_bounded_in_utf8() -> None:
    outbox = Outbox(bytes_max=8)
    outbox.append("äöü")
    with pytest.raises(OutboxFull):
        outbox.append("äö")
    outbox.append("ä")
    outbox.acknowledge(2)
    outbox.append("x" * 8)


def test_an_inbox_takes_each_number_once_and_no_gap() -> None:
    inbox = Inbox()
    assert [inbox.accept(seq) for seq in (1, 2, 1, 2, 3)] == [True, True, False, False, True]
    with pytest.raises(OutOfOrder):
        inbox.accept(5)
    assert inbox.seen == 3


def test_an_overflow_ends_the_conversation_for_good() -> None:
    conversation = Conversation("token", messages_max=1)
    assert conversation.append("a")
    assert conversation.can_resume("token", 0)
    assert not conversation.append("b")
    conversation.outbox.acknowledge(1)
    assert not conversation.append("c"), "the peer would miss b without noticing"
    assert not conversation.can_resume("token", 1)


@pytest.mark.parametrize("token", ["", "other", "tokén"])
def test_only_the_token_resumes(token: str) -> None:
    assert not Conversation("token").can_resume(token, 0)


class Peer:
    """One end as server and browser both have it, over the real outbox and inbox."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.inbox = Inbox()
        self.delivered: list[str] = []
        self.wire: deque[tuple[int, int, str]] = deque()

    def say(self, body: str) -> None:
        self.outbox.append(body)

    def write(self) -> None:
        """Put one message on the wire."""
        message = self.outbox.next()
        if message is not None:
            self.wire.append((message.seq, self.inbox.seen, message.body))

    def read(self, other: "Peer") -> None:
        """Take one from the other's wire."""
        if not other.wire:
            return
        seq, ack, body = other.wire.popleft()
        self.outbox.acknowledge(ack)
        if self.inbox.accept(seq):
            self.delivered.append(body)


class Link:
    """Two peers and a connection that can drop."""

    def __init__(self) -> None:
        self.peers = {"a": Peer(), "b": Peer()}
        self.said: dict[str, list[str]] = {"a": [], "b": []}

    def perform(self, step: str) -> None:
        verb, _, name = step.partition(" ")
        match verb:
            case "say":
                self.said[name].append(f"{name}{len(self.said[name])}")
                self.peers[name].say(self.said[name][-1])
            case "write":
                self.peers[name].write()
            case "read":
                self.peers[name].read(self.other(name))
            case _:
                self.reconnect()

    def other(self, name: str) -> Peer:
        return self.peers["b" if name == "a" else "a"]

    def reconnect(self) -> None:
        """Everything on the wire is lost; hello and resumed tell each side what the other has."""
        for name, peer in self.peers.items():
            peer.wire.clear()
            peer.outbox.rewind(self.other(name).inbox.seen)

    def check_order(self) -> None:
        for name in self.peers:
            delivered = self.other(name).delivered
            assert delivered == self.said[name][: len(delivered)]


STEPS = st.lists(
    st.sampled_from(["say a", "say b", "write a", "write b", "read a", "read b", "drop"]),
    max_size=300,
)


@settings(max_examples=500, deadline=None)
@given(steps=STEPS)
def test_both_directions_deliver_once_and_in_order_across_any_drops(steps: list[str]) -> None:
    link = Link()
    for step in steps:
        link.perform(step)
        link.check_order()
    link.reconnect()
    for _ in range(len(steps) + 1):
        for step in ("write a", "write b", "read a", "read b"):
            link.perform(step)
    assert link.peers["b"].delivered == link.said["a"]
    assert link.peers["a"].delivered == link.said["b"]
