"""A room driven by hand: opening, the order of things, gaps, rights and recovery. The disk answers when the test says so."""

from pathlib import Path

import pytest

from vivavoce.services.collab.file_log import FileLog, FileLogStore
from vivavoce.services.collab.lib0 import varstring
from vivavoce.services.collab.live import SNAPSHOT_EVERY
from vivavoce.services.collab.log import SERVER_AUTHOR, LogDamaged, Snapshot
from vivavoce.services.collab.wire import Kind, Sync

from .peers import Page, Table, participant, reopened, seat_for
from .test_guard import run, under_root, update


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


def test_after_a_power_cut_two_who_built_on_each_other_bring_it_back_together(table: Table) -> None:
    ann_seat, _, ann = table.seated("a", 10)
    bob_seat, _, bob = table.seated("b", 11)
    table.sync(ann_seat, Sync.UPDATE, first := ann.insert(0, "kept "))
    bob.apply(first)
    table.sync(bob_seat, Sync.UPDATE, second := bob.insert(0, "kept "))
    ann.apply(second)
    for writer, reader in ((ann, bob), (bob, ann), (ann, bob)):  # none of it reached the disk
        reader.apply(writer.insert(3, "lost"))
    bob.delete(0, 6)

    returned = [(*seat_for(letter), page) for letter, page in (("b", bob), ("a", ann))]
    for seat, told, page in returned:
        table.room.join(seat)
        table.shake_hands(seat, told, page)
        told.frames[:] = [f for f in told.frames if f[10:12] != b"\x00\x00"]
    while asked := [one for one in returned if one[1].sync(Sync.STEP1)]:
        for seat, told, page in asked:
            [vector] = told.sync(Sync.STEP1)
            told.frames[:] = [f for f in told.frames if f[10:12] != b"\x00\x00"]
            table.sync(seat, Sync.STEP2, page.doc.get_update(vector))
    table.commit()
    assert [told.saved for _, told, _ in returned] == [1, 1]
    assert table.room.digest() == bob.digest()


def test_after_a_power_cut_what_does_not_need_the_lost_is_taken_without_it(table: Table) -> None:
    ann_seat, _, ann = table.seated("a", 10)
    _, _, bob = table.seated("b", 11)
    table.sync(ann_seat, Sync.UPDATE, first := ann.insert(0, "kept "))
    bob.apply(first)
    bob.apply(ann.insert(0, "lost, and its author never comes back "))
    bob.insert(len(bob.text), "mine")
    seat, told = seat_for("b")
    table.room.join(seat)
    table.shake_hands(seat, told, bob)
    table.commit()
    assert told.saved == 1


def test_what_a_reader_brings_of_others_may_meanwhile_have_come_from_them(table: Table) -> None:
    ann_seat, _, ann = table.seated("a", 10)
    _, _, bob = table.seated("b", 11)
    bob.apply(lost := ann.insert(0, "lost "))  # a power cut took it
    bob_seat, bob_told = seat_for("b")
    table.room.join(bob_seat)
    table.sync(bob_seat, Sync.STEP1, bob.doc.get_state())
    [vector] = bob_told.sync(Sync.STEP1)
    bob.insert(0, "mine ")
    table.sync(ann_seat, Sync.UPDATE, lost)
    table.sync(bob_seat, Sync.STEP2, bob.doc.get_update(vector))
    table.commit()
    assert bob_told.saved == 1
    assert table.room.digest() == bob.digest()


def test_a_snapshot_is_taken_and_loading_begins_there(table: Table, tmp_path: Path) -> None:
    seat, _, ann = table.seated("a", 10)
    for _ in range(SNAPSHOT_EVERY + 20):
        table.sync(seat, Sync.UPDATE, ann.insert(0, "é"))
    [snapshot] = table.room.log.read().snapshots
    assert snapshot.seq == SNAPSHOT_EVERY
    again = reopened(table, tmp_path)
    assert again.room.digest() == ann.digest()


def test_snapshots_of_a_large_document_do_not_fill_its_log(table: Table) -> None:
    seat, _, ann = table.seated("a", 10)
    for _ in range(3):
        table.sync(seat, Sync.UPDATE, ann.insert(0, "x" * 900_000))
    typed = table.room.log.size_bytes
    for _ in range(4 * SNAPSHOT_EVERY):
        table.sync(seat, Sync.UPDATE, ann.insert(0, "y"))
    assert len(table.room.log.read().snapshots) == 1
    assert table.room.log.size_bytes < 3 * typed


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
