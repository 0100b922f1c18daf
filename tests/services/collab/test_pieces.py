"""A large update in pieces does what the whole does."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc, Text

from vivavoce.services.collab.guard import parse
from vivavoce.services.collab.pieces import PIECE_STRUCTS, pieces

from .test_guard import ROOTS

EDITS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 50), st.booleans()), max_size=300)


@given(EDITS)
def test_pieces_are_small_and_together_the_whole(edits: list[tuple[int, int, bool]]) -> None:
    docs: list[Doc[Any]] = [Doc(client_id=7), Doc(client_id=8)]
    for who, wish, is_deletion in edits:
        text = docs[who].get("text", type=Text)
        at = min(wish, len(text))
        if is_deletion and at < len(text):
            del text[at : at + 1]
        else:
            text.insert(at, "ab")
        docs[1 - who].apply_update(docs[who].get_update(docs[1 - who].get_state()))
    whole = docs[0].get_update()
    copy: Doc[Any] = Doc()
    for piece in pieces(whole, ROOTS, {}):
        assert sum(len(run.places) - 1 for run in parse(piece, ROOTS).runs) <= PIECE_STRUCTS
        copy.apply_update(piece)
    assert str(copy.get("text", type=Text)) == str(docs[0].get("text", type=Text))
    assert copy.get_state() == docs[0].get_state()
