"""The socket edge against a real uvicorn."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from pycrdt import Text
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from vivavoce.contracts.events import InterviewEnded, ParticipantLeft
from vivavoce.contracts.rights import Role
from vivavoce.contracts.sockets import (
    CLOSE_ENDED,
    CLOSE_FORBIDDEN,
    CLOSE_INVALID,
    CLOSE_NOT_FOUND,
    CLOSE_REPLACED,
    CLOSE_TOO_LARGE,
)
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.collab.allowance import FRAMES_BURST
from vivavoce.services.collab.documents import BRIEF
from vivavoce.services.collab.ends import CLOSE_RESET
from vivavoce.services.collab.guard import UPDATE_BYTES_MAX
from vivavoce.services.collab.lending import LendingProtocol
from vivavoce.services.collab.lib0 import varstring
from vivavoce.services.collab.service import SOCKETS_PER_PARTICIPANT_MAX
from vivavoce.services.collab.wire import Kind, Sync

from .peers import INTERVIEW, Page, participant
from .stage import ORIGIN, Client, Server, joined, serving, until
from .test_guard import PANIC

OTHER = InterviewId("itv_" + "b" * 24)


@pytest.fixture(params=[LendingProtocol, WebSocketsSansIOProtocol])
async def server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    async with serving(tmp_path, request.param) as running:
        yield running


# -- tickets


async def test_a_ticket_needs_a_join_token_of_this_interview(server: Server) -> None:
    assert (await server.ask_ticket("nonsense")).status_code == 401
    elsewhere = server.token(interview=OTHER)
    assert (await server.ask_ticket(elsewhere)).status_code == 403
    assert (await server.ask_ticket(server.token())).status_code == 200


async def test_a_ticket_is_good_once(server: Server) -> None:
    ticket = await server.ticket()
    async with joined(server) as client:
        assert await client.authenticate("workspace", ticket) == "read-write"
        assert await client.authenticate("workspace", ticket) == "permission-denied"


# -- opening


async def test_a_page_of_elsewhere_is_refused(server: Server) -> None:
    for origin in ("http://evil.test", None):
        with pytest.raises(InvalidStatus):
            async with connect(server.url(), origin=origin):  # type: ignore[arg-type]
                pass


async def test_an_interview_that_does_not_exist_is_told(server: Server) -> None:
    async with connect(server.url(OTHER), origin=ORIGIN) as socket:  # type: ignore[arg-type]
        client = Client(socket)
        await client.listen()
        assert client.close_code == CLOSE_NOT_FOUND


@pytest.mark.parametrize(
    ("role", "workspace", "brief"),
    [
        (Role.INTERVIEWER, "read-write", "read-write"),
        (Role.CANDIDATE, "read-write", "readonly"),
        (Role.OBSERVER, "readonly", "readonly"),
    ],
)
async def test_the_scope_follows_the_role(
    server: Server, role: Role, workspace: str, brief: str
) -> None:
    async with joined(server) as client:
        for name, scope in (("workspace", workspace), ("brief", brief)):
            assert await client.authenticate(name, await server.ticket("a", role)) == scope


async def test_a_forbidden_and_an_unknown_document_and_a_bad_ticket_are_refused_alike(
    server: Server,
) -> None:
    async with joined(server) as client:
        for name in ("notes", "nonsense", "", "x" * 127):
            await client.authenticate(name, await server.ticket())
        await client.authenticate("workspace", "bad ticket")
        answers = {told.frames[0][1 + told.frames[0][0] :] for told in client.told.values()}
        assert answers == {b"\x02\x01" + varstring("permission-denied")}


async def test_one_socket_is_for_one_person(server: Server) -> None:
    async with joined(server) as client:
        await client.authenticate("workspace", await server.ticket("a"))
        assert await client.authenticate("brief", await server.ticket("b")) == "permission-denied"


# -- working together


async def test_what_one_types_all_see_and_it_is_there_after_a_restart(tmp_path: Path) -> None:
    async with (
        serving(tmp_path) as server,
        joined(server) as ann,
        joined(server) as bob,
    ):
        ann_page, bob_page = Page(10), Page(11)
        await ann.open("workspace", await server.ticket("a"), ann_page)
        await bob.open("workspace", await server.ticket("b"), bob_page)
        edit = ann_page.insert(0, "# together\n")
        await ann.sync("workspace", Sync.UPDATE, edit)
        await until(lambda: bob.of("workspace").sync(Sync.UPDATE) == [edit])
        await until(lambda: ann.of("workspace").saved == 2)
    async with serving(tmp_path) as server, joined(server) as late:
        page = Page(12)
        await late.open("workspace", await server.ticket("c"), page)
        assert str(page.text).startswith("# together\n")


async def test_documents_share_a_socket_and_nothing_else(server: Server) -> None:
    async with joined(server) as client:
        ticket = await server.ticket("a", Role.INTERVIEWER)
        brief = Page(10, BRIEF)
        await client.open("brief", ticket, brief)
        await client.open("workspace", await server.ticket("a", Role.INTERVIEWER), Page(11))
        brief.doc.get("text", type=Text).insert(0, "Task")
        await client.sync("brief", Sync.UPDATE, brief.take()[-1])
        await until(lambda: client.of("brief").saved == 2)
        assert client.of("workspace").saved == 1


async def test_a_document_can_be_left_and_taken_again(server: Server) -> None:
    async with joined(server) as client:
        page = Page(10)
        await client.open("workspace", await server.ticket(), page)
        await client.send("workspace", Kind.CLOSE)
        await client.sync("workspace", Sync.UPDATE, page.insert(0, "unheard"))
        client.of("workspace").clear()
        await client.open("workspace", await server.ticket(), page)
        assert client.of("workspace").saved == 1


async def test_updates_before_authentication_are_dropped_and_come_with_step2(
    server: Server,
) -> None:
    async with joined(server) as client:
        page = Page(10)
        await client.sync("workspace", Sync.UPDATE, b"anything")
        await client.open("workspace", await server.ticket(), page)
        assert client.of("workspace").saved == 1


async def test_updates_that_may_be_uncounted_reset_the_socket(server: Server) -> None:
    async with joined(server, pongs=False) as client:
        page = Page(10)
        await client.authenticate("workspace", await server.ticket())
        await client.sync("workspace", Sync.STEP1, b"\x00")
        await until(lambda: bool(client.of("workspace").sync(Sync.STEP2)))
        page.apply(client.of("workspace").sync(Sync.STEP2)[0])
        await client.sync("workspace", Sync.UPDATE, page.insert(0, "queued?"))
        assert await client.closed() == CLOSE_RESET
    assert server.counters.updates == 0


async def test_a_reader_that_does_not_read_is_cut_and_the_others_are_not_held_up(
    server: Server,
) -> None:
    async with joined(server) as ann, joined(server) as slow:
        page = Page(10)
        await ann.open("workspace", await server.ticket("a"), page)
        await ann.sync("workspace", Sync.UPDATE, page.insert(0, "x" * 900_000))
        await slow.open("workspace", await server.ticket("b"), Page(11))
        slow.socket.transport.pause_reading()
        for _ in range(40):
            await slow.sync("workspace", Sync.STEP1, b"\x00")
        await until(lambda: server.counters.slow_readers == 1)
        await ann.sync("workspace", Sync.UPDATE, page.insert(0, "on"))
        await until(lambda: ann.of("workspace").saved == 3)
        slow.socket.transport.resume_reading()
        await slow.closed()


async def test_who_sends_too_much_is_read_slower_and_loses_nothing(server: Server) -> None:
    async with joined(server) as client:
        page = Page(10)
        await client.open("workspace", await server.ticket(), page)
        count = round(FRAMES_BURST) + 30
        began = server.clock.monotonic_s()
        for _ in range(count):
            await client.sync("workspace", Sync.UPDATE, page.insert(0, "x"))
        await until(lambda: client.of("workspace").saved == 1 + count)
        assert server.clock.monotonic_s() - began > 0.3


# -- the end


async def test_an_ended_interview_becomes_readonly_then_closes_with_everything_saved(
    server: Server,
) -> None:
    async with joined(server) as client:
        page = Page(10)
        await client.open("workspace", await server.ticket(), page)
        await client.sync("workspace", Sync.UPDATE, page.insert(0, "last words"))
        await until(lambda: server.counters.updates == 1)
        await server.bus.publish(InterviewEnded(interview=INTERVIEW).event(server.clock))
        assert await client.closed() == CLOSE_ENDED
        told = client.of("workspace")
        assert told.of(Kind.AUTH)[-1].endswith(b"readonly")
        assert told.saved == 2
    assert (await server.ask_ticket(server.token())).status_code == 409
    async with joined(server) as late:
        assert await late.closed() == CLOSE_ENDED


async def test_who_is_removed_is_cut_and_gets_no_ticket_again(server: Server) -> None:
    async with joined(server) as mallory, joined(server) as ann:
        await mallory.open("workspace", await server.ticket("b"), Page(10))
        await ann.open("workspace", await server.ticket("a"), Page(11))
        fact = ParticipantLeft(interview=INTERVIEW, participant=participant("b"), reason="removed")
        await server.bus.publish(fact.event(server.clock))
        assert await mallory.closed() == CLOSE_FORBIDDEN
        assert ann.close_code is None
    assert (await server.ask_ticket(server.token("b"))).status_code == 403


async def test_the_oldest_of_too_many_pages_makes_room(server: Server) -> None:
    async with joined(server) as first:
        await first.authenticate("workspace", await server.ticket())
        clients = [joined(server) for _ in range(SOCKETS_PER_PARTICIPANT_MAX)]
        opened = [await client.__aenter__() for client in clients]
        for client in opened:
            await client.authenticate("workspace", await server.ticket())
        assert await first.closed() == CLOSE_REPLACED
        for client in clients:
            await client.__aexit__(None, None, None)


# -- bad input


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"", CLOSE_INVALID),
        (b"\x09workspace", CLOSE_INVALID),
        (b"\xff\xff", CLOSE_INVALID),
        (b"\x09workspace\x02\x00\xff", CLOSE_INVALID),
        (b"\x09workspace\x02\x07", CLOSE_INVALID),
        (b"x" * (UPDATE_BYTES_MAX + 1000), CLOSE_TOO_LARGE),
        ("text", CLOSE_INVALID),
    ],
)
async def test_frames_that_make_no_sense_close_the_socket(
    server: Server, frame: bytes | str, code: int
) -> None:
    async with joined(server) as client:
        await client.socket.send(frame)
        assert await client.closed() == code


@pytest.mark.parametrize("update", [PANIC, b"", b"\x00" * 9, b"\xff" * 50])
async def test_a_hostile_update_closes_its_sender_and_the_room_lives_on(
    server: Server, update: bytes
) -> None:
    async with joined(server) as ann, joined(server) as mallory:
        page = Page(10)
        await ann.open("workspace", await server.ticket("a"), page)
        await mallory.open("workspace", await server.ticket("b"), Page(11))
        await mallory.sync("workspace", Sync.UPDATE, update)
        assert await mallory.closed() == CLOSE_INVALID
        await ann.sync("workspace", Sync.UPDATE, page.insert(0, "on"))
        await until(lambda: ann.of("workspace").saved == 2)


async def test_a_log_that_is_damaged_opens_no_empty_document(tmp_path: Path) -> None:
    folder = tmp_path / INTERVIEW
    folder.mkdir()
    (folder / "workspace.log").write_bytes(b"not a log, but somebody's work")
    async with serving(tmp_path) as server, joined(server) as client:
        await client.send("workspace", Kind.AUTH, b"\x00" + varstring(await server.ticket()))
        assert await client.closed() == 4503
    assert (folder / "workspace.log").read_bytes() == b"not a log, but somebody's work"
