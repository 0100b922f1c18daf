"""The port for bytes that are large and written once: recordings, uploads, snapshots."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from vivavoce.kernel.errors import Invalid, NotFound

KEY_LENGTH_MAX = 512
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class BlobStat:
    """Size in bytes."""

    key: str
    size: int


class BlobNotFound(NotFound):
    """No blob has this key."""

    code = "blob_not_found"


def check_key(key: str) -> str:
    """Keys are ``/``-separated names that begin with a letter, digit, ``_`` or ``-``: no key can climb out of a folder.

    Raises:
        Invalid: the key has another shape.
    """
    if len(key) > KEY_LENGTH_MAX or _KEY.fullmatch(key) is None:
        message = "This name cannot be stored."
        raise Invalid(message)
    return key


class Blobs(Protocol):
    """A put is all or nothing: no reader ever sees half a blob."""

    async def put(self, key: str, content: bytes | AsyncIterator[bytes]) -> BlobStat:
        """Write or replace; if ``content`` raises, the earlier blob stays."""
        ...

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        """Bytes ``start`` … ``end`` (exclusive), cut at the blob's end.

        Raises:
            BlobNotFound: there is none.
        """
        ...

    async def stat(self, key: str) -> BlobStat | None: ...

    async def list(self, prefix: str) -> list[BlobStat]:
        """Blobs whose key starts with ``prefix``, sorted by key."""
        ...

    async def delete(self, key: str) -> None:
        """Remove; nothing happens if there is none."""
        ...
