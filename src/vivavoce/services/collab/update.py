"""What a Yjs update (format v1) is made of, as far as it is judged: no document's content."""

from dataclasses import dataclass
from typing import NamedTuple

Place = tuple[int, int]
"""The clock at which a struct begins, and its first byte."""

Border = tuple[int, int]
"""A client id and a clock: the place before that element of the client's structs."""


class Need(NamedTuple):
    """The struct at ``at`` builds on ``client``'s struct at ``clock``."""

    at: int
    client: int
    clock: int


class Run:
    """Consecutive structs of one client, from ``start`` up to but not including ``end``.

    ``needs`` are what they build on of other clients, in order; ``cuts`` the borders at which they are set between others;
    ``pairs`` the clocks of the second halves of surrogate pairs in their text; ``inner_types`` counts the shared types that they
    create elsewhere than directly under a root; ``places`` are where each begins, and where the last ends. A plain class: one is
    made for each update.
    """

    __slots__ = (
        "client",
        "cuts",
        "end",
        "has_hole",
        "inner_types",
        "needs",
        "pairs",
        "places",
        "start",
    )

    def __init__(self, client: int, start: int, end: int) -> None:
        self.client = client
        self.start = start
        self.end = end
        self.needs: list[Need] = []
        self.cuts: list[Border] = []
        self.pairs: list[int] = []
        self.has_hole = False
        self.inner_types = 0
        self.places: list[Place] = []


class Range(NamedTuple):
    """Deleted structs of one client."""

    client: int
    start: int
    end: int


@dataclass(slots=True)
class Update:
    """What an update writes, and deletes from the byte ``deletes_at`` on; ``inner_types`` as in ``Run``."""

    runs: list[Run]
    deletes: list[Range]
    inner_types: int
    deletes_at: int
