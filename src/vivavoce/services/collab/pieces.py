"""A large update in pieces, so that whoever applies it can look at the time in between; pure.

Where many structs are set between the same two others, each is compared with all of them (YATA), in yrs as in Yjs: 20,000 structs of two
authors, 200 KB, take half a minute.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping

from vivavoce.services.collab.guard import Run, parse, play
from vivavoce.services.collab.lib0 import varuint

PIECE_STRUCTS = 32
WHOLE_BYTES_MAX = (
    2 * PIECE_STRUCTS
)  # holds no more than a piece does: no struct has fewer than two bytes


def pieces(data: bytes, roots: frozenset[str], clocks: Mapping[int, int]) -> Iterator[bytes]:
    """Updates of at most ``PIECE_STRUCTS`` structs which in this order do what ``data`` does to a document with these clocks."""
    update = parse(data, roots)
    for run, start, end in _spans(play(update.runs, clocks).steps):
        for first in range(start, end, PIECE_STRUCTS):
            yield _piece(data, run, first, min(first + PIECE_STRUCTS, end))
    yield b"\x00" + data[update.deletes_at :]


def _spans(steps: list[tuple[Run, int]]) -> Iterator[tuple[Run, int, int]]:
    """Each step as indices into ``places``."""
    done: dict[int, int] = {}
    for run, clock in steps:
        start, end = done.get(run.client, 0), bisect_left(run.places, (clock, 0))
        done[run.client] = end
        yield run, start, end


def _piece(data: bytes, run: Run, first: int, end: int) -> bytes:
    (clock, start), (_, stop) = run.places[first], run.places[end]
    head = b"\x01" + varuint(end - first) + varuint(run.client) + varuint(clock)
    return head + data[start:stop] + b"\x00"
