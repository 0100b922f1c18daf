"""What every ``Documents`` adapter checks in the same way: bodies are plain JSON of bounded size, finds use declared indexes."""

import json
from collections.abc import Mapping
from typing import Any

from vivavoce.kernel.documents import DOCUMENT_BYTES_MAX, FIND_LIMIT_MAX, Collection
from vivavoce.kernel.errors import LimitExceeded


def encode_body(collection: Collection, body: Mapping[str, Any]) -> str:
    """The body as JSON text.

    Raises:
        LimitExceeded: larger than ``DOCUMENT_BYTES_MAX``.
        TypeError, ValueError: not plain JSON, or an indexed field has a NUL, which SQLite's JSON cuts at
            (bugs of the caller).
    """
    if any("\0" in value for value in map(body.get, collection.indexes) if isinstance(value, str)):
        raise ValueError("an indexed field may not have a NUL character")
    text = json.dumps(body, allow_nan=False, separators=(",", ":"))
    if len(text) > DOCUMENT_BYTES_MAX:  # ASCII, so characters are bytes
        message = "This is too large to be stored."
        raise LimitExceeded(message)
    return text


def decode_body(text: str) -> dict[str, Any]:
    return json.loads(text)


def check_find(collection: Collection, where: Mapping[str, str], limit: int) -> None:
    """Raises ``ValueError`` if a field is not a declared index or the limit is out of range."""
    if undeclared := where.keys() - collection.indexes:
        raise ValueError(f"{collection.name} has no index on {sorted(undeclared)}")
    if not 1 <= limit <= FIND_LIMIT_MAX:
        raise ValueError(f"limit must be in 1…{FIND_LIMIT_MAX}")
