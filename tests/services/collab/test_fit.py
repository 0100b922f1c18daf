"""Which updates a document can take, and which cut a character in half."""

from vivavoce.services.collab.fit import cuts_pair, merged, missing, not_deleted_yet
from vivavoce.services.collab.guard import parse
from vivavoce.services.collab.lib0 import varstring
from vivavoce.services.collab.update import Range

from .test_guard import ROOTS, after, run, typed, under_root, update


def test_a_clock_ahead_of_ours_is_missing_something() -> None:
    _, second = typed(9, "hello", "!")
    assert missing(parse(second, ROOTS), {}) == {9: 5}
    assert missing(parse(second, ROOTS), {9: 3}) == {9: 5}
    assert not missing(parse(second, ROOTS), {9: 5})


def test_a_clock_of_two_thousand_million_is_missing_something() -> None:
    far = update(run(9, (1 << 31) - 10, under_root("x")))
    assert missing(parse(far, ROOTS), {9: 5}) == {9: (1 << 31) - 10}


def test_a_hole_in_an_update_is_missing_something() -> None:
    holed = update(run(9, 0, under_root("x"), b"\x0a\x03", under_root("y")))
    assert missing(parse(holed, ROOTS), {}) == {9: 5}


def test_an_unknown_neighbour_is_missing() -> None:
    behind_other = update(run(9, 0, after(4, 2, "x")))
    assert missing(parse(behind_other, ROOTS), {4: 2}) == {4: 3}
    assert not missing(parse(behind_other, ROOTS), {4: 3})


def test_deleting_what_is_unknown_is_missing_something() -> None:
    delete = update(deletes=b"\x01\x04\x01\x02\x03")
    assert missing(parse(delete, ROOTS), {4: 4}) == {4: 5}
    assert not missing(parse(delete, ROOTS), {4: 5})


def test_authors_of_one_update_may_build_on_each_other_in_turns() -> None:
    zigzag = update(
        run(1, 0, under_root("a"), after(2, 0, "b"), after(2, 1, "c")),
        run(2, 0, after(1, 0, "x"), after(1, 1, "y")),
    )
    assert not missing(parse(zigzag, ROOTS), {})


def test_authors_of_one_update_that_wait_for_each_other_are_missing_something() -> None:
    circle = update(run(1, 0, after(2, 0, "a")), run(2, 0, after(1, 0, "b")))
    assert missing(parse(circle, ROOTS), {}) == {1: 1, 2: 1}


def test_ten_thousand_dependencies_are_judged_in_linear_time() -> None:
    links = 9_000
    one = [under_root("a")] + [after(2, n, "b") for n in range(links)]
    two = [after(1, n, "x") for n in range(links)]
    parsed = parse(update(run(1, 0, *one), run(2, 0, *two)), ROOTS)
    assert not missing(parsed, {})


def test_a_cut_through_a_surrogate_pair_is_seen() -> None:
    parsed = parse(update(run(1, 0, under_root("a😀b"))), ROOTS)
    pairs = {(1, clock) for r in parsed.runs for clock in r.pairs}
    assert pairs == {(1, 2)}
    assert not cuts_pair(parsed, set(), {})
    for cutting in (
        update(deletes=b"\x01\x01\x01\x02\x01"),
        update(deletes=b"\x01\x01\x01\x01\x01"),
        update(run(2, 0, after(1, 1, "x"))),
        update(run(2, 0, b"\x44" + b"\x01\x02" + varstring("x"))),
    ):
        assert cuts_pair(parse(cutting, ROOTS), pairs, {1: 4})
    for clean in (update(deletes=b"\x01\x01\x01\x01\x02"), update(run(2, 0, after(1, 2, "x")))):
        assert not cuts_pair(parse(clean, ROOTS), pairs, {1: 4})


def test_text_of_which_half_a_pair_is_known_is_cut() -> None:
    parsed = parse(update(run(1, 0, under_root("😀z"))), ROOTS)
    assert cuts_pair(parsed, set(), {1: 1})
    assert not cuts_pair(parsed, set(), {1: 2})


def test_what_is_not_deleted_yet_is_told_range_by_range() -> None:
    wanted = [Range(3, 4, 6), Range(3, 1, 4), Range(9, 0, 1)]
    assert not_deleted_yet(wanted, [Range(3, 1, 2), Range(9, 0, 5)]) == [Range(3, 1, 6)]
    assert not not_deleted_yet(wanted, [Range(3, 2, 8), Range(3, 1, 2), Range(9, 0, 1)])


def test_touching_ranges_become_one() -> None:
    assert merged([Range(1, 4, 6), Range(1, 0, 2), Range(2, 2, 3), Range(1, 2, 4)]) == [
        Range(1, 0, 6),
        Range(2, 2, 3),
    ]
