"""The ports in this process's memory: all that a test or a single process needs, gone when it ends.

They are used from one event loop; what has no ``await`` in it is atomic, so there are no locks.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from vivavoce.backends.bodies import check_find, decode_body, encode_body
from vivavoce.backends.delivery import BATCH_EVENTS_MAX, Delivery, Entry
from vivavoce.kernel.clock import Clock, Millis
from vivavoce.kernel.documents import Collection, Document, VersionConflict
from vivavoce.kernel.errors import LimitExceeded, Unavailable
from vivavoce.kernel.events import Event, Handler
from vivavoce.kernel.leases import Lease
from vivavoce.kernel.pubsub import MESSAGE_BYTES_MAX, QUEUE_MESSAGES_MAX

EVENTS_PENDING_MAX = 10_000  # beyond it a publish is refused
LEASES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class _Stored:
    version: int
    text: str


class MemoryBus:
    """An event bus whose events die with the process."""

    def __init__(self) -> None:
        self._delivery = Delivery(self)
        self._seq = 0
        self._pending: dict[tuple[str, str], dict[int, Event]] = defaultdict(dict)
        self._keys: dict[tuple[str, int], str] = {}

    async def publish(self, event: Event) -> None:
        """Raises ``Unavailable`` if ``EVENTS_PENDING_MAX`` events wait for handlers."""
        self.accept([event])

    def accept(self, events: Sequence[Event]) -> None:
        """Take all of the events or, at the limit, none."""
        if len(self._keys) + len(events) > EVENTS_PENDING_MAX:
            raise Unavailable("The server is too busy. Try again in a moment.")
        for event in events:
            self._seq += 1
            for group in self._delivery.groups_of(event.type):
                self._pending[group, event.key][self._seq] = event
                self._keys[group, self._seq] = event.key
                self._delivery.wake(group, event.key, self._seq)

    def subscribe(self, group: str, types: frozenset[str], handler: Handler) -> None:
        self._delivery.subscribe(group, types, handler)

    async def start(self) -> None:
        await self._delivery.start()

    async def close(self) -> None:
        await self._delivery.close()

    async def pending(self, group: str, key: str, *, after: int) -> Sequence[Entry]:
        waiting = self._pending.get((group, key), {})
        entries = (Entry(seq, event) for seq, event in waiting.items() if seq > after)
        return list(islice(entries, BATCH_EVENTS_MAX))

    def acknowledge(self, group: str, seq: int) -> None:
        key = self._keys.pop((group, seq))
        waiting = self._pending[group, key]
        del waiting[seq]
        if not waiting:
            del self._pending[group, key]


class MemoryDocuments:
    """Documents in a dictionary. Bodies are kept as JSON text, so that nobody shares a mutable value with the store."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus
        self._stored: dict[str, dict[str, _Stored]] = defaultdict(dict)

    async def get(self, collection: Collection, id: str) -> Document | None:
        stored = self._stored[collection.name].get(id)
        return _document(id, stored) if stored else None

    async def put(
        self,
        collection: Collection,
        id: str,
        body: Mapping[str, Any],
        *,
        expected_version: int,
        events: Sequence[Event] = (),
    ) -> Document:
        text = encode_body(collection, body)
        self._check_version(collection, id, expected_version)
        self._bus.accept(events)
        stored = _Stored(expected_version + 1, text)
        self._stored[collection.name][id] = stored
        return _document(id, stored)

    async def find(
        self,
        collection: Collection,
        where: Mapping[str, str],
        *,
        limit: int = 100,
        after: str | None = None,
    ) -> list[Document]:
        check_find(collection, where, limit)
        candidates = (
            _document(key, stored)
            for key, stored in sorted(self._stored[collection.name].items())
            if after is None or key > after
        )
        return list(islice((found for found in candidates if _matches(found, where)), limit))

    async def delete(
        self,
        collection: Collection,
        id: str,
        *,
        expected_version: int,
        events: Sequence[Event] = (),
    ) -> None:
        self._check_version(collection, id, expected_version)
        if expected_version == 0:
            raise VersionConflict("There is nothing to delete.")
        self._bus.accept(events)
        del self._stored[collection.name][id]

    def _check_version(self, collection: Collection, id: str, expected_version: int) -> None:
        stored = self._stored[collection.name].get(id)
        if (stored.version if stored else 0) != expected_version:
            raise VersionConflict("Somebody else changed this at the same moment. Try again.")


def _document(id: str, stored: _Stored) -> Document:
    return Document(id, stored.version, decode_body(stored.text))


def _matches(document: Document, where: Mapping[str, str]) -> bool:
    return all(document.body.get(field) == value for field, value in where.items())


class MemoryPubSub:
    """Fan-out within the process; each subscriber has a queue of its own."""

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[bytes]]] = defaultdict(set)

    async def publish(self, channel: str, message: bytes) -> None:
        if len(message) > MESSAGE_BYTES_MAX:
            raise LimitExceeded("This message is too large.")
        for queue in self._queues.get(channel, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncGenerator[AsyncIterator[bytes]]:
        queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_MESSAGES_MAX)
        self._queues[channel].add(queue)
        try:
            yield _messages(queue)
        finally:
            self._queues[channel].discard(queue)
            if not self._queues[channel]:
                del self._queues[channel]


async def _messages(queue: "asyncio.Queue[bytes]") -> AsyncGenerator[bytes]:
    while True:
        yield await queue.get()


class MemoryLeases:
    """Leases within the process.

    Fences start from the wall clock, so that they also grow over a restart; expired leases are forgotten.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, Lease] = {}
        self._fence = 0

    async def acquire(self, name: str, holder: str, *, ttl_s: float) -> Lease | None:
        """Raises ``LimitExceeded`` if ``LEASES_MAX`` leases are held."""
        held = self._current(name)
        if held and held.holder != holder:
            return None
        if held is None and len(self._held) >= LEASES_MAX:
            self._forget_expired()
        expires = Millis(self._clock.now() + round(ttl_s * 1000))
        fence = held.fence if held else self._next_fence()
        lease = self._held[name] = Lease(name, holder, fence, expires)
        return lease

    async def holder(self, name: str) -> Lease | None:
        return self._current(name)

    async def release(self, lease: Lease) -> None:
        held = self._current(lease.name)
        if held and held.fence == lease.fence:
            del self._held[lease.name]

    def _current(self, name: str) -> Lease | None:
        lease = self._held.get(name)
        return lease if lease and lease.expires > self._clock.now() else None

    def _next_fence(self) -> int:
        self._fence = max(self._fence + 1, self._clock.now())
        return self._fence

    def _forget_expired(self) -> None:
        now = self._clock.now()
        self._held = {name: lease for name, lease in self._held.items() if lease.expires > now}
        if len(self._held) >= LEASES_MAX:
            raise LimitExceeded("Too many rooms are open on this server.")
