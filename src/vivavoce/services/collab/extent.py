"""How large a document is, and how large it may become; pure.

What can be added up from updates alone is an upper bound, since text is deleted and deleted ranges grow together.
"""

from dataclasses import dataclass

from vivavoce.services.collab.guard import DELETE_RANGES_MAX

STATE_BYTES_MAX = 4 << 20
INNER_TYPES_MAX = 1_000  # bounds how deep they nest: yrs and Yjs recurse, V8 fails between 2,000 and 4,000, and a native stack that overflows ends the process
DOCUMENT_DELETE_RANGES_MAX = (
    DELETE_RANGES_MAX * 4 // 5
)  # each sync step 2 holds them all, and some of its own


@dataclass(slots=True)
class Extent:
    """``inner_types`` are shared types within others, counted over the document's whole life."""

    state_bytes: int
    delete_ranges: int
    inner_types: int

    def holds(self, state_bytes: int, delete_ranges: int, inner_types: int) -> bool:
        """Whether there is room for so much more."""
        return (
            self.state_bytes + state_bytes <= STATE_BYTES_MAX
            and self.delete_ranges + delete_ranges <= DOCUMENT_DELETE_RANGES_MAX
            and self.inner_types + inner_types <= INNER_TYPES_MAX
        )

    def grow(self, state_bytes: int, delete_ranges: int, inner_types: int) -> None:
        """At most so much was added."""
        self.state_bytes += state_bytes
        self.delete_ranges += delete_ranges
        self.inner_types += inner_types
