"""The tables, and how a database gets them. A collection has a table of its own, made when it is first used."""

import re
import sqlite3

from vivavoce.kernel.documents import Collection
from vivavoce.kernel.errors import Unavailable

SCHEMA_VERSION = 1

_OUTBOX = """
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE undelivered (
    consumers TEXT NOT NULL,
    key TEXT NOT NULL,
    seq INTEGER NOT NULL REFERENCES outbox,
    PRIMARY KEY (consumers, key, seq)
) WITHOUT ROWID;
CREATE INDEX undelivered_seq ON undelivered (seq);
"""
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables of a new database; leave one of this version as it is.

    Raises:
        Unavailable: a newer Vivavoce wrote it.
    """
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        connection.execute("ROLLBACK")
        raise Unavailable("A newer version of Vivavoce wrote this database. Start that version.")
    if version == 0:
        for statement in filter(str.strip, _OUTBOX.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    connection.execute("COMMIT")


def table_of(collection: Collection) -> str:
    """The quoted name of the collection's table."""
    return f'"docs.{_checked(collection.name)}"'


def field_of(index: str) -> str:
    """The SQL expression of an indexed field; the index and the query must spell it alike."""
    return f"json_extract(body, '$.{_checked(index)}')"


def prepare_collection(connection: sqlite3.Connection, collection: Collection) -> None:
    """Make the table and the indexes that are missing; an index added later covers what is stored already."""
    table = table_of(collection)
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {table}"
        " (id TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID"
    )
    for index in sorted(collection.indexes):
        name = f'"docs.{collection.name}:{index}"'
        connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({field_of(index)}, id)")


def _checked(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"not a name for a collection or index: {name}")
    return name
