"""The guard on honest, hostile and mutated updates."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, XmlFragment

from vivavoce.services.collab.fit import cuts_pair, missing, not_deleted_yet
from vivavoce.services.collab.guard import Refused, parse
from vivavoce.services.collab.lib0 import decode_state_vector, varstring, varuint

ROOTS = frozenset({"text", "map", "list"})
PANIC = bytes.fromhex("010105c9808805c4fd017c4220000000")
EMPTY = b"\x00\x00"


def typed(client: int, *pieces: str) -> list[bytes]:
    """The updates of somebody who types at the end of an empty text."""
    updates: list[bytes] = []
    doc: Doc[Any] = Doc(client_id=client)
    text = doc.get("text", type=Text)
    subscription = doc.observe(lambda event: updates.append(event.update))
    for piece in pieces:
        text.insert(len(text), piece)
    doc.unobserve(subscription)
    return updates


def update(*runs: bytes, deletes: bytes = b"\x00") -> bytes:
    return varuint(len(runs)) + b"".join(runs) + deletes


def run(client: int, clock: int, *structs: bytes) -> bytes:
    return varuint(len(structs)) + varuint(client) + varuint(clock) + b"".join(structs)


def under_root(text: str, root: str = "text") -> bytes:
    return b"\x04\x01" + varstring(root) + varstring(text)


def after(client: int, clock: int, text: str) -> bytes:
    return b"\x84" + varuint(client) + varuint(clock) + varstring(text)


def maps_within_maps(client: int, clock: int, depth: int) -> bytes:
    """``depth`` maps, each the only entry of the one before; at clock 0 the first stands in ``files``."""
    structs = [
        b"\x27\x00" + varuint(client) + varuint(at - 1) + varstring("a") + b"\x01"
        if at
        else b"\x27\x01" + varstring("files") + varstring("deep") + b"\x01"
        for at in range(clock, clock + depth)
    ]
    return update(run(client, clock, *structs))


def rich_update() -> bytes:
    """One update with all content that documents use."""
    doc: Doc[Any] = Doc(client_id=7)
    with doc.transaction():
        items = doc.get("map", type=Map)
        items["a"] = Map({"name": "x", "order": 1.5, "big": 1 << 40, "text": Text("hé😀llo")})
        items["b"] = [1, None, True, False, {"k": [b"bytes", "s", -3]}]
        doc.get("list", type=Array).extend([1, "two", b"3"])
        doc.get("text", type=Text).insert(0, "typed")
    with doc.transaction():
        del doc.get("text", type=Text)[1:3]
        del items["b"]
    return doc.get_update()


def test_an_update_says_which_clocks_it_writes() -> None:
    first, second = typed(9, "hello", "!")
    assert [(r.client, r.start, r.end) for r in parse(first, ROOTS).runs] == [(9, 0, 5)]
    assert [(r.client, r.start, r.end) for r in parse(second, ROOTS).runs] == [(9, 5, 6)]


def test_all_content_that_documents_use_is_understood() -> None:
    parsed = parse(rich_update(), ROOTS)
    doc: Doc[Any] = Doc()
    doc.apply_update(rich_update())
    assert {r.client: r.end for r in parsed.runs} == decode_state_vector(doc.get_state())
    assert parsed.deletes


@given(st.text(max_size=30))
def test_text_is_as_long_as_javascript_says(text: str) -> None:
    [only] = parse(update(run(1, 0, under_root("x" + text))), ROOTS).runs
    assert only.end == 1 + len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_the_sixteen_bytes_that_make_yrs_panic_are_refused() -> None:
    with pytest.raises(Refused):
        parse(PANIC, ROOTS)


def test_every_truncation_of_an_update_is_refused() -> None:
    whole = rich_update()
    for end in range(len(whole)):
        with pytest.raises(Refused):
            parse(whole[:end], ROOTS)


def test_what_follows_an_update_is_refused() -> None:
    with pytest.raises(Refused):
        parse(rich_update() + b"\x00", ROOTS)


def test_an_update_in_format_v2_is_refused() -> None:
    v2_of_an_inserted_a = bytes.fromhex("000002a50100000104010601047465787461010101000000")
    for data in (b"\x00" * 12, v2_of_an_inserted_a):
        with pytest.raises(Refused):
            parse(data, ROOTS)


def test_an_unknown_root_is_refused() -> None:
    with pytest.raises(Refused):
        parse(update(run(1, 0, under_root("x", root="notes"))), ROOTS)


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(update(*[run(c, 0, under_root("x")) for c in range(65)]), id="65 authors"),
        pytest.param(update(*[run(5, 0, under_root("x"))] * 2), id="one author twice"),
        pytest.param(update(run(1, 0, *[under_root("x")] * 20_001)), id="20,001 structs"),
        pytest.param(update(run(1, 0)), id="no struct"),
        pytest.param(update(run(1, 0, under_root(""))), id="an empty text"),
        pytest.param(update(run(1 << 32, 0, under_root("x"))), id="a client id of 33 bits"),
        pytest.param(update(run(1, (1 << 31) - 1, under_root("x"))), id="clock 2^31"),
        pytest.param(update(run(1, 0, b"\x00\x00")), id="an empty collected struct"),
        pytest.param(
            update(run(1, 0, b"\x40\x01\x00\x01")), id="a collected struct with an origin"
        ),
        pytest.param(update(run(1, 5, after(1, 5, "x"))), id="a struct behind itself"),
        pytest.param(update(run(1, 0, b"\x09\x01\x04text\x01g\x76\x00")), id="a subdocument"),
        pytest.param(update(run(1, 0, b"\x07\x01\x04text\x03\x01p")), id="an XML element"),
        pytest.param(update(run(1, 0, b"\x1f\x01\x04text")), id="unknown content"),
        pytest.param(update(run(1, 0, b"\x08\x01\x04text\x01" + b"\x75\x01" * 40)), id="deep"),
        pytest.param(update(run(1, 0, b"\x04\x01\x04text\x02\xff\xfe")), id="no UTF-8"),
        pytest.param(b"\xff" * 20, id="an endless integer"),
        pytest.param(b"\x00" + b"\x01\x01\x01\x00\x00", id="an empty deleted range"),
        pytest.param(b"\x00\x81\x80\x01", id="16,385 deleting authors"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x01" * ((1 << 20) + 1), id="more than 1 MiB"),
    ],
)
def test_what_no_honest_client_writes_is_refused(hostile: bytes) -> None:
    with pytest.raises(Refused):
        parse(hostile, ROOTS)


def test_an_xml_root_is_refused() -> None:
    doc: Doc[Any] = Doc(client_id=3)
    doc["xml"] = fragment = XmlFragment()
    fragment.children.append("text")
    with pytest.raises(Refused):
        parse(doc.get_update(), ROOTS)


MUTATIONS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 255), st.sampled_from(["set", "add", "cut"])),
    min_size=1,
    max_size=6,
)


def mutate(data: bytes, mutations: list[tuple[int, int, str]]) -> bytes:
    out = bytearray(data)
    for position, value, how in mutations:
        at = position % (len(out) + 1)
        if how == "add":
            out.insert(at, value)
        elif at < len(out):
            out[at : at + 1] = b"" if how == "cut" else bytes((value,))
    return bytes(out)


@given(MUTATIONS)
def test_a_mutated_update_is_understood_or_refused_and_nothing_else(
    mutations: list[tuple[int, int, str]],
) -> None:
    _judge_wholly(mutate(rich_update(), mutations))


@given(st.binary(max_size=200))
def test_random_bytes_are_understood_or_refused_and_nothing_else(data: bytes) -> None:
    _judge_wholly(data)


def _judge_wholly(data: bytes) -> None:
    try:
        parsed = parse(data, ROOTS)
    except Refused:
        return
    missing(parsed, {7: 3})
    cuts_pair(parsed, {(7, 2)}, {7: 3})
    assert not not_deleted_yet(parsed.deletes, parsed.deletes)
