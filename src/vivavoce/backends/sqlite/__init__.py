"""Documents and a durable event bus in one SQLite file: what a single process needs to lose nothing."""

import asyncio
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from vivavoce.backends.sqlite.documents import SqliteDocuments
from vivavoce.backends.sqlite.outbox import OutboxBus
from vivavoce.backends.sqlite.schema import prepare
from vivavoce.backends.sqlite.threads import Readers, Writer, connect
from vivavoce.kernel.errors import Unavailable

__all__ = ["Embedded", "OutboxBus", "SqliteDocuments", "open_embedded"]


@dataclass(frozen=True, slots=True)
class Embedded:
    """An open database. Subscribe, then start the bus; close it before whatever its handlers need, then close this."""

    documents: SqliteDocuments
    bus: OutboxBus
    _writer: Writer
    _readers: Readers

    async def close(self) -> None:
        """Stop delivery, commit what waits, close the file."""
        await self.bus.close()
        await self._writer.close()
        await self._readers.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def open_embedded(path: Path) -> Embedded:
    """Open or create the database file; its folder must exist. Recovers by itself what a killed process left.

    Raises:
        Unavailable: it cannot be opened, is no database, is damaged, or is of a newer version.
    """
    connection = await asyncio.to_thread(_open, path)
    writer, readers = Writer(connection), Readers(path)
    bus = OutboxBus(writer, readers)
    return Embedded(SqliteDocuments(writer, readers, bus), bus, writer, readers)


def _open(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    try:
        prepare(connection)
    except sqlite3.Error as error:
        connection.close()
        raise Unavailable(f"The database {path} cannot be used: {error}.") from error
    except Unavailable:
        connection.close()
        raise
    return connection
