"""One live document: who is in it, what they may do, and the order in which things happen to an update.

    guard → append to the log → apply → broadcast, all in one turn of the event loop; acknowledge after the disk has it

1. The guard parses the update. What no honest client writes cuts its sender off. What builds on something that the server does
   not have yet is not applied: the client is asked for everything (sync step 1), and its acknowledgement waits.
2. The log takes the original bytes with one ``write``. From here on a killed process cannot lose the update, so only from
   here on may anybody see it.
3. ``pycrdt`` applies it. If it panics, the entry is marked refused in the log, the document is rebuilt from the log, the
   sender is cut off, and nobody else has seen anything.
4. The original bytes go to everybody else.
5. Group commit (``commit.py``) brings the log to the disk, at most 50 ms later. Only then is ``SyncStatus`` sent: one for each
   update and one for each step 1 of the client, since that is what the provider counts as unsaved (``resetUnsyncedChanges``).
   The first update under a client id is brought to the disk before step 3, so that a claim is never lost.
   After a power cut the disk may lack up to 50 ms of updates that others have seen; nobody was told that those are saved, their
   author still has them and sends them again, and until then what others built on them waits (``Seat.lacks``).

Knows no sockets, no tickets and no rights table; a ``Seat`` says what its holder may do.
"""

import json
from collections import Counter
from collections.abc import Callable

import structlog

from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import AppError, Invalid
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.collab import guard
from vivavoce.services.collab.acknowledgements import Acknowledgements
from vivavoce.services.collab.attendance import Attendance
from vivavoce.services.collab.counters import Counters
from vivavoce.services.collab.documents import DocumentKind
from vivavoce.services.collab.ledger import Ledger
from vivavoce.services.collab.lib0 import Malformed, decode_state_vector, encode_state_vector
from vivavoce.services.collab.live import LiveDocument
from vivavoce.services.collab.log import (
    SERVER_AUTHOR,
    History,
    LogDamaged,
    UpdateLog,
)
from vivavoce.services.collab.pieces import part, possible_part
from vivavoce.services.collab.restore import Panicked
from vivavoce.services.collab.seat import Seat
from vivavoce.services.collab.update import Update
from vivavoce.services.collab.wire import Frames, Kind, Sync, read_payload

LOG_BYTES_MAX = 64 << 20  # many hours of typing; at the limit the document takes no more edits
VECTOR_BYTES_MAX = 64 << 10
RELOADS_MAX = 3  # a participant whose fresh copies differ too has no bad copy: yrs and Yjs disagree on what somebody wrote
PANICS_MAX = 5  # of one participant, who from then on may only read

logger = structlog.get_logger()


class Room:
    """``on_append`` is called when the log has something to sync, ``on_presence`` when presence has something to tell."""

    def __init__(
        self,
        kind: DocumentKind,
        log: UpdateLog,
        history: History,
        *,
        clock: Clock,
        counters: Counters,
        on_append: Callable[["Room"], None],
        on_presence: Callable[["Room"], None],
    ) -> None:
        self.kind = kind
        self.log = log
        self.seats: set[Seat] = set()
        self.generation = 0
        self.has_failed = False
        self.frames = Frames(kind.name)
        self._clock = clock
        self._counters = counters
        self._on_append = on_append
        self._on_presence = on_presence
        self._attendance = Attendance(self.frames, clock)
        self._acknowledgements = Acknowledgements(self.frames.saved)
        self._stalled: set[Seat] = set()
        self._panics: Counter[ParticipantId] = Counter()
        self._reloads: Counter[ParticipantId] = Counter()
        self._document = LiveDocument(kind, log, history)
        self._seed()

    @property
    def _ledger(self) -> Ledger:
        return self._document.ledger

    # -- who is here

    def join(self, seat: Seat) -> None:
        """Take a seat and tell its holder the scope."""
        self.generation += 1
        self.seats.add(seat)
        seat.may_write = seat.may_write and self._is_trusted(seat)
        seat.send(self.frames.authenticated(may_write=seat.may_write))

    def leave(self, seat: Seat) -> None:
        """Give up a seat; the others see its presence go."""
        self.generation += 1
        seat.is_left = True
        self.seats.discard(seat)
        self._stalled.discard(seat)
        self._attendance.leave(seat)
        self._tell_changes()

    def set_scope(self, seat: Seat, *, may_write: bool) -> None:
        """Allow or forbid writing from now on."""
        may_write = may_write and self._is_trusted(seat)
        if seat.may_write != may_write:
            seat.may_write = may_write
            seat.send(self.frames.authenticated(may_write=may_write))

    def _is_trusted(self, seat: Seat) -> bool:
        return self._panics[seat.participant] < PANICS_MAX

    # -- what they send

    def receive(self, seat: Seat, frame: bytes, at: int) -> None:
        """Handle a frame whose message type stands at ``at``; authentication and closing are not for here.

        Raises:
            Invalid: no honest client sends this.
            LogDamaged: the log cannot be written.
        """
        try:
            self._dispatch(seat, frame, at)
        except (Malformed, IndexError, UnicodeDecodeError) as error:
            self._counters.refused += 1
            logger.warning("collab frame refused", participant=seat.participant, reason=str(error))
            message = "This page sent something that the server does not understand."
            raise Invalid(message) from None

    def _dispatch(self, seat: Seat, frame: bytes, at: int) -> None:
        kind = frame[at]
        if kind == Kind.SYNC:
            self._sync(seat, frame, at + 1)
        elif kind == Kind.AWARENESS:
            self._attendance.hear(seat, read_payload(frame, at + 1), self._ledger)
            self._tell_changes()
        elif kind == Kind.STATELESS:
            self._check(seat, read_payload(frame, at + 1))
        elif kind == Kind.QUERY_AWARENESS:
            self._attendance.greet(seat)
        else:
            raise Malformed("the message type is unknown")

    def _sync(self, seat: Seat, frame: bytes, at: int) -> None:
        kind, payload = frame[at], read_payload(frame, at + 1)
        if kind == Sync.UPDATE:
            self._take_update(seat, payload, frame)
        elif kind == Sync.STEP1:
            self._take_step1(seat, payload)
        elif kind == Sync.STEP2:
            self._take_step2(seat, payload)
        else:
            raise Malformed("the sync message is unknown")

    def _take_step1(self, seat: Seat, payload: bytes) -> None:
        """Answer with what is missing there, and join the broadcast in the same turn, so that nothing falls between."""
        if len(payload) > VECTOR_BYTES_MAX:
            raise Malformed("the state vector is too large")
        vector = decode_state_vector(payload)
        if self._ledger.vector_cuts_pair(vector):
            raise Malformed("the state vector cuts a surrogate pair")
        seat.owed += 1
        seat.send(self.frames.step2(self._document.beyond(encode_state_vector(vector.items()))))
        self._ask(seat)
        if not seat.is_synced:
            seat.is_synced = True
            self._attendance.greet(seat)

    def _ask(self, seat: Seat) -> None:
        if not seat.is_asked:
            seat.is_asked = True
            seat.send(self.frames.step1(self._ledger.vector()))

    def _take_step2(self, seat: Seat, payload: bytes) -> None:
        """The answer to our step 1: it pays all that is owed, unless it must wait itself."""
        seat.is_asked = False
        self._end_wait(seat)
        payload, update = self._without_others(seat, payload)
        if not self._document.has(update):
            if not seat.may_write:
                seat.send(self.frames.not_saved)
                seat.owed = 0
                return
            if seat.is_stopped:
                return
            if self._must_wait(seat, update):
                self._take_what_is_possible(seat, update, payload)
                return
            if not self._commit(seat, update, payload, self.frames.update(payload)):
                return
        self._acknowledgements.owe(seat, seat.owed, self.log.last)
        seat.owed = 0

    def _without_others(self, seat: Seat, payload: bytes) -> tuple[bytes, Update]:
        """After a power cut a page may bring what the disk lost of others. They bring it themselves, or had not been told that it is saved."""
        update = guard.parse(payload, self.kind.roots)
        own = self._ledger.own(seat.participant, update)
        if len(own) == len(update.runs):
            return payload, update
        payload = part(payload, own, payload[update.deletes_at :])
        return payload, guard.parse(payload, self.kind.roots)

    def _take_what_is_possible(self, seat: Seat, update: Update, payload: bytes) -> None:
        """Two who wait for each other would do so for ever."""
        payload = possible_part(payload, update.runs, self._ledger.clocks)
        update = guard.parse(payload, self.kind.roots)
        if self._ledger.news(update):
            self._commit(seat, update, payload, self.frames.update(payload))

    def _take_update(self, seat: Seat, payload: bytes, frame: bytes) -> None:
        if not seat.may_write:
            seat.send(self.frames.not_saved)
            return
        update = guard.parse(payload, self.kind.roots)
        if seat.is_stopped:
            return
        if self._must_wait(seat, update):
            seat.owed += 1
            if not self._waits_for_others(seat):
                self._ask(seat)
            return
        changes = update.deletes or self._ledger.news(update)
        if not changes or self._commit(seat, update, payload, frame):
            self._acknowledgements.owe(seat, 1, self.log.last)

    # -- what has to wait

    def _must_wait(self, seat: Seat, update: Update) -> bool:
        lacks = self._ledger.lacking(seat.participant, update)
        if not lacks:
            return False
        self._counters.gaps += 1
        if not self._waits_for_others(seat):
            seat.lacks = lacks
            self._stalled.add(seat)
        return True

    def _waits_for_others(self, seat: Seat) -> bool:
        return any(self._ledger.is_anothers(client, seat.participant) for client in seat.lacks)

    def _end_wait(self, seat: Seat) -> None:
        self._stalled.discard(seat)
        seat.lacks = {}

    def _ask_the_stalled(self) -> None:
        for seat in [seat for seat in self._stalled if self._ledger.has_reached(seat.lacks)]:
            self._end_wait(seat)
            self._ask(seat)

    # -- what becomes of an update

    def _commit(self, seat: Seat, update: Update, payload: bytes, frame: bytes) -> bool:
        """Log, apply, broadcast. False if the update cannot be taken and its sender must start anew."""
        if not self._is_acceptable(seat, update, payload):
            return False
        client = update.runs[0].client if update.runs else 0
        seq = self.log.append(self._clock.now(), seat.participant, client, payload)
        self._on_append(self)
        if self._ledger.firsts(update) and not self._sync_now():
            return False
        try:
            self._document.apply(update, payload)
        except Panicked as error:
            self._recover(seat, seq, str(error))
            return False
        self._counters.updates += 1
        self._broadcast(seat, frame)
        self._document.add_snapshot(self.log)
        return True

    def _is_acceptable(self, seat: Seat, update: Update, payload: bytes) -> bool:
        is_claimed = self._ledger.claim_all(seat.participant, update)
        is_log_full = self.log.size_bytes + len(payload) > LOG_BYTES_MAX
        if not is_claimed or is_log_full or not self._document.holds(update, len(payload)):
            self._stop(seat, "refused", "This document is full. Your last edit is not saved.")
        elif self._ledger.cuts_pair(update):
            self._stop(seat, "refused", "Your last edit took half of a character. It is not saved.")
        return not seat.is_stopped

    def _sync_now(self) -> bool:
        """For a client's first update: if a power cut took it, whoever saw it and came back first would claim the id."""
        try:
            self.log.sync()
        except OSError:
            self.fail(
                LogDamaged("The server's disk failed. Your last edits are kept in this page.")
            )
            return False
        return True

    def _broadcast(self, sender: Seat, frame: bytes) -> None:
        for seat in self.seats:
            if seat.is_synced and seat is not sender:
                seat.send(frame)
                self._counters.deliveries += 1
        if self._stalled:
            self._ask_the_stalled()

    def _recover(self, seat: Seat, seq: int, reason: str) -> None:
        """The CRDT may be poisoned: begin again from the log, without this entry."""
        self._counters.panics += 1
        self._panics[seat.participant] += 1
        facts = {"participant": seat.participant, "seq": seq, "reason": reason}
        logger.error("collab update not taken by the CRDT", **facts)
        history = self.log.read()
        history.refused.add(seq)
        self._document.rebuild(self.log, history)
        message = "This page sent an edit that the document cannot take."
        seat.cut(Invalid(message))
        self.log.refuse(seq)

    # -- the disk's answer

    def committed(self, seq: int) -> None:
        """The log is on the disk up to this entry: tell those who wait for it."""
        self._acknowledgements.settle(seq)

    def fail(self, error: AppError) -> None:
        """The log is not to be trusted any more: everybody has to come back, and to a fresh room."""
        self.has_failed = True
        self._acknowledgements.forget()
        for seat in list(self.seats):
            seat.cut(error)

    # -- presence

    def _tell_changes(self) -> None:
        if self._attendance.has_changes:
            self._on_presence(self)

    def flush_presence(self) -> None:
        """Tell everybody whose presence changed since the last flush."""
        self._attendance.flush(seat for seat in self.seats if seat.is_synced)

    # -- divergence

    def _check(self, seat: Seat, payload: bytes) -> None:
        report = seat.check.take(payload, self._clock.monotonic_s())
        if report is None or report.vector != self._ledger.clocks:
            return
        if seat.check.differs(report, self.digest(), self.log.last):
            self._counters.divergences += 1
            logger.error(
                "collab document diverged", document=self.kind.name, participant=seat.participant
            )
            self._reloads[seat.participant] += 1
            if self._reloads[seat.participant] <= RELOADS_MAX:
                self._stop(seat, "diverged", "This page's copy differed from the server's.")

    def _stop(self, seat: Seat, reason: str, message: str) -> None:
        """Take no more edits of this seat: its copy and ours can no longer be brought together."""
        seat.is_stopped = True
        self._counters.refused += 1
        text = json.dumps({"type": "reload", "reason": reason, "message": message})
        seat.send(self.frames.stateless(text))

    # -- the document itself

    def digest(self) -> str:
        """Hex SHA-256 of the canonical text."""
        return self._document.digest()

    def _seed(self) -> None:
        """Give a new document its first contents, so that no two clients both do."""
        update = self.kind.seed() if self.log.last == 0 else None
        if update is not None:
            self.log.append(self._clock.now(), SERVER_AUTHOR, 0, update)
            self._document.rebuild(self.log, self.log.read())
        self._on_append(self)
