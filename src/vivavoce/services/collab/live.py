"""The server's copy of a document: the CRDT, what is known of its clients, how large it is. Knows no seats and sends nothing."""

from typing import Any

import structlog
from pycrdt import Doc

from vivavoce.services.collab import fit, guard
from vivavoce.services.collab.documents import DocumentKind
from vivavoce.services.collab.extent import Extent
from vivavoce.services.collab.ledger import Ledger
from vivavoce.services.collab.lib0 import decode_state_vector
from vivavoce.services.collab.log import History, LogDamaged, Snapshot, UpdateLog
from vivavoce.services.collab.restore import apply, restore
from vivavoce.services.collab.update import Range, Update

SNAPSHOT_EVERY = 500
SNAPSHOT_SHARE = 4  # and the log has grown by a quarter of the state, so that snapshots are no more than four fifths of it
APPLY_S_MAX = 0.5  # of processor time for one update; the largest honest ones take a third of it
EFFORT_S_MAX = 5.0  # for all slow updates together: whoever opens the document does that work again
SLOW_S = 0.005  # an update that is faster is not slow

logger = structlog.get_logger()


class LiveDocument:
    """What the log of a document gives, kept up to date. ``ledger`` knows its clients."""

    ledger: Ledger

    def __init__(self, kind: DocumentKind, log: UpdateLog, history: History) -> None:
        self._kind = kind
        self._effort_s = 0.0
        self.rebuild(log, history)

    def rebuild(self, log: UpdateLog, history: History) -> None:
        """Begin again from the log, whose content ``history`` is."""
        restored = restore(self._kind, log, history)
        self._doc: Doc[Any] = restored.doc
        clocks = decode_state_vector(restored.doc.get_state())
        self.ledger = Ledger(clocks, restored.owners, restored.pairs)
        self._extent = self._measured(restored.inner_types)
        self._since_snapshot = restored.since_snapshot
        self._snapshot_ended_at = 0

    def digest(self) -> str:
        """Hex SHA-256 of the canonical text."""
        return self._kind.digest(self._doc)

    def beyond(self, vector: bytes) -> bytes:
        """The update that brings a copy with this state vector up to date."""
        return self._doc.get_update(vector)

    def has(self, update: Update) -> bool:
        """Whether all of it is in the document already."""
        if self.ledger.news(update):
            return False
        return not update.deletes or not fit.not_deleted_yet(update.deletes, self._deleted())

    def holds(self, update: Update, size_bytes: int) -> bool:
        """Whether there is room for it."""
        if self._extent.holds(size_bytes, len(update.deletes), update.inner_types):
            return True
        self._extent = self._measured(self._extent.inner_types)
        deletes = fit.not_deleted_yet(update.deletes, self._deleted())
        return self._extent.holds(size_bytes, len(deletes), update.inner_types)

    def _measured(self, inner_types: int) -> Extent:
        return Extent(len(self._doc.get_update()), len(self._deleted()), inner_types)

    def _deleted(self) -> list[Range]:
        nothing_else = self._doc.get_update(self.ledger.vector())
        return guard.parse(nothing_else, self._kind.roots).deletes

    def apply(self, update: Update, payload: bytes) -> None:
        """Take an update.

        Raises:
            Panicked: the CRDT cannot, or not in time; only ``rebuild`` may follow.
        """
        limit_s = max(SLOW_S, min(APPLY_S_MAX, EFFORT_S_MAX - self._effort_s))
        took_s = apply(self._doc, payload, self._kind.roots, limit_s=limit_s)
        if took_s > SLOW_S:
            self._effort_s += took_s
        self.ledger.advance(update)
        self._extent.grow(len(payload), len(update.deletes), update.inner_types)
        self._since_snapshot += 1

    def add_snapshot(self, log: UpdateLog) -> None:
        """Write one if it is due."""
        grown_bytes = log.size_bytes - self._snapshot_ended_at
        has_grown = grown_bytes * SNAPSHOT_SHARE >= self._extent.state_bytes
        if self._since_snapshot < SNAPSHOT_EVERY or not has_grown:
            return
        self._since_snapshot = 0
        if decode_state_vector(self._doc.get_state()) != self.ledger.clocks:
            logger.error("collab clocks differ from the document's", document=self._kind.name)
            return
        try:
            log.add_snapshot(Snapshot(log.last, self._doc.get_update()))
        except LogDamaged:
            logger.warning("collab snapshot not written", document=self._kind.name)
        self._snapshot_ended_at = log.size_bytes
