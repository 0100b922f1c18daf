"""The port for ephemeral fan-out: at most once, no memory, for hints that something changed."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

MESSAGE_BYTES_MAX = 64 << 10
QUEUE_MESSAGES_MAX = 1024


class PubSub(Protocol):
    """A subscriber sees what is published after it subscribed; one that lags loses the oldest."""

    async def publish(self, channel: str, message: bytes) -> None:
        """Raises:
        LimitExceeded: the message is larger than ``MESSAGE_BYTES_MAX``.
        """
        ...

    def subscribe(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Subscribed from the moment the context is entered; left with it."""
        ...
