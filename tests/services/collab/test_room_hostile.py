"""A room and those who mean harm, or whose page has gone wrong."""

import json
from pathlib import Path

import pytest

from vivavoce.kernel.clock import Millis
from vivavoce.kernel.errors import Invalid
from vivavoce.services.collab.extent import INNER_TYPES_MAX
from vivavoce.services.collab.file_log import FileLog
from vivavoce.services.collab.ledger import CLIENTS_PER_PARTICIPANT_MAX
from vivavoce.services.collab.lib0 import encode_state_vector, varstring, varuint
from vivavoce.services.collab.live import EFFORT_S_MAX
from vivavoce.services.collab.room import LOG_BYTES_MAX, PANICS_MAX
from vivavoce.services.collab.wire import Kind, Sync

from .peers import Page, Table, reopened, seat_for
from .test_guard import PANIC, after, maps_within_maps, run, under_root, update

INSIDE_A_LETTER = update(run(77, 0, b"\x04\x00\x01\x05" + varstring("x")))
"""Puts a text under a struct that is no shared type; yrs raises after it has begun."""


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


class AlmostFull(FileLog):
    """A log that says it is 10 kB below its limit."""

    @property
    def size_bytes(self) -> int:
        return LOG_BYTES_MAX - 10_000 + super().size_bytes


def test_a_log_has_a_largest_size(table: Table, tmp_path: Path) -> None:
    seat, told, ann = table.seated("a", 10)
    table.room.log = AlmostFull(tmp_path / "other.log")
    for _ in range(3):
        table.sync(seat, Sync.UPDATE, ann.insert(0, "x" * 4000))
    assert table.room.log.size_bytes < LOG_BYTES_MAX
    assert b"full" in told.of(Kind.STATELESS)[0]


@pytest.mark.parametrize(
    "payload", [b"", b"\x05", b"\x00\x01", b"\x00\x00\x05\x01", b"\x00\x02\x00\x00\x00", b"\x63"]
)
def test_odd_frames_are_invalid(table: Table, payload: bytes) -> None:
    seat, _, _ = table.seated("a", 10)
    with pytest.raises(Invalid):
        table.room.receive(seat, b"\x09workspace" + payload, 10)


def test_maps_nested_deeper_than_any_stack_end_at_the_limit(table: Table) -> None:
    seat, told, _ = table.seated("a", 10)
    for clock in range(0, 100_000, 1000):
        table.sync(seat, Sync.UPDATE, maps_within_maps(10, clock, 1000))
    assert table.room.log.last <= 1 + INNER_TYPES_MAX // 1000
    assert b"full" in told.of(Kind.STATELESS)[0]
    bob_seat, bob_told, bob = table.seated("b", 11)
    table.sync(bob_seat, Sync.UPDATE, update(deletes=b"\x01\x0a\x01\x00\x01"))
    table.sync(bob_seat, Sync.UPDATE, bob.insert(0, "on "))
    table.commit()
    assert bob_told.saved == 1 + 2


def test_the_count_of_inner_types_outlives_a_restart(table: Table, tmp_path: Path) -> None:
    seat, _, _ = table.seated("a", 10)
    for clock in range(0, INNER_TYPES_MAX, 500):
        table.sync(seat, Sync.UPDATE, maps_within_maps(10, clock, 500))
    again = reopened(table, tmp_path)
    seat, told, _ = again.seated("a", 10)
    again.sync(seat, Sync.UPDATE, maps_within_maps(10, INNER_TYPES_MAX, 500))
    assert b"full" in told.of(Kind.STATELESS)[0]


def every_other(client: int, start: int, count: int) -> bytes:
    """Deletes of ``count`` single characters that do not touch."""
    ranges = b"".join(varuint(start + 2 * index) + b"\x01" for index in range(count))
    return update(deletes=b"\x01" + varuint(client) + varuint(count) + ranges)


def test_a_document_with_deletions_to_its_limit_is_still_opened_by_everybody(table: Table) -> None:
    seat, told, _ = table.seated("a", 10)
    for start in range(0, 120_000, 20_000):
        text = "x" * 20_000
        struct = after(10, start - 1, text) if start else under_root(text, root="files")
        table.sync(seat, Sync.UPDATE, update(run(10, start, struct)))
        table.sync(seat, Sync.UPDATE, every_other(10, start, 10_000))
    assert b"full" in told.of(Kind.STATELESS)[0]
    late, _, page = table.seated("b", 11)
    table.sync(late, Sync.UPDATE, page.insert(0, "on "))
    page.insert(0, "offline ")
    table.room.leave(late)
    again, again_told = seat_for("b")
    table.room.join(again)
    table.shake_hands(again, again_told, page)
    table.commit()
    assert again_told.saved == 1
    assert table.room.digest() == page.digest()


def at_one_place(client: int, count: int) -> bytes:
    """As many structs, each set at the beginning of a list as if the others were not there."""
    return update(run(client, 0, *[under_root("x", root="files")] * count))


def test_an_update_that_would_take_half_a_minute_is_given_up(table: Table, tmp_path: Path) -> None:
    seat, _, _ = table.seated("a", 10)
    _, bob_told, bob = table.seated("b", 11)
    table.sync(seat, Sync.UPDATE, at_one_place(100, 20_000))
    bob.apply(bob_told.sync(Sync.UPDATE)[-1])
    mallory, mallory_told, _ = table.seated("m", 12)
    bob_told.clear()
    table.sync(mallory, Sync.UPDATE, at_one_place(200, 20_000))
    assert isinstance(mallory_told.cuts[0], Invalid)
    assert not bob_told.frames, "it would freeze their pages for longer yet"
    assert table.room.digest() == bob.digest()
    assert reopened(table, tmp_path).room.digest() == bob.digest()


def test_the_same_in_small_updates_ends_at_the_documents_limit(table: Table) -> None:
    seat, _, _ = table.seated("a", 10)
    table.sync(seat, Sync.UPDATE, at_one_place(100, 20_000))
    mallory, told, _ = table.seated("m", 12)
    table.room._document._effort_s = EFFORT_S_MAX - 0.1
    for client in range(200, 200 + CLIENTS_PER_PARTICIPANT_MAX):
        table.sync(mallory, Sync.UPDATE, at_one_place(client, 32))
        if told.cuts:
            break
    assert table.counters.panics == 1


def test_who_makes_the_crdt_panic_again_and_again_may_only_read(table: Table) -> None:
    for _ in range(PANICS_MAX):
        seat, told, _ = table.seated("a", 10)
        table.sync(seat, Sync.UPDATE, INSIDE_A_LETTER)
        table.room.leave(seat)
    seat, told = seat_for("a")
    table.room.join(seat)
    assert told.of(Kind.AUTH) == [b"\x02" + varstring("readonly")]
    table.sync(seat, Sync.UPDATE, INSIDE_A_LETTER)
    assert table.counters.panics == PANICS_MAX


def test_a_long_honest_update_of_several_pages_is_taken_in_pieces(table: Table) -> None:
    seat, told, _ = table.seated("a", 10)
    first, second = Page(20), Page(21)
    for page in (first, second):
        page.apply(table.room.log.read().entries[0].update)
    for index in range(400):
        first.insert(index % 7, "abc")
        second.apply(first.doc.get_update(second.doc.get_state()))
        second.insert(index % 5, "xyz")
        second.delete(index % 11, index % 11 + 1)
        first.apply(second.doc.get_update(first.doc.get_state()))
    table.sync(seat, Sync.UPDATE, first.doc.get_update())
    table.commit()
    assert told.saved == 1
    assert table.room.digest() == first.digest()
