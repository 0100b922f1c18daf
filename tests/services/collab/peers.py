"""What the tests of this folder share: pages made of real CRDT documents, and seats that remember what they are sent."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycrdt import Doc, Map, Text

from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.errors import AppError
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.collab.counters import Counters
from vivavoce.services.collab.documents import WORKSPACE, DocumentKind
from vivavoce.services.collab.file_log import FileLogStore
from vivavoce.services.collab.lib0 import Cursor, varbytes, varstring, varuint
from vivavoce.services.collab.log import LogStore
from vivavoce.services.collab.room import Room
from vivavoce.services.collab.seat import Seat
from vivavoce.services.collab.wire import Kind, Sync

INTERVIEW = InterviewId("itv_" + "a" * 24)


class Page:
    """A browser's copy of a document: applies what it is sent, and collects its own updates."""

    def __init__(self, client: int, kind: DocumentKind = WORKSPACE) -> None:
        self.client = client
        self.kind = kind
        self.doc: Doc[Any] = Doc(client_id=client)
        self.updates: list[bytes] = []
        self._is_remote = False
        self.subscription = self.doc.observe(self._collect)

    def _collect(self, event: Any) -> None:
        if not self._is_remote:
            self.updates.append(event.update)

    def apply(self, update: bytes) -> None:
        self._is_remote = True
        self.doc.apply_update(update)
        self._is_remote = False

    def take(self) -> list[bytes]:
        taken, self.updates = self.updates, []
        return taken

    def insert(self, at: int, text: str) -> bytes:
        """Type into the seeded file (positions are bytes, as pycrdt counts); the update."""
        self.text.insert(at, text)
        return self.take()[-1]

    def delete(self, start: int, end: int) -> bytes:
        del self.text[start:end]
        return self.take()[-1]

    @property
    def text(self) -> Text:
        return self.doc.get("files", type=Map)["main"]["text"]

    def digest(self) -> str:
        return self.kind.digest(self.doc)


@dataclass
class Told:
    """What a seat was sent, decoded as the provider would."""

    frames: list[bytes] = field(default_factory=list[bytes])
    cuts: list[AppError] = field(default_factory=list[AppError])

    def of(self, kind: Kind) -> list[bytes]:
        """The payloads of the frames of this kind."""
        found: list[bytes] = []
        for frame in self.frames:
            cursor = Cursor(frame)
            cursor.varbytes()
            if cursor.varuint() == kind:
                found.append(frame[cursor.pos :])
        return found

    def sync(self, kind: Sync) -> list[bytes]:
        return [
            Cursor(payload, 1).varbytes() for payload in self.of(Kind.SYNC) if payload[0] == kind
        ]

    @property
    def saved(self) -> int:
        return self.of(Kind.SYNC_STATUS).count(b"\x01")

    @property
    def not_saved(self) -> int:
        return self.of(Kind.SYNC_STATUS).count(b"\x00")

    def clear(self) -> None:
        self.frames.clear()


def participant(letter: str) -> ParticipantId:
    return ParticipantId("par_" + letter * 24)


def seat_for(
    letter: str, *, may_write: bool = True, role: Role = Role.CANDIDATE
) -> tuple[Seat, Told]:
    told = Told()
    seat = Seat(
        participant=participant(letter),
        name=f"Person {letter}",
        color="#123456",
        role=role,
        may_write=may_write,
        send=told.frames.append,
        cut=told.cuts.append,
    )
    return seat, told


class Table:
    """One room, driven by hand: frames go in at once, and the disk answers when the test says so."""

    def __init__(
        self, store: LogStore, kind: DocumentKind = WORKSPACE, clock: ManualClock | None = None
    ) -> None:
        self.clock = clock or ManualClock()
        self.kind = kind
        self.counters = Counters()
        log, history = store.open(INTERVIEW, kind.name)
        self.room = Room(
            kind,
            log,
            history,
            clock=self.clock,
            counters=self.counters,
            on_append=lambda _: None,
            on_presence=lambda _: None,
        )
        self.commit()

    def commit(self) -> None:
        self.room.log.sync()
        self.room.committed(self.room.log.last)

    def send(self, seat: Seat, kind: Kind, payload: bytes) -> None:
        frame = self.room.frames.prefix + bytes((kind,)) + payload
        self.room.receive(seat, frame, len(self.room.frames.prefix))

    def sync(self, seat: Seat, kind: Sync, payload: bytes) -> None:
        self.send(seat, Kind.SYNC, bytes((kind,)) + varbytes(payload))

    def seated(
        self, letter: str, client: int, *, may_write: bool = True
    ) -> tuple[Seat, Told, Page]:
        """Somebody who has joined and is in step."""
        seat, told = seat_for(letter, may_write=may_write)
        page = Page(client, self.kind)
        self.room.join(seat)
        self.shake_hands(seat, told, page)
        told.clear()
        return seat, told, page

    def shake_hands(self, seat: Seat, told: Told, page: Page) -> None:
        """The provider's opening: step 1, apply the server's step 2, answer its step 1."""
        self.sync(seat, Sync.STEP1, page.doc.get_state())
        page.apply(told.sync(Sync.STEP2)[-1])
        if asked := told.sync(Sync.STEP1):
            self.sync(seat, Sync.STEP2, page.doc.get_update(asked[-1]))


def reopened(table: Table, tmp_path: Path) -> Table:
    """The room after a restart of the server."""
    table.room.log.close()
    return Table(FileLogStore(tmp_path), table.kind, table.clock)


def presence(*states: tuple[int, int, str]) -> bytes:
    """An awareness message: client id, clock, JSON."""
    parts = [varuint(len(states))]
    for client, clock, text in states:
        parts.append(varuint(client) + varuint(clock) + varstring(text))
    return varbytes(b"".join(parts))


def read_presence(payload: bytes) -> list[tuple[int, int, str]]:
    cursor = Cursor(Cursor(payload).varbytes())
    return [
        (cursor.varuint(), cursor.varuint(), cursor.varstring()) for _ in range(cursor.varuint())
    ]
