"""The log file: what is read back, what a crash leaves, what is damage."""

import resource
from pathlib import Path

import pytest

from vivavoce.kernel.clock import Millis
from vivavoce.services.collab.file_log import MAGIC, FileLog, FileLogStore
from vivavoce.services.collab.log import History, LogDamaged, Snapshot

from .peers import INTERVIEW


def read(path: Path) -> History:
    log = FileLog(path)
    try:
        return log.read()
    finally:
        log.close()


def written(path: Path, count: int) -> list[int]:
    """A log of ``count`` entries; the size of the file after each record, the magic line first."""
    log = FileLog(path)
    sizes = [path.stat().st_size]
    for number in range(1, count + 1):
        log.append(Millis(1000 + number), "par_x", 7, b"update %d" % number)
        sizes.append(path.stat().st_size)
    log.close()
    return sizes


def test_entries_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    log = FileLog(path)
    assert log.append(Millis(1), "par_x", 4_294_967_295, b"one") == 1
    assert log.append(Millis(2), "par_y", 0, b"") == 2
    log.refuse(1)
    log.add_snapshot(Snapshot(2, b"state"))
    log.sync()
    log.close()
    history = read(path)
    assert [(e.seq, e.at, e.author, e.client, e.update) for e in history.entries] == [
        (1, 1, "par_x", 4_294_967_295, b"one"),
        (2, 2, "par_y", 0, b""),
    ]
    assert history.refused == {1}
    assert history.snapshots == [Snapshot(2, b"state")]


def test_a_tail_torn_at_any_byte_is_cut_off_and_the_log_goes_on(tmp_path: Path) -> None:
    whole = tmp_path / "whole.log"
    sizes = written(whole, 3)
    content = whole.read_bytes()
    for end in range(len(content)):
        torn = tmp_path / "torn.log"
        torn.write_bytes(content[:end])
        kept = sum(size <= end for size in sizes[1:])
        log = FileLog(torn)
        assert [e.seq for e in log.read().entries] == list(range(1, kept + 1)), end
        assert log.append(Millis(9), "par_z", 1, b"after") == kept + 1
        log.close()
        assert [e.update for e in read(torn).entries][-1] == b"after"


def test_a_tail_of_zeros_as_a_power_cut_leaves_it_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    written(path, 2)
    with path.open("ab") as file:
        file.write(b"\0" * 4096)
    log = FileLog(path)
    assert log.cut_bytes == 4096
    assert len(log.read().entries) == 2
    log.close()


def test_damage_before_the_end_keeps_the_log_closed_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    sizes = written(path, 3)
    content = bytearray(path.read_bytes())
    content[sizes[1] + 12] ^= 1
    path.write_bytes(content)
    with pytest.raises(LogDamaged):
        FileLog(path)
    assert path.read_bytes() == content


def test_a_file_that_is_no_log_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"something else entirely")
    with pytest.raises(LogDamaged):
        FileLog(path)
    assert path.read_bytes() == b"something else entirely"


def test_a_log_has_one_writer(tmp_path: Path) -> None:
    store = FileLogStore(tmp_path)
    log, _ = store.open(INTERVIEW, "workspace")
    with pytest.raises(LogDamaged):
        store.open(INTERVIEW, "workspace")
    log.close()
    again, _ = store.open(INTERVIEW, "workspace")
    again.close()


def test_a_full_disk_refuses_the_entry_and_keeps_the_log_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    log = FileLog(path)
    log.append(Millis(1), "par_x", 1, b"fits")
    before = path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (before + 20, hard))
    try:
        with pytest.raises(LogDamaged):
            log.append(Millis(2), "par_x", 1, b"x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.stat().st_size == before
    assert log.append(Millis(3), "par_x", 1, b"again") == 2
    log.close()
    assert [e.update for e in read(path).entries] == [b"fits", b"again"]


def test_a_name_that_is_no_interview_opens_nothing(tmp_path: Path) -> None:
    with pytest.raises(LogDamaged):
        FileLogStore(tmp_path).open("../../etc", "workspace")  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_new_log_begins_with_its_magic(tmp_path: Path) -> None:
    log, history = FileLogStore(tmp_path).open(INTERVIEW, "brief")
    log.close()
    assert history == History()
    assert (tmp_path / INTERVIEW / "brief.log").read_bytes() == MAGIC
