"""What the SQLite adapters promise beyond the contracts: they survive kills, full disks and other processes."""

import asyncio
import random
import sqlite3
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from vivavoce.backends.sqlite import Embedded, open_embedded
from vivavoce.backends.sqlite.threads import WRITES_WAITING_MAX
from vivavoce.kernel.documents import VersionConflict
from vivavoce.kernel.errors import Unavailable
from vivavoce.kernel.events import Event

from . import crashing_program
from .adapters import DEADLINE_S, event, until
from .crashing_program import KEYS, THINGS, TYPES

ROOT = Path(__file__).parents[2]


async def kill_when(what: str, path: Path, enough: Callable[[list[str]], bool]) -> list[str]:
    """Run the program, kill it with SIGKILL when it has said enough, and give all that it said."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        crashing_program.__name__,
        what,
        str(path),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(DEADLINE_S * 3):
        while not enough(said):
            line = await program.stdout.readline()
            assert line, "the program ended by itself"
            said.append(line.decode().strip())
        program.kill()
        said += (await program.stdout.read()).decode().splitlines()
        await program.wait()
    return said


async def delivered_after_restart(path: Path, count: int) -> list[Event]:
    got: list[Event] = []

    async def handle(event: Event) -> None:
        got.append(event)

    async with await open_embedded(path) as embedded:
        embedded.bus.subscribe("g", TYPES, handle)
        await embedded.bus.start()
        await until(lambda: len(got) >= count)
    return got


@pytest.mark.parametrize("what", ["commit_only", "hang"])
async def test_an_event_that_was_committed_and_not_handled_is_delivered_after_a_kill(
    tmp_path: Path, what: str
) -> None:
    said = await kill_when(what, tmp_path / "db", lambda said: len(said) == 1)
    assert said in (["stored 7"], ["entered"])
    got = await delivered_after_restart(tmp_path / "db", 1)
    assert [each.body for each in got] == [{"n": 7}]
    async with await open_embedded(tmp_path / "db") as embedded:
        assert await embedded.documents.get(THINGS, "a") is not None


@pytest.mark.parametrize("seed", range(8))
async def test_a_kill_at_any_moment_loses_no_write_that_was_told_of_and_no_event(
    tmp_path: Path, seed: int
) -> None:
    lines = random.Random(seed).randrange(1, 600)
    said = await kill_when("write", tmp_path / "db", lambda said: len(said) >= lines)
    stored = said_numbers(said, "stored")
    handled = said_numbers(said, "handled")
    async with await open_embedded(tmp_path / "db") as embedded:
        found = await all_ids(embedded)
    assert set(stored) <= set(found)
    assert found == list(range(len(found)))
    missing = set(found) - set(handled)
    got = await delivered_after_restart(tmp_path / "db", len(missing))
    assert missing <= {each.body["n"] for each in got}
    for key in (f"k{n}" for n in range(KEYS)):
        numbers = [each.body["n"] for each in got if each.key == key]
        assert numbers == sorted(numbers)


def said_numbers(said: list[str], word: str) -> list[int]:
    return [int(line.split()[1]) for line in said if line.startswith(f"{word} ")]


async def all_ids(embedded: Embedded) -> list[int]:
    found: list[int] = []
    while page := await embedded.documents.find(
        THINGS, {}, limit=500, after=f"{found[-1]:06}" if found else None
    ):
        found += [int(each.id) for each in page]
    return found


async def test_what_every_group_has_handled_is_not_kept(tmp_path: Path) -> None:
    got: list[Event] = []

    async def handle(event: Event) -> None:
        got.append(event)

    async with await open_embedded(tmp_path / "db") as embedded:
        for group in ("g", "h"):
            embedded.bus.subscribe(group, TYPES, handle)
        await embedded.bus.start()
        for n in range(100):
            await embedded.bus.publish(event(key=f"k{n % 3}", n=n))
        await until(lambda: len(got) == 200)
    assert rows(tmp_path / "db", "outbox") == rows(tmp_path / "db", "undelivered") == 0


async def test_what_one_group_has_not_handled_is_kept_for_it_alone(tmp_path: Path) -> None:
    quick: list[Event] = []

    async def handle(event: Event) -> None:
        quick.append(event)

    async def fail(_: Event) -> None:
        raise ValueError("poison")

    async with await open_embedded(tmp_path / "db") as embedded:
        embedded.bus.subscribe("quick", TYPES, handle)
        embedded.bus.subscribe("g", TYPES, fail)
        await embedded.bus.start()
        await embedded.bus.publish(event(n=1))
        await until(lambda: len(quick) == 1)
    assert [each.body for each in await delivered_after_restart(tmp_path / "db", 1)] == [{"n": 1}]
    assert rows(tmp_path / "db", "outbox") == 0


def rows(path: Path, table: str) -> int:
    connection = sqlite3.connect(path)
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    return count


async def test_one_writers_conflict_or_bug_harms_no_other_in_the_same_commit(
    embedded: Embedded,
) -> None:
    def bug(connection: sqlite3.Connection) -> None:
        connection.execute('INSERT INTO "docs.crash.things" VALUES (?, 1, ?)', ("bug", "{}"))
        raise KeyError("a bug")

    await embedded.documents.put(THINGS, "taken", {}, expected_version=0)
    outcomes = await asyncio.gather(
        embedded.documents.put(THINGS, "a", {}, expected_version=0),
        embedded.documents.put(THINGS, "taken", {}, expected_version=0),
        embedded._writer.write(bug),
        embedded.documents.put(THINGS, "b", {}, expected_version=0),
        return_exceptions=True,
    )
    assert [type(each).__name__ for each in outcomes] == [
        "Document",
        "VersionConflict",
        "KeyError",
        "Document",
    ]
    assert [each.id for each in await embedded.documents.find(THINGS, {})] == ["a", "b", "taken"]


async def test_a_full_disk_is_told_and_when_there_is_room_again_writing_goes_on(
    embedded: Embedded,
) -> None:
    await embedded.documents.put(THINGS, "a", {}, expected_version=0)
    await embedded._writer.write(partial(set_pragma, "max_page_count", 1))
    with pytest.raises(Unavailable):
        await embedded.documents.put(THINGS, "b", {"text": "x" * 500_000}, expected_version=0)
    await embedded._writer.write(partial(set_pragma, "max_page_count", 1 << 30))
    await embedded.documents.put(THINGS, "b", {"text": "x" * 500_000}, expected_version=0)
    assert [each.id for each in await embedded.documents.find(THINGS, {})] == ["a", "b"]


def set_pragma(name: str, value: int, connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA {name}={value}")


async def test_another_process_that_writes_is_waited_for(
    tmp_path: Path, embedded: Embedded
) -> None:
    await embedded.documents.put(THINGS, "a", {}, expected_version=0)
    other = sqlite3.connect(tmp_path / "vivavoce.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    put = asyncio.create_task(embedded.documents.put(THINGS, "b", {}, expected_version=0))
    assert await embedded.documents.get(THINGS, "b") is None  # reading goes on meanwhile
    assert not put.done()
    other.execute("COMMIT")
    other.close()
    assert (await put).version == 1


async def test_two_openings_of_one_database_agree(tmp_path: Path) -> None:
    async with (
        await open_embedded(tmp_path / "db") as one,
        await open_embedded(tmp_path / "db") as two,
    ):
        await one.documents.put(THINGS, "a", {"key": "k"}, expected_version=0)
        with pytest.raises(VersionConflict):
            await two.documents.put(THINGS, "a", {}, expected_version=0)
        assert len(await two.documents.find(THINGS, {"key": "k"})) == 1


async def test_more_writers_than_there_is_room_for_wait_and_all_are_served(
    embedded: Embedded,
) -> None:
    count = 2 * WRITES_WAITING_MAX
    async with asyncio.TaskGroup() as tasks:
        for n in range(count):
            tasks.create_task(embedded.documents.put(THINGS, f"{n:06}", {}, expected_version=0))
    assert await all_ids(embedded) == list(range(count))


async def test_the_loop_runs_on_while_a_query_takes_long(embedded: Embedded) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    def long_query(connection: sqlite3.Connection) -> int:
        counting = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n < 300000)"
        return connection.execute(f"{counting} SELECT sum(n) FROM c").fetchone()[0]

    ticking = asyncio.create_task(tick())
    assert await embedded._readers.read(long_query) == 300000 * 300001 // 2
    ticking.cancel()
    assert ticks > 10


async def test_a_write_that_was_cancelled_too_late_is_kept_and_its_event_delivered(
    embedded: Embedded,
) -> None:
    got: list[Event] = []
    writer_is_busy, release = threading.Event(), threading.Event()

    async def handle(event: Event) -> None:
        got.append(event)

    def be_busy(_: sqlite3.Connection) -> None:
        writer_is_busy.set()
        release.wait(DEADLINE_S)

    embedded.bus.subscribe("g", TYPES, handle)
    await embedded.bus.start()
    assert await embedded.documents.get(THINGS, "a") is None
    busy = asyncio.create_task(embedded._writer.write(be_busy))
    await until(writer_is_busy.is_set)
    put = asyncio.create_task(
        embedded.documents.put(THINGS, "a", {}, expected_version=0, events=[event(n=1)])
    )
    await until(lambda: not embedded._writer._waiting.empty())
    put.cancel()
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await put
    await busy
    await until(lambda: len(got) == 1)
    assert await embedded.documents.get(THINGS, "a") is not None


async def test_a_database_is_for_its_owner_only(tmp_path: Path, embedded: Embedded) -> None:
    await embedded.documents.put(THINGS, "a", {}, expected_version=0)
    files = list(tmp_path.glob("vivavoce.db*"))
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"this is no database" * 100)
    with pytest.raises(Unavailable, match="cannot be opened"):
        await open_embedded(tmp_path / "db")


async def test_a_damaged_database_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "db"
    async with await open_embedded(path) as embedded:
        for number in range(50):
            body = {"text": "x" * 2000}
            await embedded.documents.put(THINGS, str(number), body, expected_version=0)
    whole = path.read_bytes()
    path.write_bytes(whole[:32768] + b"\xff" * (len(whole) - 32768))
    async with await open_embedded(path) as embedded:
        with pytest.raises(Unavailable, match=r"damaged.*backup"):
            await embedded.documents.find(THINGS, {})
        with pytest.raises(Unavailable, match=r"damaged.*backup"):
            await embedded.documents.put(THINGS, "49", {}, expected_version=1)


async def test_a_file_that_cannot_be_written_to_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    with pytest.raises(Unavailable, match="cannot be opened"):
        await open_embedded(tmp_path / "db")


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "db")
    connection.execute("PRAGMA user_version=2")
    connection.close()
    with pytest.raises(Unavailable, match="newer"):
        await open_embedded(tmp_path / "db")


async def test_after_closing_writing_is_refused(tmp_path: Path) -> None:
    embedded = await open_embedded(tmp_path / "db")
    await embedded.close()
    await embedded.close()
    with pytest.raises(Unavailable):
        await embedded.documents.put(THINGS, "a", {}, expected_version=0)
