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
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from pycrdt import Doc

from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import Clock
from vivavoce.kernel.errors import AppError, Invalid
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.collab import awareness, guard
from vivavoce.services.collab.checks import Check
from vivavoce.services.collab.counters import Counters
from vivavoce.services.collab.documents import DocumentKind
from vivavoce.services.collab.guard import Range, Refused, Update
from vivavoce.services.collab.lib0 import Malformed, decode_state_vector, encode_state_vector
from vivavoce.services.collab.log import (
    SERVER_AUTHOR,
    History,
    LogDamaged,
    Snapshot,
    UpdateLog,
)
from vivavoce.services.collab.restore import Panicked, apply, restore
from vivavoce.services.collab.wire import Frames, Kind, Sync, read_payload

SNAPSHOT_EVERY = 500
CLIENTS_PER_PARTICIPANT_MAX = 128
STATE_BYTES_MAX = 4 << 20
VECTOR_BYTES_MAX = 64 << 10

logger = structlog.get_logger()


@dataclass(eq=False, slots=True)
class Seat:
    """One connection's place in one document.

    ``send`` never blocks; ``cut`` ends the connection. ``owed`` counts acknowledgements that the client's next step 2
    earns, ``lacks`` what must arrive from others before that can be applied.
    """

    participant: ParticipantId
    name: str
    color: str
    role: Role
    may_write: bool
    send: Callable[[bytes], None]
    cut: Callable[[AppError], None]
    is_synced: bool = False
    is_stopped: bool = False
    is_asked: bool = False
    owed: int = 0
    lacks: dict[int, int] = field(default_factory=dict[int, int])
    clients: set[int] = field(default_factory=set[int])
    check: Check = field(default_factory=Check)


@dataclass(frozen=True, slots=True)
class _Debt:
    """``count`` acknowledgements for ``seat`` once the log is on the disk up to ``seq``."""

    seq: int
    seat: Seat
    count: int


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
        self._presence = awareness.Presence()
        self._present: dict[int, Seat] = {}
        self._stalled: set[Seat] = set()
        self._debts: deque[_Debt] = deque()
        self._synced = 0
        self._take_over(history)
        self._seed()

    # -- who is here

    def join(self, seat: Seat) -> None:
        """Take a seat and tell its holder the scope."""
        self.generation += 1
        self.seats.add(seat)
        seat.send(self.frames.authenticated(may_write=seat.may_write))

    def leave(self, seat: Seat) -> None:
        """Give up a seat; the others see its presence go."""
        self.generation += 1
        self.seats.discard(seat)
        self._stalled.discard(seat)
        for client in seat.clients:
            if self._present.get(client) is seat:
                del self._present[client]
                self._presence.remove(client, self._clock.now())
        if self._presence.has_changes:
            self._on_presence(self)

    def set_scope(self, seat: Seat, *, may_write: bool) -> None:
        """Allow or forbid writing from now on."""
        if seat.may_write != may_write:
            seat.may_write = may_write
            seat.send(self.frames.authenticated(may_write=may_write))

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
            self._set_presence(seat, read_payload(frame, at + 1))
        elif kind == Kind.STATELESS:
            self._check(seat, read_payload(frame, at + 1))
        elif kind == Kind.QUERY_AWARENESS:
            self._tell_presence(seat)
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
        if any(border in self._pairs for border in vector.items()):
            raise Malformed("the state vector cuts a surrogate pair")
        seat.owed += 1
        seat.send(self.frames.step2(self._doc.get_update(encode_state_vector(vector.items()))))
        self._ask(seat)
        if not seat.is_synced:
            seat.is_synced = True
            self._tell_presence(seat)

    def _ask(self, seat: Seat) -> None:
        if not seat.is_asked:
            seat.is_asked = True
            seat.send(self.frames.step1(encode_state_vector(self._clocks.items())))

    def _take_step2(self, seat: Seat, payload: bytes) -> None:
        seat.is_asked = False
        self._end_wait(seat)
        update = guard.parse(payload, self.kind.roots)
        if self._has(update):
            self._acknowledge(seat, seat.owed)
        elif not seat.may_write:
            seat.send(self.frames.not_saved)
        elif seat.is_stopped or self._must_wait(seat, update):
            return
        else:
            if not self._commit(seat, update, payload, self.frames.update(payload)):
                return
            self._acknowledge(seat, seat.owed)
        seat.owed = 0

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
        changes = bool(update.deletes) or self._is_new(update)
        if not changes or self._commit(seat, update, payload, frame):
            self._acknowledge(seat, 1)

    # -- what becomes of an update

    def _must_wait(self, seat: Seat, update: Update) -> bool:
        lacks = guard.missing(update, self._clocks) or self._foreign(seat, update)
        if not lacks:
            return False
        self._counters.gaps += 1
        if not self._waits_for_others(seat):
            seat.lacks = lacks
            self._stalled.add(seat)
        return True

    def _foreign(self, seat: Seat, update: Update) -> dict[int, int]:
        """New structs under somebody else's client id: only their author brings them."""
        return {
            run.client: run.end
            for run in update.runs
            if run.end > self._clocks.get(run.client, 0)
            and self._owners.get(run.client, seat.participant) != seat.participant
        }

    def _waits_for_others(self, seat: Seat) -> bool:
        return any(
            self._owners.get(client, seat.participant) != seat.participant for client in seat.lacks
        )

    def _is_new(self, update: Update) -> bool:
        return any(run.end > self._clocks.get(run.client, 0) for run in update.runs)

    def _has(self, update: Update) -> bool:
        if self._is_new(update):
            return False
        return not update.deletes or guard.is_contained(update, self._clocks, self._deleted())

    def _deleted(self) -> list[Range]:
        everything = encode_state_vector(self._clocks.items())
        return guard.parse(self._doc.get_update(everything), self.kind.roots).deletes

    def _commit(self, seat: Seat, update: Update, payload: bytes, frame: bytes) -> bool:
        """Log, apply, broadcast. False if the update cannot be taken and its sender must start anew."""
        if not self._is_acceptable(seat, update, payload):
            return False
        client = update.runs[0].client if update.runs else 0
        seq = self.log.append(self._clock.now(), seat.participant, client, payload)
        self._on_append(self)
        if self._is_first_of_a_client(update) and not self._sync_now():
            return False
        try:
            apply(self._doc, payload)
        except Panicked:
            self._recover(seat, seq)
            return False
        self._advance(update, len(payload))
        self._broadcast(seat, frame)
        if self._since_snapshot >= SNAPSHOT_EVERY:
            self._snapshot()
        return True

    def _is_first_of_a_client(self, update: Update) -> bool:
        """Such an update must be on the disk before anybody sees it.

        Else, after a power cut, whoever saw it and came back first would claim the author's client id.
        """
        return any(run.client not in self._clocks for run in update.runs)

    def _sync_now(self) -> bool:
        try:
            self.log.sync()
        except OSError:
            self.fail(
                LogDamaged("The server's disk failed. Your last edits are kept in this page.")
            )
            return False
        return True

    def _is_acceptable(self, seat: Seat, update: Update, payload: bytes) -> bool:
        if not self._claim(seat, update) or not self._fits(len(payload)):
            self._stop(seat, "refused", "This document is full. Your last edit is not saved.")
        elif guard.cuts_pair(update, self._pairs, self._clocks):
            self._stop(seat, "refused", "Your last edit took half of a character. It is not saved.")
        return not seat.is_stopped

    def _claim(self, seat: Seat, update: Update) -> bool:
        return all(self._claim_id(seat, run.client) for run in update.runs)

    def _claim_id(self, seat: Seat, client: int) -> bool:
        """First come, first served; True if the id is, or now became, this participant's."""
        owner = self._owners.get(client)
        if owner is None:
            if self._claimed.get(seat.participant, 0) >= CLIENTS_PER_PARTICIPANT_MAX:
                return False
            self._owners[client] = owner = seat.participant
            self._claimed[seat.participant] = self._claimed.get(seat.participant, 0) + 1
        return owner == seat.participant

    def _fits(self, size: int) -> bool:
        if self._state_bytes + size > STATE_BYTES_MAX:
            self._state_bytes = len(
                self._doc.get_update()
            )  # the sum so far counted deleted text too
        return self._state_bytes + size <= STATE_BYTES_MAX

    def _advance(self, update: Update, size: int) -> None:
        for run in update.runs:
            self._clocks[run.client] = max(run.end, self._clocks.get(run.client, 0))
            if run.pairs:
                self._pairs.update((run.client, clock) for clock in run.pairs)
        self._state_bytes += size
        self._counters.updates += 1
        self._since_snapshot += 1

    def _snapshot(self) -> None:
        self._since_snapshot = 0
        if decode_state_vector(self._doc.get_state()) != self._clocks:
            logger.error("collab clocks differ from the document's", document=self.kind.name)
            return
        state = self._doc.get_update()
        self._state_bytes = len(state)
        try:
            self.log.add_snapshot(Snapshot(self.log.last, state))
        except LogDamaged:
            logger.warning("collab snapshot not written", document=self.kind.name)

    def _broadcast(self, sender: Seat, frame: bytes) -> None:
        for seat in self.seats:
            if seat.is_synced and seat is not sender:
                seat.send(frame)
                self._counters.deliveries += 1
        for seat in [seat for seat in self._stalled if self._has_arrived(seat)]:
            self._end_wait(seat)
            self._ask(seat)

    def _end_wait(self, seat: Seat) -> None:
        self._stalled.discard(seat)
        seat.lacks = {}

    def _has_arrived(self, seat: Seat) -> bool:
        return all(self._clocks.get(client, 0) >= clock for client, clock in seat.lacks.items())

    def _recover(self, seat: Seat, seq: int) -> None:
        self._counters.panics += 1
        logger.error("collab update made the CRDT panic", participant=seat.participant, seq=seq)
        history = self.log.read()
        history.refused.add(seq)
        self._take_over(history)
        message = "This page sent an edit that the document cannot take."
        seat.cut(Invalid(message))
        self.log.refuse(seq)

    # -- acknowledgements

    def _acknowledge(self, seat: Seat, count: int) -> None:
        if self.log.last <= self._synced:
            self._pay(seat, count)
        else:
            self._debts.append(_Debt(self.log.last, seat, count))

    def committed(self, seq: int) -> None:
        """The log is on the disk up to this entry: tell those who wait for it."""
        self._synced = max(self._synced, seq)
        while self._debts and self._debts[0].seq <= self._synced:
            debt = self._debts.popleft()
            if debt.seat in self.seats:
                self._pay(debt.seat, debt.count)

    def _pay(self, seat: Seat, count: int) -> None:
        for _ in range(count):
            seat.send(self.frames.saved)

    def fail(self, error: AppError) -> None:
        """The log is not to be trusted any more: everybody has to come back, and to a fresh room."""
        self.has_failed = True
        self._debts.clear()
        for seat in list(self.seats):
            seat.cut(error)

    # -- presence

    def _set_presence(self, seat: Seat, payload: bytes) -> None:
        for state in awareness.decode(payload):
            if not self._claim_id(seat, state.client):
                continue
            if state.value is None:
                self._presence.remove(state.client, self._clock.now())
                continue
            if len(seat.clients | {state.client}) > awareness.STATES_MAX:
                raise Refused("too many presence states")
            seat.clients.add(state.client)
            self._present[state.client] = seat
            self._presence.put(state.client, state.value | {"user": _user(seat)}, self._clock.now())
        if self._presence.has_changes:
            self._on_presence(self)

    def _tell_presence(self, seat: Seat) -> None:
        if states := self._presence.everything(without=seat.clients):
            seat.send(self.frames.awareness(states))

    def flush_presence(self) -> None:
        """Tell everybody what changed; nobody is told of themselves, which would undo what they did since."""
        changed = self._presence.take_changes()
        whole = self.frames.awareness(self._presence.encode(changed))
        for seat in self.seats:
            if not seat.is_synced:
                continue
            if seat.clients.isdisjoint(changed):
                seat.send(whole)
            elif others := changed - seat.clients:
                seat.send(self.frames.awareness(self._presence.encode(others)))

    # -- divergence

    def _check(self, seat: Seat, payload: bytes) -> None:
        report = seat.check.take(payload, self._clock.monotonic_s())
        if report is None or report.vector != self._clocks:
            return
        if seat.check.differs(report, self.kind.digest(self._doc), self.log.last):
            self._counters.divergences += 1
            logger.error(
                "collab document diverged", document=self.kind.name, participant=seat.participant
            )
            self._stop(
                seat, "diverged", "This page's copy differed from the server's. It is loaded again."
            )

    def _stop(self, seat: Seat, reason: str, message: str) -> None:
        """Take no more edits of this seat: its copy and ours can no longer be brought together."""
        seat.is_stopped = True
        self._counters.refused += 1
        seat.send(
            self.frames.stateless(
                json.dumps({"type": "reload", "reason": reason, "message": message})
            )
        )

    # -- the document itself

    def _take_over(self, history: History) -> None:
        restored = restore(self.kind, self.log, history)
        self._doc: Doc[Any] = restored.doc
        self._owners = restored.owners
        self._pairs = restored.pairs
        self._clocks = decode_state_vector(restored.doc.get_state())
        self._state_bytes = len(restored.doc.get_update())
        self._since_snapshot = restored.since_snapshot
        self._claimed: dict[str, int] = {}
        for owner in self._owners.values():
            self._claimed[owner] = self._claimed.get(owner, 0) + 1

    def _seed(self) -> None:
        """Give a new document its first contents, so that no two clients both do."""
        update = self.kind.seed() if self.log.last == 0 else None
        if update is not None:
            self.log.append(self._clock.now(), SERVER_AUTHOR, 0, update)
            self._take_over(self.log.read())
        self._on_append(self)

    def digest(self) -> str:
        """Hex SHA-256 of the canonical text; for tests and comparisons."""
        return self.kind.digest(self._doc)


def _user(seat: Seat) -> dict[str, str]:
    return {"id": seat.participant, "name": seat.name, "color": seat.color, "role": seat.role.value}
