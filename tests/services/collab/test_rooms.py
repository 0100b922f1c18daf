"""Loading and unloading of documents."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.errors import Unavailable
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.collab.commit import GroupCommit
from vivavoce.services.collab.counters import Counters
from vivavoce.services.collab.documents import BRIEF, WORKSPACE
from vivavoce.services.collab.file_log import FileLog, FileLogStore
from vivavoce.services.collab.log import History, LogDamaged
from vivavoce.services.collab.rooms import IDLE_S, Rooms

from .peers import INTERVIEW, seat_for
from .stage import until


class Store(FileLogStore):
    """Counts loads, holds them up while ``gate`` is closed, and fails when told to."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.opened = 0
        self.is_broken = False
        self.gate = threading.Event()
        self.gate.set()

    def open(self, interview: InterviewId, document: str) -> tuple[FileLog, History]:
        self.gate.wait(10)
        self.opened += 1
        if self.is_broken:
            raise LogDamaged("broken")
        return super().open(interview, document)


class Commit(GroupCommit):
    """Lets something happen while the disk works."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    async def flush(self) -> None:
        await super().flush()
        self.meanwhile()


class Backstage:
    """Running rooms over a store and a clock that a test holds."""

    def __init__(self, directory: Path) -> None:
        self.clock = ManualClock()
        self.counters = Counters()
        self.store = Store(directory)
        self.commit = Commit(self.counters)
        self.rooms = Rooms(self.store, clock=self.clock, commit=self.commit, counters=self.counters)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncGenerator[Backstage]:
    backstage = Backstage(tmp_path)
    task = asyncio.create_task(backstage.rooms.run())
    await asyncio.sleep(0)
    yield backstage
    backstage.store.gate.set()
    task.cancel()
    await asyncio.wait({task})


async def test_however_many_ask_at_once_a_document_is_loaded_once(stage: Backstage) -> None:
    stage.store.gate.clear()
    asked = [asyncio.create_task(stage.rooms.open(INTERVIEW, WORKSPACE)) for _ in range(5)]
    await asyncio.sleep(0)
    stage.store.gate.set()
    rooms = await asyncio.gather(*asked)
    assert len({id(room) for room in rooms}) == 1
    assert stage.store.opened == 1


async def test_one_who_gives_up_waiting_does_not_spoil_the_load_of_others(stage: Backstage) -> None:
    stage.store.gate.clear()
    first = asyncio.create_task(stage.rooms.open(INTERVIEW, WORKSPACE))
    second = asyncio.create_task(stage.rooms.open(INTERVIEW, WORKSPACE))
    await asyncio.sleep(0)
    first.cancel()
    stage.store.gate.set()
    assert (await second).kind is WORKSPACE


async def test_a_failed_load_reaches_all_who_wait_and_the_next_tries_again(
    stage: Backstage,
) -> None:
    stage.store.is_broken = True
    asked = [stage.rooms.open(INTERVIEW, WORKSPACE) for _ in range(3)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [LogDamaged] * 3
    assert stage.store.opened == 1
    stage.store.is_broken = False
    assert await stage.rooms.open(INTERVIEW, WORKSPACE)


async def test_documents_of_one_interview_are_apart(stage: Backstage) -> None:
    one = await stage.rooms.open(INTERVIEW, WORKSPACE)
    two = await stage.rooms.open(INTERVIEW, BRIEF)
    assert one is not two
    assert one is await stage.rooms.open(INTERVIEW, WORKSPACE)


async def test_an_idle_document_is_unloaded_and_comes_back_whole(stage: Backstage) -> None:
    room = await stage.rooms.open(INTERVIEW, WORKSPACE)
    stage.clock.advance(IDLE_S + 1)
    await stage.rooms.unload_idle()
    again = await stage.rooms.open(INTERVIEW, WORKSPACE)
    assert again is not room
    assert again.digest() == room.digest()


async def test_a_document_with_somebody_in_it_stays(stage: Backstage) -> None:
    room = await stage.rooms.open(INTERVIEW, WORKSPACE)
    seat, _ = seat_for("a")
    room.join(seat)
    for _ in range(2):
        stage.clock.advance(IDLE_S + 1)
        await stage.rooms.unload_idle()
    assert await stage.rooms.open(INTERVIEW, WORKSPACE) is room
    room.leave(seat)
    await stage.rooms.unload_idle()
    assert await stage.rooms.open(INTERVIEW, WORKSPACE) is room, "its idle time begins now"


async def test_who_comes_while_the_disk_works_keeps_the_document_open(stage: Backstage) -> None:
    room = await stage.rooms.open(INTERVIEW, WORKSPACE)
    seat, _ = seat_for("a")
    stage.commit.meanwhile = lambda: room.join(seat)
    stage.clock.advance(IDLE_S + 1)
    await stage.rooms.unload_idle()
    assert await stage.rooms.open(INTERVIEW, WORKSPACE) is room


async def test_a_room_whose_disk_failed_is_refused_then_read_anew(stage: Backstage) -> None:
    room = await stage.rooms.open(INTERVIEW, WORKSPACE)
    room.fail(LogDamaged("disk"))
    with pytest.raises(Unavailable):
        await stage.rooms.open(INTERVIEW, WORKSPACE)
    await stage.rooms.unload_idle()
    assert await stage.rooms.open(INTERVIEW, WORKSPACE) is not room


async def test_a_group_commit_acknowledges_what_the_disk_has(stage: Backstage) -> None:
    room = await stage.rooms.open(INTERVIEW, WORKSPACE)
    await until(lambda: stage.counters.commits > 0)
    commits = stage.counters.commits
    stage.commit.mark(room)
    stage.commit.mark(room)
    await until(lambda: stage.counters.commits > commits)
    assert stage.counters.commits == commits + 1
