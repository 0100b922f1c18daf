"""The port for facts: what happened is published once and delivered at least once to every group."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from vivavoce.kernel.clock import Millis
from vivavoce.kernel.ids import EventId


@dataclass(frozen=True, slots=True)
class Event:
    """One fact, as it travels.

    ``type`` is a past-tense name such as ``interview.started``; events with one ``key`` (an
    interview's id, most often) are delivered in the order they were published. ``body`` is plain JSON.
    """

    id: EventId
    type: str
    key: str
    at: Millis
    body: dict[str, Any]


Handler = Callable[[Event], Awaitable[None]]


class EventBus(Protocol):
    """At least once, ordered per key, once per consumer group; handlers are idempotent.

    A handler that raises is called again with the same event after a growing pause; the events of the
    same key wait behind it, other keys go on.
    """

    async def publish(self, event: Event) -> None:
        """Accept the event; on return it survives as the adapter promises."""
        ...

    def subscribe(self, group: str, types: frozenset[str], handler: Handler) -> None:
        """Deliver every event of these types to ``handler``, once per ``group``. Call before start.

        A group may have several handlers, each for types of its own; it gets what is published from its first
        subscription on, over restarts too.

        Raises:
            ValueError: the group already handles one of the types.
            RuntimeError: delivery has begun.
        """
        ...

    async def start(self) -> None:
        """Begin delivery, first of what an earlier process left undelivered."""
        ...

    async def close(self) -> None:
        """Stop delivery; what was accepted and not delivered is kept, where the adapter is durable."""
        ...
