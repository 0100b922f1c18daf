"""How large a document is, and how large it may become; pure.

What can be added up from updates alone is an upper bound, since text is deleted and deleted ranges grow together.
"""

from typing import NamedTuple

from vivavoce.services.collab.guard import DELETE_RANGES_MAX, Update

STATE_BYTES_MAX = 4 << 20
INNER_TYPES_MAX = 2_000  # bounds how deep they nest: yrs and Yjs recurse, and a native stack that overflows ends the process
DOCUMENT_DELETE_RANGES_MAX = (
    DELETE_RANGES_MAX * 4 // 5
)  # each sync step 2 holds them all, and some of its own


class Extent(NamedTuple):
    """Of a document or of one update; ``inner_types`` are shared types within others, counted over the document's whole life."""

    state_bytes: int
    delete_ranges: int
    inner_types: int

    def plus(self, more: "Extent") -> "Extent":
        return Extent(
            self.state_bytes + more.state_bytes,
            self.delete_ranges + more.delete_ranges,
            self.inner_types + more.inner_types,
        )

    @property
    def is_allowed(self) -> bool:
        return (
            self.state_bytes <= STATE_BYTES_MAX
            and self.delete_ranges <= DOCUMENT_DELETE_RANGES_MAX
            and self.inner_types <= INNER_TYPES_MAX
        )


def extent_of(update: Update, size_bytes: int) -> Extent:
    """What the update adds at most."""
    return Extent(size_bytes, len(update.deletes), update.inner_types)
