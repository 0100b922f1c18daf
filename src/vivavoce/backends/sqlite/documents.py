# ruff: noqa: S608  (names of tables and fields come from our own code and are checked by schema.py; values are bound)
"""Documents as rows of JSON text, one table a collection; events of a write go into the outbox with it."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from vivavoce.backends.bodies import check_find, decode_body, encode_body
from vivavoce.backends.sqlite.outbox import OutboxBus
from vivavoce.backends.sqlite.schema import field_of, prepare_collection, table_of
from vivavoce.backends.sqlite.threads import Readers, Writer
from vivavoce.kernel.documents import Collection, Document, VersionConflict
from vivavoce.kernel.events import Event

R = TypeVar("R")


class SqliteDocuments:
    """The ``Documents`` port on one database file."""

    def __init__(self, writer: Writer, readers: Readers, bus: OutboxBus) -> None:
        self._writer = writer
        self._readers = readers
        self._bus = bus
        self._prepared: set[Collection] = set()

    async def get(self, collection: Collection, id: str) -> Document | None:
        await self._prepare(collection)
        query = f"SELECT id, version, body FROM {table_of(collection)} WHERE id = ?"
        rows = await self._readers.read(partial(_rows, query, [id]))
        return _document(rows[0]) if rows else None

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
        await self._prepare(collection)
        change = partial(_store, table_of(collection), id, text, expected_version)
        await self._write(change, events)
        return Document(id, expected_version + 1, decode_body(text))

    async def find(
        self,
        collection: Collection,
        where: Mapping[str, str],
        *,
        limit: int = 100,
        after: str | None = None,
    ) -> list[Document]:
        check_find(collection, where, limit)
        await self._prepare(collection)
        conditions = ["id > ?", *(f"{field_of(field)} = ?" for field in where)]
        query = (
            f"SELECT id, version, body FROM {table_of(collection)}"
            f" WHERE {' AND '.join(conditions)} ORDER BY id LIMIT ?"
        )
        values = [after or "", *where.values(), limit]
        rows = await self._readers.read(partial(_rows, query, values))
        return [_document(row) for row in rows]

    async def delete(
        self,
        collection: Collection,
        id: str,
        *,
        expected_version: int,
        events: Sequence[Event] = (),
    ) -> None:
        await self._prepare(collection)
        await self._write(partial(_remove, table_of(collection), id, expected_version), events)

    async def _write(
        self, change: Callable[[sqlite3.Connection], None], events: Sequence[Event]
    ) -> None:
        outgoing = self._bus.outgoing(events)

        def work(connection: sqlite3.Connection) -> list[int]:
            change(connection)
            return outgoing.store(connection)

        await self._writer.write(work, committed=outgoing.wake)

    async def _prepare(self, collection: Collection) -> None:
        if collection in self._prepared:
            return
        await self._writer.write(partial(prepare_collection, collection=collection))
        self._prepared.add(collection)


def _rows(query: str, values: Sequence[Any], connection: sqlite3.Connection) -> list[Any]:
    return connection.execute(query, values).fetchall()


def _document(row: tuple[str, int, str]) -> Document:
    key, version, text = row
    return Document(key, version, decode_body(text))


def _store(
    table: str, id: str, text: str, expected_version: int, connection: sqlite3.Connection
) -> None:
    if expected_version == 0:
        done = connection.execute(
            f"INSERT INTO {table} VALUES (?, 1, ?) ON CONFLICT DO NOTHING", (id, text)
        )
    else:
        done = connection.execute(
            f"UPDATE {table} SET version = version + 1, body = ? WHERE id = ? AND version = ?",
            (text, id, expected_version),
        )
    _check_changed(done)


def _remove(table: str, id: str, expected_version: int, connection: sqlite3.Connection) -> None:
    query = f"DELETE FROM {table} WHERE id = ? AND version = ?"
    _check_changed(connection.execute(query, (id, expected_version)))


def _check_changed(cursor: sqlite3.Cursor) -> None:
    if cursor.rowcount != 1:
        raise VersionConflict("Somebody else changed this at the same moment. Try again.")
