"""The use-cases where time passes between a question and its answer."""

import asyncio
from pathlib import Path

import pytest

from tests.small_app import interview_created
from vivavoce.backends.memory import MemoryBus, MemoryDocuments
from vivavoce.contracts.events import ParticipantLeft
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.rights import Role
from vivavoce.contracts.tokens import JoinClaims
from vivavoce.kernel.clock import SystemClock
from vivavoce.kernel.errors import AppError
from vivavoce.kernel.ids import InterviewId
from vivavoce.kernel.tickets import Tickets
from vivavoce.services.collab.commit import GroupCommit
from vivavoce.services.collab.counters import Counters
from vivavoce.services.collab.documents import DocumentKind
from vivavoce.services.collab.file_log import FileLogStore
from vivavoce.services.collab.room import Room
from vivavoce.services.collab.rooms import Rooms
from vivavoce.services.collab.seat import Seat
from vivavoce.services.collab.service import CollabService, Removed

from .peers import INTERVIEW, participant


class SlowRooms(Rooms):
    """Rooms that open when the test says so."""

    def __init__(self, directory: Path, counters: Counters) -> None:
        clock = SystemClock()
        store, commit = FileLogStore(directory), GroupCommit(counters)
        super().__init__(store, clock=clock, commit=commit, counters=counters)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def open(self, interview: InterviewId, kind: DocumentKind) -> Room:
        self.asked.set()
        await self.go.wait()
        return await super().open(interview, kind)


class Socket:
    """A connection that only remembers."""

    interview = INTERVIEW
    claims: JoinClaims | None = None

    def __init__(self) -> None:
        self.cuts: list[AppError] = []

    def send(self, frame: bytes) -> None: ...

    def cut(self, error: AppError) -> None:
        self.cuts.append(error)

    def places(self) -> list[tuple[Room, Seat]]:
        return []


async def test_who_is_removed_while_their_document_is_opened_gets_no_seat(tmp_path: Path) -> None:
    clock, bus, counters = SystemClock(), MemoryBus(), Counters()
    tickets: Tickets[JoinClaims] = Tickets(clock)
    views = InterviewViews("collab", MemoryDocuments(bus), bus)
    rooms = SlowRooms(tmp_path, counters)
    service = CollabService(tickets=tickets, views=views, rooms=rooms, commit=GroupCommit(counters))
    claims = JoinClaims.issued(
        clock, interview=INTERVIEW, participant=participant("a"), role=Role.CANDIDATE, name="A"
    )
    await bus.start()
    await bus.publish(interview_created(INTERVIEW).event(clock))
    running = asyncio.create_task(rooms.run())
    ticket = await service.issue_ticket(INTERVIEW, claims)
    sitting = asyncio.create_task(service.sit(Socket(), "workspace", ticket))
    await rooms.asked.wait()
    fact = ParticipantLeft(interview=INTERVIEW, participant=participant("a"), reason="removed")
    await service.follow_participant(fact.event(clock))
    rooms.go.set()
    with pytest.raises(Removed):
        await sitting
    running.cancel()
    await asyncio.wait({running})
    await bus.close()
