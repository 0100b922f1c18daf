"""Presence in a room, the divergence check, and the text that it compares."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text

from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.errors import Invalid
from vivavoce.services.collab.documents import BRIEF, WORKSPACE
from vivavoce.services.collab.extent import INNER_TYPES_MAX
from vivavoce.services.collab.file_log import FileLogStore
from vivavoce.services.collab.lib0 import varstring
from vivavoce.services.collab.room import RELOADS_MAX
from vivavoce.services.collab.seat import Seat
from vivavoce.services.collab.wire import Kind, Sync

from .peers import INTERVIEW, Page, Table, Told, presence, read_presence, reopened, seat_for
from .test_guard import maps_within_maps


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


def test_whatever_a_state_holds_everybody_can_read_it(table: Table) -> None:
    seat, _, _ = table.seated("a", 10)
    _, told, _ = table.seated("b", 11)
    speak(table, seat, 10, '{"half": "\\ud800", "\\udfff": "é😀"}')
    assert heard(told)[10] | {"user": 0} == {"half": "\ud800", "\udfff": "é😀", "user": 0}
    late, late_told = seat_for("c")
    table.room.join(late)
    table.sync(late, Sync.STEP1, b"\x00")
    assert set(heard(late_told)) == {10}


@pytest.mark.parametrize(
    "payload",
    [
        presence((10, 1, '{"a": NaN}')),
        presence((10, 1, '{"a": [-Infinity]}')),
        presence((10, 1, '{"a": 1e999}')),
        presence((10, 1, '"' + "é" * 1500 + '"')),
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


def test_who_differs_however_often_they_reload_is_left_in_peace(table: Table) -> None:
    told_to_reload = 0
    for _ in range(RELOADS_MAX + 2):
        seat, told, page = table.seated("a", 10)
        check(table, seat, page, WRONG)
        check(table, seat, page, WRONG)
        told_to_reload += len(told.of(Kind.STATELESS))
        table.room.leave(seat)
    assert told_to_reload == RELOADS_MAX
    assert table.counters.divergences == RELOADS_MAX + 2


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


def test_the_canonical_text_of_a_workspace_is_that_of_the_protocol() -> None:
    doc: Doc[Any] = Doc()
    files = doc.get("files", type=Map)
    files["b"] = Map({"name": "b.py", "order": 1, "text": Text("é😀")})
    files["a"] = Map({"name": 7, "text": Text("x")})
    files["\U0001f600"] = Map({"name": "n", "text": "plain"})
    files["\uffee"] = Map({"name": Text("n"), "text": Array(["x"])})
    files["odd"] = "no file"
    assert WORKSPACE.canonical(doc) == (
        "a\0\0x\0b\0b.py\0é😀\0odd\0\0\0\U0001f600\0n\0\0\uffee\0\0\0"
    )


def test_maps_within_maps_do_not_stop_the_check(table: Table) -> None:
    seat, told, page = table.seated("a", 10)
    table.sync(seat, Sync.UPDATE, maps_within_maps(12, 0, INNER_TYPES_MAX))
    page.apply(table.room.log.read().entries[-1].update)
    check(table, seat, page)
    assert not told.of(Kind.STATELESS)
    assert table.counters.updates == 1


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
