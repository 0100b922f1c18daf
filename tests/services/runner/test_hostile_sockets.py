"""What the runner's sockets refuse, and whom they cut: the others are not disturbed."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from vivavoce.backends.memory import MemoryDocuments
from vivavoce.contracts.events import ParticipantLeft
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.rights import Role
from vivavoce.contracts.runs import (
    FRAME_BYTES_MAX,
    SourceFile,
    StartRun,
)
from vivavoce.contracts.sockets import (
    CLOSE_FORBIDDEN,
    CLOSE_INVALID,
    CLOSE_SILENT,
    CLOSE_TOO_LARGE,
    CLOSE_TOO_MUCH,
    CLOSE_UNAUTHENTICATED,
)
from vivavoce.kernel.errors import Forbidden
from vivavoce.kernel.ids import InterviewId
from vivavoce.services.runner import RunnerOptions, build, ws

from .cell import isolation_missing
from .stage import WAIT_S, Backstage, Person, Server, joined, languages, program, serving

MISSING = isolation_missing()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no isolation on this host: {MISSING}")


async def test_an_observer_watches_and_nothing_else(server: Server, room: InterviewId) -> None:
    async with joined(server, room) as caro, joined(server, room, Role.OBSERVER) as otto:
        await otto.send(**program("print(1)"))
        assert (await otto.until("error"))["code"] == "forbidden"
        head = await caro.run("import time\ntime.sleep(60)")
        await otto.send(type="stop", run=head["run"])
        assert (await otto.until("error"))["code"] == "forbidden"
        await otto.send(type="stdin", run=head["run"], text="x")
        assert (await otto.until("error"))["code"] == "forbidden"
        await caro.send(type="stop", run=head["run"])
        await caro.until("finished", verdict="cancelled")


async def test_another_rooms_run_is_out_of_reach(server: Server, room: InterviewId) -> None:
    other = await server.backstage.open_interview()
    async with joined(server, room) as caro, joined(server, other) as stranger:
        head = await caro.run("import time\nprint('mine')\ntime.sleep(60)")
        await caro.until_output("mine")
        await stranger.send(type="stop", run=head["run"])
        assert (await stranger.until("error"))["code"] == "run_unknown"
        await stranger.send(type="stdin", run=head["run"], text="x")
        assert (await stranger.until("error"))["code"] == "run_unknown"
        await stranger.send(type="ping")
        await stranger.until("pong")
        assert "mine" not in stranger.output()
        await caro.send(type="stop", run=head["run"])
        await caro.until("finished", verdict="cancelled")


async def test_who_was_removed_can_do_nothing_more_on_a_socket_that_is_still_open(
    tmp_path: Path,
) -> None:
    backstage = Backstage()
    views = InterviewViews("runner", MemoryDocuments(backstage.bus), backstage.bus)
    options = RunnerOptions(caches=tmp_path, home=tmp_path, project=tmp_path)
    runner = build([], clock=backstage.clock, bus=backstage.bus, views=views, options=options)
    caro = backstage.claims(await backstage.open_interview(), Role.CANDIDATE, "Caro")
    runner.remove(caro.interview, caro.participant)
    start = StartRun(language="python", entry="m", files=[SourceFile(name="m", text="")])
    for attempt in (
        lambda: runner.start(caro, start),
        lambda: runner.stop(caro, "run"),
        lambda: runner.type(caro, "run", "x", end=False),
    ):
        with pytest.raises(Forbidden):
            attempt()


async def test_who_is_removed_is_cut_and_stays_out(server: Server, room: InterviewId) -> None:
    claims = server.backstage.claims(room, Role.CANDIDATE, "Caro")
    ticket, spare = [(await server.ticket(room, claims)).json()["ticket"] for _ in range(2)]
    async with server.socket(room) as socket, joined(server, room) as neighbour:
        caro = Person(socket)
        await caro.send(type="hello", ticket=ticket)
        await caro.until("snapshot")
        left = ParticipantLeft(interview=room, participant=claims.participant, reason="removed")
        await server.backstage.bus.publish(left.event(server.backstage.clock))
        assert await caro.close_code() == CLOSE_FORBIDDEN
        await neighbour.send(type="ping")
        await neighbour.until("pong")
    async with server.socket(room) as socket:
        again = Person(socket)
        await again.send(type="hello", ticket=spare)
        assert await again.close_code() == CLOSE_FORBIDDEN


REFUSED = [
    ("language_unknown", program("1", language="cobol")),
    ("file_name_refused", program("1", entry="other.py")),
    *(
        ("file_name_refused", program("1", files=[{"name": n, "text": ""}], entry=n))
        for n in (
            "../x",
            "/etc/x",
            "a/../b",
            "a//b",
            "./a",
            "-rf",
            "a/-x",
            "a\\b",
            "a\nb",
            "a\x00b",
            "\u202ea",
        )
    ),
    ("file_name_refused", program("1", files=[{"name": "main.py", "text": ""}] * 2)),
    (
        "file_name_refused",
        program("1", files=[{"name": n, "text": ""} for n in ("main.py", "a", "a/b")]),
    ),
    (
        "files_too_large",
        program("1", files=[{"name": n, "text": "x" * 190_000} for n in ("main.py", "b", "c")]),
    ),
    ("run_unknown", {"type": "stop", "run": "run_none"}),
    ("run_unknown", {"type": "stdin", "run": "run_none", "text": "x"}),
]


async def test_what_cannot_be_done_is_answered_and_the_socket_lives_on(
    server: Server, room: InterviewId
) -> None:
    async with joined(server, room) as caro:
        for code, message in REFUSED:
            await caro.send(**message)
            error = await caro.until("error")
            assert error["code"] == code, message
        await caro.run("print('still here')")
        await caro.until("finished", verdict="ok")


MALFORMED = [
    *("", "{", "null", "[]", "{}", '{"type":"shutdown"}', '{"type":"hello"}', "\ufffd"),
    '{"type":"start","language":"python","entry":"main.py","files":[]}',
    '{"type":"ping","extra":1}',
    '{"type":"stdin","run":"r","text":"' + "x" * 20_000 + '"}',
    '{"type":"start","language":"python","entry":"m","files":[{"name":"m","text":"\\ud800"}]}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: text[:30])
async def test_a_malformed_frame_closes_that_socket_alone(
    server: Server, room: InterviewId, text: str
) -> None:
    async with joined(server, room) as bad, joined(server, room) as good:
        await bad.socket.send(text)
        assert await bad.close_code() == CLOSE_INVALID
        await good.send(type="ping")
        await good.until("pong")


async def test_a_binary_frame_and_an_oversized_one_are_refused(
    server: Server, room: InterviewId
) -> None:
    async with joined(server, room) as binary, joined(server, room) as large:
        await binary.socket.send(b"\x00")
        assert await binary.close_code() == CLOSE_INVALID
        await large.socket.send(json.dumps({"type": "ping", "x": "y" * FRAME_BYTES_MAX}))
        assert await large.close_code() == CLOSE_TOO_LARGE


async def test_a_flood_is_cut(server: Server, room: InterviewId) -> None:
    async with joined(server, room) as caro:
        for _ in range(ws.FRAMES_BURST + 40):
            await caro.send(type="ping")
        assert await caro.close_code() == CLOSE_TOO_MUCH


async def test_a_flood_is_cut_although_every_answer_is_taken(
    server: Server, room: InterviewId
) -> None:
    async with joined(server, room) as caro:
        with pytest.raises(ConnectionClosed) as closed:
            await _ping_and_listen(caro, 20 * ws.FRAMES_BURST)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == CLOSE_TOO_MUCH


async def _ping_and_listen(person: Person, times: int) -> None:
    for _ in range(times):
        await person.send(type="ping")
        await person.until("pong")


async def test_the_door(server: Server, room: InterviewId) -> None:
    """A ticket is good once, for its own room; no foreign page, no silence."""
    other = await server.backstage.open_interview()
    claims = server.backstage.claims(room, Role.CANDIDATE, "Caro")
    assert (await server.ticket(other, claims)).status_code == 403
    ticket = (await server.ticket(room, claims)).json()["ticket"]
    with pytest.raises(InvalidStatus, match="403"):
        async with server.socket(room, origin="https://evil.example"):
            pass
    for where, given, code in [
        (other, ticket, CLOSE_FORBIDDEN),  # and with that it is used up
        (room, ticket, CLOSE_UNAUTHENTICATED),
        (room, "made up", CLOSE_UNAUTHENTICATED),
    ]:
        async with server.socket(where) as socket:
            person = Person(socket)
            await person.send(type="hello", ticket=given)
            assert await person.close_code() == code


async def test_silence_is_cut(tmp_path: Path) -> None:
    async with serving(tmp_path, [], waits=ws.Waits(hello_s=0.05)) as server:
        room = await server.backstage.open_interview()
        async with server.socket(room) as socket:
            assert await Person(socket).close_code() == CLOSE_SILENT


async def test_a_reader_that_sleeps_costs_the_others_nothing(
    server: Server, room: InterviewId
) -> None:
    async with joined(server, room) as awake, joined(server, room) as asleep:
        for _ in range(3):
            await awake.run("yes " + "x" * 4000, "bash")
            await awake.until("finished", verdict="output")
        head = await awake.run("echo the last", "bash")
        await asleep.until("finished", run=head["run"], verdict="ok")
        assert asleep.output() == "the last\n"


@pytest.fixture
async def impatient_server(tmp_path: Path) -> AsyncGenerator[Server]:
    waits = ws.Waits(send_s=0.2)
    async with serving(tmp_path, languages("bash"), waits=waits, allow_weak=True) as running:
        yield running


async def test_a_reader_that_never_reads_is_cut(impatient_server: Server) -> None:
    server = impatient_server
    room = await server.backstage.open_interview()
    sleeper = joined(server, room, receive_bytes=4096)
    async with joined(server, room) as awake, sleeper as asleep:
        asleep.socket.transport.pause_reading()
        async with asyncio.timeout(6 * WAIT_S):
            while server.watching(room) > 1:  # the kernel takes some megabytes for the sleeper
                await awake.run("yes " + "x" * 4000, "bash")
                await awake.until("finished", verdict="output")
        await awake.send(type="ping")
        await awake.until("pong")
        asleep.socket.transport.abort()  # it cannot say goodbye either


async def test_without_isolation_nothing_runs_and_everybody_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    async with serving(tmp_path, []) as server:
        room = await server.backstage.open_interview()
        async with joined(server, room) as caro:
            told = next(m for m in caro.seen if m["type"] == "languages")["unavailable"]
            assert "bubblewrap is not installed" in told
            assert "apt install bubblewrap" in told
            await caro.send(**program("print(1)"))
            error = await caro.until("error")
            assert error["code"] == "sandbox_unavailable"
            assert "apt install bubblewrap" in error["message"]
