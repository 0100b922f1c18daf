"""From a log to a document: the last snapshot and what came after it, without what was refused."""

import time
from dataclasses import dataclass
from typing import Any

import structlog
from pycrdt import Doc

from vivavoce.services.collab import guard
from vivavoce.services.collab.documents import SEED_CLIENT, DocumentKind, new_doc
from vivavoce.services.collab.guard import Refused
from vivavoce.services.collab.lib0 import decode_state_vector
from vivavoce.services.collab.log import SERVER_AUTHOR, Entry, History, Snapshot, UpdateLog
from vivavoce.services.collab.pieces import WHOLE_BYTES_MAX, pieces
from vivavoce.services.collab.update import Border, Run

RESTORE_S_MAX = (
    5.0  # of one entry: far more than what a room takes, for what is in the log may be acknowledged
)

logger = structlog.get_logger()


class Panicked(Exception):
    """The CRDT could not apply an update; its document must not be used any more."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A document, who owns which Yjs client id, where its surrogate pairs are, how many shared types were made within others, and
    how many updates follow the snapshot.
    """

    doc: Doc[Any]
    owners: dict[int, str]
    pairs: set[Border]
    inner_types: int
    since_snapshot: int


def apply(doc: Doc[Any], update: bytes, roots: frozenset[str], *, limit_s: float) -> float:
    """Apply an update that the guard lets through; the seconds of processor time that it took, if it is no small one.

    Raises:
        Panicked: the CRDT cannot take it, or not within ``limit_s``.
    """
    if len(update) <= WHOLE_BYTES_MAX:
        _apply_whole(doc, update)
        return 0.0
    began_s, took_s = time.thread_time(), 0.0
    for piece in pieces(update, roots, decode_state_vector(doc.get_state())):
        _apply_whole(doc, piece)
        took_s = time.thread_time() - began_s
        if took_s > limit_s:
            raise Panicked("it takes too long")
    return took_s


def _apply_whole(doc: Doc[Any], update: bytes) -> None:
    """Whatever yrs raises; a Rust panic arrives as a ``BaseException``."""
    try:
        doc.apply_update(update)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise Panicked(str(error)) from None


def restore(kind: DocumentKind, log: UpdateLog, history: History) -> Restored:
    """The document that the log holds. An entry that cannot be applied is marked refused, and it begins anew."""
    while True:
        doc = new_doc(kind)
        base = history.snapshots[-1] if history.snapshots else Snapshot(0, b"\x00\x00")
        tail = [e for e in history.entries if e.seq > base.seq and e.seq not in history.refused]
        try:
            bad = _apply_all(kind, doc, base, tail)
        except Panicked:
            history.snapshots.pop()
            continue
        if bad is None:
            return _described(kind, doc, history, len(tail))
        logger.error("collab log entry cannot be applied", document=kind.name, seq=bad.seq)
        log.refuse(bad.seq)
        history.refused.add(bad.seq)


def _apply_all(
    kind: DocumentKind, doc: Doc[Any], base: Snapshot, tail: list[Entry]
) -> Entry | None:
    _apply_whole(doc, base.state)
    for entry in tail:
        try:
            apply(doc, entry.update, kind.roots, limit_s=RESTORE_S_MAX)
        except Refused:  # accepted by an earlier version with other rules
            _apply_whole(doc, entry.update)
        except Panicked:
            return entry
    return None


def _described(
    kind: DocumentKind, doc: Doc[Any], history: History, since_snapshot: int
) -> Restored:
    owners: dict[int, str] = {SEED_CLIENT: SERVER_AUTHOR}
    pairs: set[Border] = set()
    inner_types = 0
    for entry in history.entries:
        if entry.seq not in history.refused:
            for run in _runs(kind, entry):
                owners.setdefault(run.client, entry.author)
                pairs.update((run.client, clock) for clock in run.pairs)
                inner_types += run.inner_types
    return Restored(doc, owners, pairs, inner_types, since_snapshot)


def _runs(kind: DocumentKind, entry: Entry) -> list[Run]:
    try:
        return guard.parse(entry.update, kind.roots).runs
    except Refused:  # accepted by an earlier version with other rules
        return [Run(entry.client, 0, 0)] if entry.client else []
