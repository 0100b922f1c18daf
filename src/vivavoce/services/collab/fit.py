"""Whether an update can be applied to what a document has.

``missing`` tells what the server does not have yet of what an update builds on: Yjs and yrs disagree on such gaps, so a gapped
update is never applied. ``cuts_pair`` finds an update that parts the two halves of a UTF-16 surrogate pair: Yjs turns both into
U+FFFD, yrs keeps the character and counts on differently, and the state that yrs then writes cannot be read by Yjs at all.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from vivavoce.services.collab.guard import CLOCK_MAX
from vivavoce.services.collab.update import Border, Need, Range, Run, Update


def missing(update: Update, clocks: Mapping[int, int]) -> dict[int, int]:
    """Client id to the clock that must be reached before this update can be applied; empty if it can be now.

    ``clocks`` is the state vector of the document. Structs may build on others of the same update in any order
    that can be resolved; those that cannot be resolved count as missing.
    """
    lacking: dict[int, int] = {}
    has_needs = False
    for run in update.runs:
        has_needs = has_needs or bool(run.needs)
        if run.has_hole or run.start > clocks.get(run.client, 0):
            lacking[run.client] = run.end if run.has_hole else run.start
    if not lacking and has_needs:
        lacking = play(update.runs, clocks).stuck
    if not lacking and update.deletes:
        ends = {run.client: run.end for run in update.runs}
        for client, _, end in update.deletes:
            if end > clocks.get(client, 0) and end > ends.get(client, 0):
                lacking[client] = end
    return lacking


class Play(NamedTuple):
    """How runs are integrated: ``steps`` say which run, in turn, is taken up to which clock; ``stuck`` is as ``missing`` has it."""

    steps: list[tuple[Run, int]]
    stuck: dict[int, int]


def play(runs: list[Run], clocks: Mapping[int, int]) -> Play:
    """Play the integration through, each run as far as its needs are met; linear in the number of needs."""
    steps: list[tuple[Run, int]] = []
    reached = {run.client: run.start for run in runs}
    nexts = {run.client: 0 for run in runs}
    waiting: dict[int, list[Run]] = {}
    ready = list(runs)
    while ready:
        run = ready.pop()
        index = nexts[run.client]
        while index < len(run.needs) and _is_met(run.needs[index], clocks, reached):
            index += 1
        nexts[run.client] = index
        is_done = index == len(run.needs)
        to = run.end if is_done else run.needs[index].at
        if not is_done:
            waiting.setdefault(run.needs[index].client, []).append(run)
        if to > reached[run.client]:
            reached[run.client] = to
            steps.append((run, to))
            ready.extend(waiting.pop(run.client, ()))
    stuck = [run.needs[nexts[run.client]] for run in runs if nexts[run.client] < len(run.needs)]
    return Play(steps, {need.client: need.clock + 1 for need in stuck})


def _is_met(need: Need, clocks: Mapping[int, int], reached: Mapping[int, int]) -> bool:
    return need.clock < clocks.get(need.client, 0) or need.clock < reached.get(need.client, 0)


def cuts_pair(update: Update, pairs: Set[Border], clocks: Mapping[int, int]) -> bool:
    """Whether it parts a surrogate pair, of its own text or of those whose inner borders are ``pairs``.

    Of text that begins before the document's clock only the rest is taken, so the clock is a border too.
    """
    own = [(run.client, clock) for run in update.runs for clock in run.pairs]
    if not own and not pairs:
        return False
    return any(border in own or border in pairs for border in _borders(update, clocks))


def _borders(update: Update, clocks: Mapping[int, int]) -> Iterator[Border]:
    for run in update.runs:
        yield run.client, run.start
        yield run.client, clocks.get(run.client, 0)
        yield from run.cuts
    for client, start, end in update.deletes:
        yield client, start
        yield client, end


def not_deleted_yet(ranges: list[Range], deleted: list[Range]) -> list[Range]:
    """Those of ``ranges``, merged, that are not wholly within ``deleted``."""
    known = merged(deleted)
    return [wanted for wanted in merged(ranges) if not _covers(known, wanted)]


def _covers(known: list[Range], wanted: Range) -> bool:
    index = bisect_right(known, (wanted.client, wanted.start, CLOCK_MAX + 1)) - 1
    if index < 0:
        return False
    found = known[index]
    return found.client == wanted.client and found.start <= wanted.start and wanted.end <= found.end


def merged(ranges: list[Range]) -> list[Range]:
    """Sorted, with touching and overlapping ranges made one."""
    out: list[Range] = []
    for item in sorted(ranges):
        last = out[-1] if out else None
        if last and last.client == item.client and item.start <= last.end:
            out[-1] = Range(last.client, last.start, max(last.end, item.end))
        else:
            out.append(item)
    return out
