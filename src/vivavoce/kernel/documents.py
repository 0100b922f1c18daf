"""The port for state that lasts: versioned JSON documents, found by declared indexes.

One document is the unit of atomicity. Events given to a write are stored with it, in the same
transaction, and published afterwards (the outbox pattern): a fact is never lost and never told of a write that failed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from vivavoce.kernel.errors import Conflict
from vivavoce.kernel.events import Event

DOCUMENT_BYTES_MAX = 1 << 20
FIND_LIMIT_MAX = 500


@dataclass(frozen=True, slots=True)
class Document:
    """A stored body and its version; the first version is 1."""

    id: str
    version: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of documents. ``indexes`` are top-level body fields with string values that ``find`` may use.

    Names are lower-case words, with dots between the collection's; an indexed value has no NUL character.
    """

    name: str
    indexes: frozenset[str] = frozenset()


class VersionConflict(Conflict):
    """The document is not at the version the writer expected."""

    code = "version_conflict"


class Documents(Protocol):
    """Get, compare-and-set, find by index, delete."""

    async def get(self, collection: Collection, id: str) -> Document | None: ...

    async def put(
        self,
        collection: Collection,
        id: str,
        body: Mapping[str, Any],
        *,
        expected_version: int,
        events: Sequence[Event] = (),
    ) -> Document:
        """Write if the stored version is ``expected_version`` (0: must not exist yet).

        Raises:
            VersionConflict: another writer was faster; read again and decide again.
            LimitExceeded: the body is larger than ``DOCUMENT_BYTES_MAX``.
            TypeError, ValueError: the body is not plain JSON (a bug of the caller).
        """
        ...

    async def find(
        self,
        collection: Collection,
        where: Mapping[str, str],
        *,
        limit: int = 100,
        after: str | None = None,
    ) -> list[Document]:
        """Documents whose indexed fields equal ``where``, by ascending id, after the id ``after``.

        Raises:
            ValueError: a field is not a declared index, or ``limit`` is not in 1…``FIND_LIMIT_MAX``.
        """
        ...

    async def delete(
        self,
        collection: Collection,
        id: str,
        *,
        expected_version: int,
        events: Sequence[Event] = (),
    ) -> None:
        """Remove; the same version rule as ``put``.

        Raises:
            VersionConflict: the version differs, or the document is gone.
        """
        ...
