"""A room driven by hand, with real documents on both sides and the disk answering when the test says so."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Doc, Map, Text

from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import ManualClock, Millis
from vivavoce.kernel.errors import Invalid
from vivavoce.services.collab.documents import BRIEF, WORKSPACE
from vivavoce.services.collab.file_log import FileLog, FileLogStore
from vivavoce.services.collab.ledger import CLIENTS_PER_PARTICIPANT_MAX
from vivavoce.services.collab.lib0 import encode_state_vector, varstring
from vivavoce.services.collab.log import SERVER_AUTHOR, LogDamaged, Snapshot
from vivavoce.services.collab.room import SNAPSHOT_EVERY
from vivavoce.services.collab.seat import Seat
from vivavoce.services.collab.wire import Kind, Sync

from .peers import INTERVIEW, Page, Table, Told, participant, presence, read_presence, seat_for
from .test_guard import PANIC, after, run, under_root, update


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(FileLogStore(tmp_path))


def reopened(table: Table, tmp_path: Path) -> Table:
    """The room after a restart of the server."""
    table.room.log.close()
    return Table(FileLogStore(tmp_path), table.kind, table.clock)


INSIDE_A_LETTER = update(run(77, 0, b"\x04\x00\x01\x05" + varstring("x")))
"""Puts a text under a struct that is no shared type; yrs raises after it has begun."""


# -- opening


def test_a_new_workspace_is_seeded_once(table: Table, tmp_path: Path) -> None:
    _, _, ann = table.seated("a", 10)
    assert "print" in str(ann.text)
    again = reopened(table, tmp_path)
    assert again.room.log.last == 1
    assert again.room.digest() == ann.digest()


def test_the_seed_is_by_the_server_and_its_client_id_is_nobody_elses(table: Table) -> None:
    assert table.room.log.read().entries[0].author == SERVER_AUTHOR
    seat, told, _ = table.seated("a", 10)
    forged = update(run(1, 1000, under_root("x", root="files")))
    table.sync(seat, Sync.UPDATE, forged)
    table.commit()
    assert told.saved == 0
    assert table.room.log.last == 1


def test_joining_tells_the_scope(table: Table) -> None:
    for may_write, scope in ((True, "read-write"), (False, "readonly")):
        seat, told = seat_for("a", may_write=may_write)
        table.room.join(seat)
        assert told.of(Kind.AUTH) == [b"\x02" + varstring(scope)]


def test_a_newcomer_gets_the_document_and_then_every_update_without_a_hole(table: Table) -> None:
    ann_seat, _, ann = table.seated("a", 10)
    seat, told = seat_for("b")
    table.room.join(seat)
    table.sync(ann_seat, Sync.UPDATE, ann.insert(0, "one "))
    assert not told.sync(Sync.UPDATE), (
        "before its step 1 a client gets nothing that it could not place"
    )
    table.sync(seat, Sync.STEP1, b"\x00")
    table.sync(ann_seat, Sync.UPDATE, ann.insert(0, "two "))
    bob = Page(11)
    for state in told.sync(Sync.STEP2) + told.sync(Sync.UPDATE):
        bob.apply(state)
    assert str(bob.text) == str(ann.text)


# -- the order: log, broadcast, disk, acknowledgement


def test_an_update_is_seen_at_once_and_acknowledged_only_when_the_disk_has_it(table: Table) -> None:
    ann_seat, ann_told, ann = table.seated("a", 10)
    _, bob_told, bob = table.seated("b", 11)
    edit = ann.insert(0, "x")
    table.sync(ann_seat, Sync.UPDATE, edit)
    assert bob_told.sync(Sync.UPDATE) == [edit], "the original bytes"
    assert table.room.log.read().entries[-1].update == edit
    assert ann_told.saved == 0
    table.commit()
    assert ann_told.saved == 1
    bob.apply(edit)
    assert bob.digest() == ann.digest() == table.room.digest()


class Disk(FileLog):
    """A log whose syncs are counted, and fail when told to."""

    syncs = 0
    is_broken = False

    def sync(self) -> None:
        if self.is_broken:
            raise OSError(5, "I/O error")
        self.syncs += 1


def test_the_first_update_of_a_client_is_on_the_disk_before_anybody_sees_it(
    table: Table, tmp_path: Path
) -> None:
    ann_seat, _, ann = table.seated("a", 10)
    _, bob_told, _ = table.seated("b", 11)
    table.room.log = disk = Disk(tmp_path / "other.log")
    table.sync(ann_seat, Sync.UPDATE, ann.insert(0, "x"))
    assert disk.syncs == 1
    table.sync(ann_seat, Sync.UPDATE, ann.insert(0, "y"))
    assert disk.syncs == 1
    assert len(bob_told.sync(Sync.UPDATE)) == 2


def test_a_client_whose_first_update_the_disk_does_not_take_is_not_seen(
    table: Table, tmp_path: Path
) -> None:
    ann_seat, told, ann = table.seated("a", 10)
    _, bob_told, _ = table.seated("b", 11)
    table.room.log = disk = Disk(tmp_path / "other.log")
    disk.is_broken = True
    table.sync(ann_seat, Sync.UPDATE, ann.insert(0, "x"))
    assert not bob_told.frames
    assert table.room.has_failed
    assert told.cuts


def test_the_log_knows_who_and_when(table: Table) -> None:
    seat, _, ann = table.seated("a", 10)
    table.clock.advance(5)
    table.sync(seat, Sync.UPDATE, ann.insert(0, "x"))
    entry = table.room.log.read().entries[-1]
    assert (entry.at, entry.author, entry.client) == (table.clock.now(), participant("a"), 10)


def test_each_update_and_each_step1_earns_exactly_one_acknowledgement(table: Table) -> None:
    seat, told = seat_for("a")
    page = Page(10)
    table.room.join(seat)
    table.shake_hands(seat, told, page)
    for _ in range(3):
        table.sync(seat, Sync.UPDATE, page.insert(0, "x"))
    table.commit()
    assert told.saved == 1 + 3


def test_a_step2_with_nothing_new_is_not_logged(table: Table) -> None:
    table.seated("a", 10)
    last = table.room.log.last
    table.seated("b", 11)
    assert table.room.log.last == last


def test_what_the_log_has_but_the_disk_has_not_is_not_called_saved_for_its_resender(
    table: Table,
) -> None:
    ann_seat, _, ann = table.seated("a", 10)
    edit = ann.insert(0, "x")
    table.sync(ann_seat, Sync.UPDATE, edit)
    table.room.leave(ann_seat)
    seat, told = seat_for("a")
    table.room.join(seat)
    table.shake_hands(seat, told, ann)
    assert told.saved == 0
    table.commit()
    assert told.saved == 1


def test_a_log_that_takes_nothing_shows_nobody_the_update(table: Table) -> None:
    ann_seat, _, ann = table.seated("a", 10)
    _, bob_told, _ = table.seated("b", 11)
    before = table.room.digest()
    table.room.log.close()
    with pytest.raises(Exception, match="disk"):
        table.sync(ann_seat, Sync.UPDATE, ann.insert(0, "x"))
    assert not bob_told.frames
    assert table.room.digest() == before


# -- gaps


def test_a_gap_is_not_applied_but_asked_for_and_paid_with_the_answer(table: Table) -> None:
    seat, told, ann = table.seated("a", 10)
    ann.insert(0, "lost ")
    before = table.room.digest()
    table.sync(seat, Sync.UPDATE, ann.insert(0, "x"))
    table.sync(seat, Sync.UPDATE, ann.insert(0, "y"))
    assert table.room.digest() == before
    [vector] = told.sync(Sync.STEP1)
    table.commit()
    assert told.saved == 0
    table.sync(seat, Sync.STEP2, ann.doc.get_update(vector))
    table.commit()
    assert told.saved == 2
    assert table.room.digest() == ann.digest()


def test_edits_made_between_step1_and_step2_are_acknowledged_with_step2(table: Table) -> None:
    seat, told = seat_for("a")
    page = Page(10)
    table.room.join(seat)
    table.sync(seat, Sync.STEP1, b"\x00")
    page.apply(told.sync(Sync.STEP2)[-1])
    page.insert(0, "offline ")
    table.sync(seat, Sync.UPDATE, page.insert(0, "x"))
    [vector] = told.sync(Sync.STEP1)
    table.sync(seat, Sync.STEP2, page.doc.get_update(vector))
    table.commit()
    assert told.saved == 2
    assert table.room.digest() == page.digest()


def test_a_clock_of_two_thousand_million_changes_nothing(table: Table) -> None:
    seat, told, ann = table.seated("a", 10)
    table.sync(seat, Sync.UPDATE, update(run(10, (1 << 31) - 10, under_root("x", root="files"))))
    assert table.room.digest() == ann.digest()
    assert not told.cuts


# -- hostile


@pytest.mark.parametrize("data", [PANIC, b"", b"\x00" * 12, b"\xff" * 30])
def test_malformed_updates_cut_their_sender_and_nothing_else(table: Table, data: bytes) -> None:
    seat, _, ann = table.seated("a", 10)
    _, bob_told, _ = table.seated("b", 11)
    with pytest.raises(Invalid):
        table.sync(seat, Sync.UPDATE, data)
    assert not bob_told.frames
    assert table.room.digest() == ann.digest()


def test_what_the_guard_lets_through_and_the_crdt_does_not_take_leaves_no_trace(
    table: Table, tmp_path: Path
) -> None:
    seat, told, _ = table.seated("a", 10)
    bob_seat, bob_told, bob = table.seated("b", 11)
    table.sync(seat, Sync.UPDATE, INSIDE_A_LETTER)
    assert isinstance(told.cuts[0], Invalid)
    assert not bob_told.frames
    assert table.counters.panics == 1
    assert table.room.log.read().refused == {2}
    table.sync(bob_seat, Sync.UPDATE, bob.insert(0, "on "))
    table.commit()
    assert bob_told.saved == 1
    assert table.room.digest() == bob.digest()
    assert reopened(table, tmp_path).room.digest() == bob.digest()


def test_a_panic_that_a_crash_left_unmarked_is_found_when_the_log_is_read(
    table: Table, tmp_path: Path
) -> None:
    seat, _, ann = table.seated("a", 10)
    table.sync(seat, Sync.UPDATE, ann.insert(0, "before "))
    table.room.log.append(Millis(1), "par_x", 10, INSIDE_A_LETTER)
    again = reopened(table, tmp_path)
    assert again.room.digest() == ann.digest()
    assert again.room.log.read().refused == {3}


def test_ten_thousand_client_ids_end_at_the_limit(table: Table) -> None:
    seat, told, _ = table.seated("a", 10)
    for client in range(1000, 11_000):
        table.sync(seat, Sync.UPDATE, update(run(client, 0, under_root("x", root="files"))))
    assert table.room.log.last <= 1 + CLIENTS_PER_PARTICIPANT_MAX
    assert [
        json.loads(m[1:] if m[0] < 128 else m[2:])["type"] for m in told.of(Kind.STATELESS)
    ] == ["reload"]


def test_nobody_writes_under_anothers_client_id(table: Table) -> None:
    ann_seat, _, ann = table.seated("a", 10)
    mallory_seat, mallory_told, _ = table.seated("b", 11)
    table.sync(ann_seat, Sync.UPDATE, ann.insert(0, "mine "))
    before = table.room.digest()
    forged = update(run(10, 5, after(10, 4, "not mine")))
    table.sync(mallory_seat, Sync.UPDATE, forged)
    table.commit()
    assert table.room.digest() == before
    assert mallory_told.saved == 0
    table.sync(ann_seat, Sync.UPDATE, ann.insert(0, "still "))
    assert table.room.digest() == ann.digest()


def test_a_claim_outlives_a_restart(table: Table, tmp_path: Path) -> None:
    seat, _, ann = table.seated("a", 10)
    table.sync(seat, Sync.UPDATE, ann.insert(0, "mine"))
    again = reopened(table, tmp_path)
    mallory, _, _ = again.seated("b", 11)
    again.sync(mallory, Sync.UPDATE, update(run(10, 4, after(10, 3, "x"))))
    assert again.room.digest() == ann.digest()


def test_half_a_character_is_refused_and_its_sender_told_to_start_anew(table: Table) -> None:
    seat, told, ann = table.seated("a", 10)
    table.sync(seat, Sync.UPDATE, ann.insert(0, "😀"))
    table.sync(seat, Sync.UPDATE, update(deletes=b"\x01\x0a\x01\x01\x01"))
    assert table.room.digest() == ann.digest()
    [message] = told.of(Kind.STATELESS)
    assert b"half of a character" in message
    vector = encode_state_vector([(10, 1)])
    with pytest.raises(Invalid):
        table.sync(seat, Sync.STEP1, vector)


def test_a_document_has_a_largest_size(table: Table) -> None:
    seat, told, ann = table.seated("a", 10)
    big = "x" * 1_000_000
    for _ in range(5):
        table.sync(seat, Sync.UPDATE, ann.insert(0, big))
    table.commit()
    assert told.saved == 4
    assert b"full" in told.of(Kind.STATELESS)[0]


def test_a_log_has_a_largest_size(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vivavoce.services.collab.room.LOG_BYTES_MAX", 10_000)
    seat, told, ann = table.seated("a", 10)
    for _ in range(3):
        table.sync(seat, Sync.UPDATE, ann.insert(0, "x" * 4000))
    assert table.room.log.size_bytes < 10_000
    assert b"full" in told.of(Kind.STATELESS)[0]


@pytest.mark.parametrize(
    "payload", [b"", b"\x05", b"\x00\x01", b"\x00\x00\x05\x01", b"\x00\x02\x00\x00\x00", b"\x63"]
)
def test_odd_frames_are_invalid(table: Table, payload: bytes) -> None:
    seat, _, _ = table.seated("a", 10)
    with pytest.raises(Invalid):
        table.room.receive(seat, b"\x09workspace" + payload, 10)


# -- rights


def test_who_may_only_read_changes_nothing_and_is_told(table: Table) -> None:
    seat, told, page = table.seated("a", 10, may_write=False)
    before = table.room.digest()
    table.sync(seat, Sync.UPDATE, page.insert(0, "x"))
    table.sync(seat, Sync.STEP2, page.doc.get_update(b"\x00"))
    table.commit()
    assert (told.saved, told.not_saved) == (0, 2)
    assert table.room.digest() == before


def test_a_reader_in_step_counts_as_saved(table: Table) -> None:
    seat, told = seat_for("a", may_write=False)
    table.room.join(seat)
    table.shake_hands(seat, told, Page(10))
    assert told.saved == 1


def test_a_reader_whose_copy_lacks_a_deletion_only_is_in_step(table: Table) -> None:
    ann_seat, _, ann = table.seated("a", 10)
    table.sync(ann_seat, Sync.UPDATE, ann.delete(0, 5))
    table.commit()
    seat, told = seat_for("b", may_write=False)
    table.room.join(seat)
    table.shake_hands(seat, told, Page(11))
    assert (told.saved, told.not_saved) == (1, 0)


def test_losing_the_right_to_write_takes_effect_at_once(table: Table) -> None:
    seat, told, page = table.seated("a", 10)
    table.room.set_scope(seat, may_write=False)
    assert told.of(Kind.AUTH) == [b"\x02" + varstring("readonly")]
    before = table.room.digest()
    table.sync(seat, Sync.UPDATE, page.insert(0, "late"))
    assert table.room.digest() == before


# -- recovery


def test_after_a_power_cut_a_reader_with_what_was_lost_waits_for_its_author(
    table: Table, tmp_path: Path
) -> None:
    ann_seat, _, ann = table.seated("a", 10)
    _, _, bob = table.seated("b", 11)
    table.sync(ann_seat, Sync.UPDATE, first := ann.insert(0, "kept "))
    bob.apply(first)
    lost = ann.insert(0, "lost ")
    bob.apply(lost)
    bob.insert(5, "built on it ")  # neither reached the disk

    bob_seat, bob_told = seat_for("b")
    table.room.join(bob_seat)
    table.shake_hands(bob_seat, bob_told, bob)
    table.sync(bob_seat, Sync.UPDATE, bob.insert(0, "more "))
    table.commit()
    assert bob_told.saved == 0
    assert len(bob_told.sync(Sync.STEP1)) == 1, "asking again would bring the same again"
    bob_told.clear()
    table.sync(ann_seat, Sync.UPDATE, lost)
    [vector] = bob_told.sync(Sync.STEP1)
    table.sync(bob_seat, Sync.STEP2, bob.doc.get_update(vector))
    table.commit()
    assert bob_told.saved == 2
    assert table.room.digest() == bob.digest()


def test_a_snapshot_is_taken_and_loading_begins_there(table: Table, tmp_path: Path) -> None:
    seat, _, ann = table.seated("a", 10)
    for _ in range(SNAPSHOT_EVERY + 20):
        table.sync(seat, Sync.UPDATE, ann.insert(0, "é"))
    [snapshot] = table.room.log.read().snapshots
    assert snapshot.seq == SNAPSHOT_EVERY
    again = reopened(table, tmp_path)
    assert again.room.digest() == ann.digest()


def test_a_snapshot_that_cannot_be_read_is_passed_over(table: Table, tmp_path: Path) -> None:
    seat, _, ann = table.seated("a", 10)
    table.sync(seat, Sync.UPDATE, ann.insert(0, "text "))
    table.room.log.add_snapshot(Snapshot(2, b"\xff\xff\xff"))
    assert reopened(table, tmp_path).room.digest() == ann.digest()


def test_two_rooms_with_equal_names_share_nothing(tmp_path: Path) -> None:
    one, two = Table(FileLogStore(tmp_path / "1")), Table(FileLogStore(tmp_path / "2"))
    seat, _, page = one.seated("a", 10)
    _, told, _ = two.seated("a", 10)
    one.sync(seat, Sync.UPDATE, page.insert(0, "only here"))
    assert not told.frames
    assert one.room.digest() != two.room.digest()


def test_a_failed_disk_cuts_everybody_and_acknowledges_nothing(table: Table) -> None:
    seat, told, page = table.seated("a", 10)
    table.sync(seat, Sync.UPDATE, page.insert(0, "x"))
    table.room.fail(LogDamaged("disk"))
    assert isinstance(told.cuts[0], LogDamaged)
    table.room.committed(table.room.log.last)
    assert told.saved == 0


# -- presence


def speak(table: Table, seat: Seat, client: int, text: str) -> None:
    table.send(seat, Kind.AWARENESS, presence((client, 1, text)))
    table.room.flush_presence()


def heard(told: Told) -> dict[int, Any]:
    return {
        client: json.loads(text)
        for payload in told.of(Kind.AWARENESS)
        for client, _, text in read_presence(payload)
    }


def test_the_server_says_who_somebody_is(table: Table) -> None:
    seat, told, _ = table.seated("a", 10)
    _, other, _ = table.seated("b", 11)
    speak(table, seat, 10, '{"user": {"name": "Forged", "id": "me"}, "cursor": 3}')
    expected = {"id": seat.participant, "name": "Person a", "color": "#123456", "role": "candidate"}
    assert heard(other) == {10: {"cursor": 3, "user": expected}}
    assert heard(told) == {}, "nobody is told of themselves"


def test_a_newcomer_hears_of_all_and_a_departure_is_told(table: Table) -> None:
    seat, _, _ = table.seated("a", 10)
    speak(table, seat, 10, "{}")
    late, told = seat_for("b")
    table.room.join(late)
    table.sync(late, Sync.STEP1, b"\x00")
    assert set(heard(told)) == {10}
    told.clear()
    table.room.leave(seat)
    table.room.flush_presence()
    assert heard(told) == {10: None}


def test_clocks_of_presence_only_grow_whatever_happens(table: Table, tmp_path: Path) -> None:
    clocks: list[int] = []
    for _ in range(2):
        seat, _, _ = table.seated("a", 10)
        other, told, _ = table.seated("b", 11)
        speak(table, seat, 10, "{}")
        table.room.leave(seat)
        table.room.flush_presence()
        for payload in told.of(Kind.AWARENESS):
            clocks += [clock for _, clock, _ in read_presence(payload)]
        table.room.leave(other)
        table.clock.advance(1)
        table = reopened(table, tmp_path)
    assert len(clocks) == 4
    assert clocks == sorted(set(clocks))


def test_a_page_that_came_back_is_not_removed_by_its_old_connection(table: Table) -> None:
    old, _, _ = table.seated("a", 10)
    speak(table, old, 10, "{}")
    new, _, _ = table.seated("a", 10)
    speak(table, new, 10, "{}")
    _, told, _ = table.seated("b", 11)
    table.room.leave(old)
    table.room.flush_presence()
    assert 10 not in heard(told)


def test_nobody_speaks_under_anothers_client_id(table: Table) -> None:
    seat, _, _ = table.seated("a", 10)
    speak(table, seat, 10, "{}")
    mallory, _, _ = table.seated("b", 11)
    _, told, _ = table.seated("c", 12)
    told.clear()
    speak(table, mallory, 10, '{"cursor": "forged"}')
    speak(table, mallory, 10, "null")
    assert heard(told) == {}


@pytest.mark.parametrize(
    "payload",
    [
        presence((10, 1, "[]")),
        presence((10, 1, "{")),
        presence((10, 1, '"' + "x" * 3000 + '"')),
        presence((10, 1, "[" * 2000)),
        presence((1 << 40, 1, "{}")),
        presence(*[(n, 1, "{}") for n in range(5)]),
        b"\x03\x01\x01",
        b"",
    ],
)
def test_odd_presence_is_invalid(table: Table, payload: bytes) -> None:
    seat, _, _ = table.seated("a", 10)
    with pytest.raises(Invalid):
        table.send(seat, Kind.AWARENESS, payload)


def test_observers_are_seen(table: Table) -> None:
    seat, _ = seat_for("o", may_write=False, role=Role.OBSERVER)
    table.room.join(seat)
    table.sync(seat, Sync.STEP1, b"\x00")
    _, told, _ = table.seated("a", 10)
    speak(table, seat, 99, "{}")
    assert heard(told)[99]["user"]["role"] == "observer"


# -- divergence


def check(table: Table, seat: Seat, page: Page, digest: str | None = None) -> None:
    vector = base64.b64encode(page.doc.get_state()).decode()
    message = {"type": "check", "vector": vector, "digest": digest or page.digest()}
    table.send(seat, Kind.STATELESS, varstring(json.dumps(message)))
    table.clock.advance(10)


WRONG = "0" * 64


def test_equal_copies_raise_no_alarm(table: Table) -> None:
    seat, told, page = table.seated("a", 10)
    for _ in range(3):
        check(table, seat, page)
    assert table.counters.divergences == 0
    assert not told.frames


def test_a_copy_that_differs_twice_in_stillness_is_reloaded(table: Table) -> None:
    seat, told, page = table.seated("a", 10)
    check(table, seat, page, WRONG)
    assert table.counters.divergences == 0, "a deletion may be under way"
    check(table, seat, page, WRONG)
    assert table.counters.divergences == 1
    assert b'"diverged"' in told.of(Kind.STATELESS)[0]


def test_a_difference_while_others_edit_proves_nothing(table: Table) -> None:
    seat, _, page = table.seated("a", 10)
    bob_seat, _, bob = table.seated("b", 11)
    for _ in range(3):
        check(table, seat, page, WRONG)
        table.sync(bob_seat, Sync.UPDATE, bob.delete(0, 1))
    assert table.counters.divergences == 0


def test_checks_that_come_too_fast_are_passed_over(table: Table) -> None:
    seat, _, page = table.seated("a", 10)
    for _ in range(5):
        check(table, seat, page, WRONG)
        table.clock = table.clock
    assert table.counters.divergences >= 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"type":"other"}', '{"type":"check","vector":"!"}']
)
def test_odd_messages_are_invalid(table: Table, text: str) -> None:
    seat, _, _ = table.seated("a", 10)
    with pytest.raises(Invalid):
        table.send(seat, Kind.STATELESS, varstring(text))


# -- the canonical text


def test_the_canonical_text_of_a_workspace_is_that_of_the_protocol() -> None:
    doc: Doc[Any] = Doc()
    files = doc.get("files", type=Map)
    files["b"] = Map({"name": "b.py", "order": 1, "text": Text("é😀")})
    files["a"] = Map({"name": 7, "text": Text("x")})
    files["\U0001f600"] = Map({"name": "n", "text": "plain"})
    files["\uffee"] = Map({"text": Text("last")})
    files["odd"] = "no file"
    assert WORKSPACE.canonical(doc) == (
        "a\0\0x\0b\0b.py\0é😀\0\U0001f600\0n\0plain\0\uffee\0\0last\0"
    )


def test_the_brief_is_a_text(tmp_path: Path) -> None:
    table = Table(FileLogStore(tmp_path), BRIEF, ManualClock())
    seat, told = seat_for("a", role=Role.INTERVIEWER)
    table.room.join(seat)
    page = Page(10, BRIEF)
    table.shake_hands(seat, told, page)
    page.doc.get("text", type=Text).insert(0, "# Task")
    table.sync(seat, Sync.UPDATE, page.take()[-1])
    assert table.room.digest() == page.digest()
    assert INTERVIEW
