"""A durable event bus inside the database: an event is stored with the write it tells of, and kept until every group handled it.

A kill between commit and delivery loses nothing: the next start delivers what was not acknowledged.
Acknowledgements are written lazily, so an event handled just before a kill is delivered once more.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from vivavoce.backends.delivery import BATCH_EVENTS_MAX, Delivery, Entry
from vivavoce.backends.sqlite.threads import Readers, Writer
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.events import Event, Handler
from vivavoce.kernel.ids import EventId

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Events on their way into the outbox, each with the groups that want it."""

    events: Sequence[tuple[Event, list[str]]]
    delivery: Delivery

    def store(self, connection: sqlite3.Connection) -> list[int]:
        """Part of a write; the events' places in the outbox."""
        return [_insert(connection, event, groups) for event, groups in self.events]

    def wake(self, seqs: list[int]) -> None:
        """After the commit."""
        for seq, (event, groups) in zip(seqs, self.events, strict=True):
            for group in groups:
                self.delivery.wake(group, event.key, seq)


class OutboxBus:
    """The ``EventBus`` port on the outbox table. A group gets what is published after it first subscribed."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers
        self._delivery = Delivery(self)

    async def publish(self, event: Event) -> None:
        outgoing = self.outgoing([event])
        await self._writer.write(outgoing.store, committed=outgoing.wake)

    def outgoing(self, events: Sequence[Event]) -> Outgoing:
        """The events for a write; those that no group wants are left out."""
        wanted = [(event, self._delivery.groups_of(event.type)) for event in events]
        return Outgoing([(event, groups) for event, groups in wanted if groups], self._delivery)

    def subscribe(self, group: str, types: frozenset[str], handler: Handler) -> None:
        self._delivery.subscribe(group, types, handler)

    async def start(self) -> None:
        left = await self._readers.read(_left_by_earlier_process)
        for group, key, seq in left:
            if group in self._delivery.groups:
                self._delivery.wake(group, key, seq)
        if unknown := {group for group, _, _ in left} - self._delivery.groups:
            _log.warning("undelivered events wait for groups that are not here", groups=unknown)
        await self._delivery.start()

    async def close(self) -> None:
        await self._delivery.close()

    async def pending(self, group: str, key: str, *, after: int) -> Sequence[Entry]:
        return await self._readers.read(partial(_pending, group, key, after))

    def acknowledge(self, group: str, seq: int) -> None:
        self._writer.write_lazily(partial(_forget, group, seq))


def _insert(connection: sqlite3.Connection, event: Event, groups: list[str]) -> int:
    seq = connection.execute(
        "INSERT INTO outbox (id, type, key, at, body) VALUES (?, ?, ?, ?, ?)",
        (event.id, event.type, event.key, event.at, json.dumps(event.body, allow_nan=False)),
    ).lastrowid
    assert seq is not None
    connection.executemany(
        "INSERT INTO undelivered (consumers, key, seq) VALUES (?, ?, ?)",
        [(group, event.key, seq) for group in groups],
    )
    return seq


def _left_by_earlier_process(connection: sqlite3.Connection) -> list[tuple[str, str, int]]:
    return connection.execute(
        "SELECT consumers, key, min(seq) FROM undelivered GROUP BY consumers, key ORDER BY 3"
    ).fetchall()


def _pending(group: str, key: str, after: int, connection: sqlite3.Connection) -> list[Entry]:
    rows = connection.execute(
        "SELECT o.seq, o.id, o.type, o.key, o.at, o.body FROM undelivered u JOIN outbox o USING (seq)"
        " WHERE u.consumers = ? AND u.key = ? AND u.seq > ? ORDER BY u.seq LIMIT ?",
        (group, key, after, BATCH_EVENTS_MAX),
    )
    return [
        Entry(seq, Event(EventId(event_id), kind, key, Millis(at), json.loads(body)))
        for seq, event_id, kind, key, at, body in rows
    ]


def _forget(group: str, seq: int, connection: sqlite3.Connection) -> None:
    (key,) = connection.execute("SELECT key FROM outbox WHERE seq = ?", (seq,)).fetchone()
    connection.execute(
        "DELETE FROM undelivered WHERE consumers = ? AND key = ? AND seq = ?", (group, key, seq)
    )
    connection.execute(
        "DELETE FROM outbox WHERE seq = ?1 AND NOT EXISTS"
        " (SELECT 1 FROM undelivered WHERE seq = ?1)",
        (seq,),
    )
