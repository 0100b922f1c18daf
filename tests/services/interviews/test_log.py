"""A log grows by what is new, in pieces, up to its limit; and it has no place for words."""

import itertools
from typing import Any

import pytest
from pydantic import ValidationError

from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.interviews.log import (
    LOG_BYTES_MAX,
    PAGES_MAX,
    PIECE_BYTES,
    Batch,
    LogFull,
    Piece,
    grown,
    notes_of,
)

EMPTY = Piece(interview=InterviewId("itv_1"), participant=ParticipantId("par_1"))
AT = 1_000_000


def state(seq: int, *, ago_ms: int = 0) -> dict[str, Any]:
    return {"seq": seq, "ago_ms": ago_ms, "kind": "state", "of": "call", "state": "connected"}


def batch(*entries: dict[str, Any], page: str = "page-1") -> Batch:
    return Batch.model_validate({"page": page, "entries": list(entries)})


def seqs(piece: Piece) -> list[int]:
    return [note.entry.seq for note in notes_of(piece)]


def test_an_entry_is_kept_with_the_time_at_which_it_was_noted() -> None:
    piece = grown(EMPTY, batch(state(1, ago_ms=400)), at=AT)
    (note,) = notes_of(piece)
    assert (note.page, note.at, note.entry.seq) == ("page-1", AT - 400, 1)


def test_what_comes_twice_is_kept_once_however_the_batches_are_cut() -> None:
    piece = grown(EMPTY, batch(state(1), state(2)), at=AT)
    assert grown(piece, batch(state(1), state(2)), at=AT) is piece
    assert seqs(grown(piece, batch(state(2), state(3)), at=AT)) == [1, 2, 3]


def test_each_loading_of_the_page_counts_for_itself() -> None:
    piece = grown(EMPTY, batch(state(1), state(2)), at=AT)
    assert seqs(grown(piece, batch(state(1), page="page-2"), at=AT)) == [1, 2, 1]


def test_a_large_piece_is_followed_by_the_next_which_knows_what_was_seen() -> None:
    piece, count = EMPTY, itertools.count(1)
    while piece.bytes < PIECE_BYTES:
        piece = grown(piece, batch(*(state(next(count)) for _ in range(100))), at=AT)
    last = next(count)
    after = grown(piece, batch(state(last - 1), state(last)), at=AT)
    assert (after.number, seqs(after)) == (1, [last])
    assert after.bytes_before == piece.bytes


def test_a_log_ends_at_its_limit() -> None:
    almost = EMPTY.model_copy(update={"bytes_before": LOG_BYTES_MAX - 10})
    with pytest.raises(LogFull):
        grown(almost, batch(state(1)), at=AT)


def test_a_page_cannot_be_loaded_for_ever() -> None:
    seen = {f"page-{number}": 1 for number in range(PAGES_MAX)}
    full = EMPTY.model_copy(update={"seen": seen})
    with pytest.raises(LogFull):
        grown(full, batch(state(1), page="one-more"), at=AT)
    assert grown(full, batch(state(2), page="page-1"), at=AT) is not full


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": "state", "of": "call", "state": "My password is x"},
        {"kind": "state", "of": "call", "state": "connected", "note": "text"},
        {"kind": "error", "name": "TypeError: cannot read /home/ann/secret"},
        {"kind": "error", "name": "TypeError", "message": "text"},
        {"kind": "device", "device": "camera", "event": "opened", "label": "Ann's iPhone"},
        {"kind": "device", "device": "camera", "event": "Ann's iPhone"},
        {"kind": "typed", "text": "print(1)"},
    ],
)
def test_there_is_no_place_for_words(entry: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        batch({"seq": 1, "ago_ms": 0, **entry})


@pytest.mark.parametrize("wrong", [{"seq": 0}, {"ago_ms": -1}, {"seq": 1 << 50}])
def test_a_number_out_of_its_bounds_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        batch({**state(1), **wrong})
