"""Numbered delivery over sockets that drop: each message once and in order, in both directions.

Knows bodies only as text, and neither sockets nor tasks: the shell asks for the next frame when it can send one
(level-triggered, so a slow socket costs nothing but its own place in the queue).
"""

import secrets
from collections import deque
from dataclasses import dataclass

from vivavoce.kernel.errors import Invalid, LimitExceeded

OUTBOX_MESSAGES_MAX = 2048  # unacknowledged; a minute of a lively room several times over
OUTBOX_BYTES_MAX = 1 << 20


class OutOfOrder(Invalid):
    """The peer skipped a number or acknowledged one that was never sent."""

    code = "out_of_order"


class OutboxFull(LimitExceeded):
    """The peer took too little for too long; the conversation cannot be resumed."""

    code = "outbox_full"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A body and its number."""

    seq: int
    body: str


class Outbox:
    """What the peer has not acknowledged, and how far the current socket got in it."""

    def __init__(
        self, *, messages_max: int = OUTBOX_MESSAGES_MAX, bytes_max: int = OUTBOX_BYTES_MAX
    ) -> None:
        self._kept: deque[Numbered] = deque()
        self._kept_bytes = 0
        self._acknowledged = 0
        self._sent = 0
        self._messages_max = messages_max
        self._bytes_max = bytes_max

    @property
    def last(self) -> int:
        """The highest number given out."""
        return self._acknowledged + len(self._kept)

    def append(self, body: str) -> None:
        """Number and keep ``body`` until it is acknowledged.

        Raises:
            OutboxFull: a limit is reached; nothing was kept.
        """
        size = len(body.encode())
        if len(self._kept) >= self._messages_max or self._kept_bytes + size > self._bytes_max:
            raise OutboxFull("Too much is waiting for this connection.")
        self._kept.append(Numbered(self.last + 1, body))
        self._kept_bytes += size

    def next(self) -> Numbered | None:
        """The next message that the current socket was not given."""
        if self._sent >= self.last:
            return None
        self._sent += 1
        return self._kept[self._sent - self._acknowledged - 1]

    def acknowledge(self, seq: int) -> None:
        """Forget what the peer has; an older acknowledgement changes nothing.

        Raises:
            OutOfOrder: ``seq`` was never given out.
        """
        if seq > self.last:
            raise OutOfOrder("The connection lost count. It is opened anew.")
        while self._acknowledged < seq:
            self._kept_bytes -= len(self._kept.popleft().body.encode())
            self._acknowledged += 1
        self._sent = max(self._sent, self._acknowledged)

    def can_rewind(self, seen: int) -> bool:
        """Whether everything after ``seen`` is still kept."""
        return self._acknowledged <= seen <= self.last

    def rewind(self, seen: int) -> None:
        """A new socket: the peer has everything up to ``seen`` and wants the rest.

        Raises:
            OutOfOrder: ``seen`` cannot be taken up.
        """
        if not self.can_rewind(seen):
            raise OutOfOrder("The connection cannot be taken up where it stopped.")
        self.acknowledge(seen)
        self._sent = seen


class Inbox:
    """How far the peer's messages have been received."""

    def __init__(self) -> None:
        self.seen = 0

    def accept(self, seq: int) -> bool:
        """Whether the message is new; ``False`` for one that was sent again.

        Raises:
            OutOfOrder: a number was skipped.
        """
        if seq > self.seen + 1:
            raise OutOfOrder("The connection lost count. It is opened anew.")
        is_new = seq == self.seen + 1
        self.seen += is_new
        return is_new


class Conversation:
    """Both directions with one peer, named by a token that only the two know."""

    def __init__(
        self,
        token: str,
        *,
        messages_max: int = OUTBOX_MESSAGES_MAX,
        bytes_max: int = OUTBOX_BYTES_MAX,
    ) -> None:
        self.token = token
        self.is_lost = False
        self.inbox = Inbox()
        self.outbox = Outbox(messages_max=messages_max, bytes_max=bytes_max)

    def append(self, body: str) -> bool:
        """Queue a message; ``False`` if there is no room, and then the conversation is lost for good."""
        try:
            self.outbox.append(body)
        except OutboxFull:
            self.is_lost = True
        return not self.is_lost

    def can_resume(self, token: str, seen: int) -> bool:
        """Whether a new socket with this token can go on after ``seen``."""
        is_same = secrets.compare_digest(self.token.encode(), token.encode())
        return is_same and not self.is_lost and self.outbox.can_rewind(seen)

    def next_frame(self) -> str | None:
        """The next envelope for the current socket, with the newest acknowledgement."""
        message = self.outbox.next()
        return envelope(message.body, seq=message.seq, ack=self.inbox.seen) if message else None

    def bare_frame(self, body: str) -> str:
        """An envelope that belongs to this socket only."""
        return envelope(body, seq=0, ack=self.inbox.seen)


def envelope(body: str, *, seq: int, ack: int) -> str:
    """A frame around ``body``, which is JSON already: a broadcast is encoded once, not once a receiver."""
    return f'{{"seq":{seq},"ack":{ack},"body":{body}}}'
