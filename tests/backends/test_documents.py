"""The contract of ``Documents``."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivavoce.kernel.documents import (
    DOCUMENT_BYTES_MAX,
    FIND_LIMIT_MAX,
    Collection,
    Documents,
    VersionConflict,
)
from vivavoce.kernel.errors import LimitExceeded
from vivavoce.kernel.events import Event, EventBus

from .adapters import STORAGES, event, until

THINGS = Collection("test.things", frozenset({"owner", "state"}))
OTHERS = Collection("test.others", frozenset({"owner"}))


async def test_what_was_put_is_got_with_its_version(documents: Documents) -> None:
    body = {"owner": "ann", "nested": {"list": [1, 2.5, None, True, "ü\u0000"]}}
    put = await documents.put(THINGS, "a", body, expected_version=0)
    got = await documents.get(THINGS, "a")
    assert got == put
    assert got is not None
    assert (got.id, got.version, got.body) == ("a", 1, body)


async def test_what_was_never_put_is_none(documents: Documents) -> None:
    assert await documents.get(THINGS, "a") is None


async def test_a_body_is_not_shared_with_the_store(documents: Documents) -> None:
    body: dict[str, Any] = {"list": [1]}
    put = await documents.put(THINGS, "a", body, expected_version=0)
    body["list"].append(2)
    put.body["list"].append(3)
    got = await documents.get(THINGS, "a")
    assert got is not None
    got.body["list"].append(4)
    again = await documents.get(THINGS, "a")
    assert again is not None
    assert again.body == {"list": [1]}


async def test_versions_count_writes(documents: Documents) -> None:
    for version in range(3):
        put = await documents.put(THINGS, "a", {"n": version}, expected_version=version)
        assert put.version == version + 1


@pytest.mark.parametrize("stale", [0, 1, 3])
async def test_a_writer_with_another_version_is_refused(documents: Documents, stale: int) -> None:
    await documents.put(THINGS, "a", {"n": 1}, expected_version=0)
    await documents.put(THINGS, "a", {"n": 2}, expected_version=1)
    with pytest.raises(VersionConflict):
        await documents.put(THINGS, "a", {"n": 3}, expected_version=stale)
    got = await documents.get(THINGS, "a")
    assert got is not None
    assert (got.version, got.body) == (2, {"n": 2})


async def test_an_update_of_what_does_not_exist_is_refused(documents: Documents) -> None:
    with pytest.raises(VersionConflict):
        await documents.put(THINGS, "a", {}, expected_version=1)
    assert await documents.get(THINGS, "a") is None


async def test_of_writers_at_the_same_moment_one_wins(documents: Documents) -> None:
    writes = [documents.put(THINGS, "a", {"writer": n}, expected_version=0) for n in range(20)]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    winners = [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, Exception)]
    assert len(winners) == 1
    assert sum(isinstance(outcome, VersionConflict) for outcome in outcomes) == 19
    got = await documents.get(THINGS, "a")
    assert got is not None
    assert got.body == {"writer": winners[0]}


async def test_no_update_is_lost_when_all_read_and_try_again(documents: Documents) -> None:
    async def increment() -> None:
        while True:
            before = await documents.get(THINGS, "counter")
            assert before is not None
            try:
                await documents.put(
                    THINGS,
                    "counter",
                    {"n": before.body["n"] + 1},
                    expected_version=before.version,
                )
            except VersionConflict:
                continue
            return

    await documents.put(THINGS, "counter", {"n": 0}, expected_version=0)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(20):
            tasks.create_task(increment())
    got = await documents.get(THINGS, "counter")
    assert got is not None
    assert got.body == {"n": 20}


async def test_find_gives_equal_fields_by_ascending_id(documents: Documents) -> None:
    for id_, owner, state in [
        ("c", "ann", "x"),
        ("a", "ann", "x"),
        ("b", "ann", "y"),
        ("d", "bob", "x"),
    ]:
        await documents.put(THINGS, id_, {"owner": owner, "state": state}, expected_version=0)
    assert await ids(documents, {"owner": "ann"}) == ["a", "b", "c"]
    assert await ids(documents, {"owner": "ann", "state": "x"}) == ["a", "c"]
    assert await ids(documents, {}) == ["a", "b", "c", "d"]
    assert await ids(documents, {"owner": "nobody"}) == []


async def test_find_pages(documents: Documents) -> None:
    for n in range(7):
        await documents.put(THINGS, f"id{n}", {"owner": "ann"}, expected_version=0)
    pages: list[list[str]] = []
    after = None
    while page := await documents.find(THINGS, {"owner": "ann"}, limit=3, after=after):
        pages.append([each.id for each in page])
        after = page[-1].id
    assert pages == [["id0", "id1", "id2"], ["id3", "id4", "id5"], ["id6"]]


async def test_find_follows_a_changed_field(documents: Documents) -> None:
    await documents.put(THINGS, "a", {"owner": "ann"}, expected_version=0)
    await documents.put(THINGS, "a", {"owner": "bob"}, expected_version=1)
    assert await ids(documents, {"owner": "ann"}) == []
    assert await ids(documents, {"owner": "bob"}) == ["a"]


async def test_find_compares_strings_only(documents: Documents) -> None:
    for id_, owner in [("a", 1), ("b", None), ("c", True), ("d", "1"), ("e", ["1"])]:
        await documents.put(THINGS, id_, {"owner": owner}, expected_version=0)
    await documents.put(THINGS, "f", {}, expected_version=0)
    assert await ids(documents, {"owner": "1"}) == ["d"]


@pytest.mark.parametrize("value", ["' OR 1=1 --", "%", "ü", "", '"'])
async def test_find_takes_values_as_they_are(documents: Documents, value: str) -> None:
    await documents.put(THINGS, "a", {"owner": value}, expected_version=0)
    await documents.put(THINGS, "b", {"owner": "other"}, expected_version=0)
    assert await ids(documents, {"owner": value}) == ["a"]


async def test_find_refuses_what_is_no_index(documents: Documents) -> None:
    with pytest.raises(ValueError, match="no index"):
        await documents.find(THINGS, {"colour": "red"})


@pytest.mark.parametrize("limit", [0, -1, FIND_LIMIT_MAX + 1])
async def test_find_refuses_a_limit_out_of_range(documents: Documents, limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        await documents.find(THINGS, {}, limit=limit)


async def test_an_index_that_is_declared_later_covers_what_is_there(documents: Documents) -> None:
    await documents.put(Collection("test.late"), "a", {"owner": "ann"}, expected_version=0)
    late = Collection("test.late", frozenset({"owner"}))
    assert [each.id for each in await documents.find(late, {"owner": "ann"})] == ["a"]


async def test_collections_are_apart(documents: Documents) -> None:
    await documents.put(THINGS, "a", {"owner": "ann"}, expected_version=0)
    assert await documents.get(OTHERS, "a") is None
    await documents.put(OTHERS, "a", {"owner": "bob"}, expected_version=0)
    assert await ids(documents, {"owner": "bob"}) == []


async def test_what_was_deleted_is_gone_and_may_come_again(documents: Documents) -> None:
    await documents.put(THINGS, "a", {"owner": "ann"}, expected_version=0)
    await documents.delete(THINGS, "a", expected_version=1)
    assert await documents.get(THINGS, "a") is None
    assert await ids(documents, {"owner": "ann"}) == []
    assert (await documents.put(THINGS, "a", {}, expected_version=0)).version == 1


@pytest.mark.parametrize("version", [0, 2])
async def test_a_delete_with_another_version_is_refused(documents: Documents, version: int) -> None:
    await documents.put(THINGS, "a", {}, expected_version=0)
    with pytest.raises(VersionConflict):
        await documents.delete(THINGS, "a", expected_version=version)
    assert await documents.get(THINGS, "a") is not None


@pytest.mark.parametrize("version", [0, 1])
async def test_a_delete_of_what_is_gone_is_refused(documents: Documents, version: int) -> None:
    with pytest.raises(VersionConflict):
        await documents.delete(THINGS, "a", expected_version=version)


async def test_a_body_that_is_too_large_is_refused_and_the_old_one_stays(
    documents: Documents,
) -> None:
    await documents.put(THINGS, "a", {"n": 1}, expected_version=0)
    with pytest.raises(LimitExceeded):
        await documents.put(THINGS, "a", {"n": "x" * DOCUMENT_BYTES_MAX}, expected_version=1)
    got = await documents.get(THINGS, "a")
    assert got is not None
    assert got.body == {"n": 1}


@pytest.mark.parametrize("value", [float("nan"), b"bytes", {1, 2}, object()])
async def test_a_body_that_is_no_json_is_refused(documents: Documents, value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        await documents.put(THINGS, "a", {"value": value}, expected_version=0)
    assert await documents.get(THINGS, "a") is None


async def test_an_indexed_field_with_a_nul_is_refused(documents: Documents) -> None:
    with pytest.raises(ValueError, match="NUL"):
        await documents.put(THINGS, "a", {"owner": "a\u0000b"}, expected_version=0)


async def test_events_of_a_write_are_published_and_of_a_refused_write_are_not(
    documents: Documents, bus: EventBus
) -> None:
    got: list[str] = []

    async def handle(event: Event) -> None:
        got.append(event.body["word"])

    bus.subscribe("g", frozenset({"thing.happened"}), handle)
    await bus.start()
    await documents.put(THINGS, "a", {}, expected_version=0, events=[event(word="put")])
    with pytest.raises(VersionConflict):
        await documents.put(THINGS, "a", {}, expected_version=0, events=[event(word="refused")])
    with pytest.raises(VersionConflict):
        await documents.delete(THINGS, "a", expected_version=7, events=[event(word="refused")])
    two = [event(word="gone"), event(word="last")]
    await documents.delete(THINGS, "a", expected_version=1, events=two)
    await until(lambda: "last" in got)
    assert got == ["put", "gone", "last"]


_OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("abc"), st.integers(0, 3), st.sampled_from("xy")),
        st.tuples(st.just("delete"), st.sampled_from("abc"), st.integers(0, 3), st.just("")),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(_OPERATIONS)
def test_all_adapters_end_alike(operations: list[tuple[str, str, int, str]]) -> None:
    async def end_of(adapter: str) -> list[Any]:
        with tempfile.TemporaryDirectory() as folder:
            async with STORAGES[adapter](Path(folder)) as storage:
                seen = [await outcome(storage.documents, *each) for each in operations]
                return [*seen, await storage.documents.find(THINGS, {"owner": "x"})]

    async def compare() -> None:
        ends = [await end_of(adapter) for adapter in STORAGES]
        assert all(end == ends[0] for end in ends)

    asyncio.run(compare())


async def outcome(documents: Documents, what: str, id: str, version: int, owner: str) -> object:
    try:
        if what == "put":
            return await documents.put(THINGS, id, {"owner": owner}, expected_version=version)
        return await documents.delete(THINGS, id, expected_version=version)
    except VersionConflict:
        return "refused"


async def ids(documents: Documents, where: dict[str, str]) -> list[str]:
    return [each.id for each in await documents.find(THINGS, where)]
