"""The runner over real sockets, in the real sandbox."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
from websockets.exceptions import ConnectionClosed, InvalidStatus

from vivavoce.backends.memory import MemoryDocuments
from vivavoce.contracts.events import ParticipantLeft
from vivavoce.contracts.interviews import InterviewViews
from vivavoce.contracts.rights import Role
from vivavoce.contracts.runs import (
    FRAME_BYTES_MAX,
    INPUT_BYTES_MAX,
    STDIN_BYTES_MAX,
    SourceFile,
    StartRun,
)
from vivavoce.contracts.sockets import (
    CLOSE_ENDED,
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
from .stage import WAIT_S, Backstage, Person, Server, joined, languages, serving

MISSING = isolation_missing()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no isolation on this host: {MISSING}")

ECHO = "while True:\n    line = input('> ')\n    print('got', line)\n"


async def test_everybody_in_the_room_sees_a_program_run(server: Server, room: InterviewId) -> None:
    async with joined(server, room) as caro, joined(server, room, Role.OBSERVER, "Otto") as otto:
        head = await caro.run("print('hello from the box')")
        assert (head["by_name"], head["language"], head["ahead"]) == ("Caro", "python", 0)
        for person in (caro, otto):
            await person.until("stage", stage="run")
            result = await person.until("finished", run=head["run"])
            assert person.output() == "hello from the box\n"
            assert (result["verdict"], result["exit_code"]) == ("ok", 0)
            assert result["sentence"].startswith("Finished in ")
            assert 1 << 20 < result["peak_bytes"] < 256 << 20


async def test_output_arrives_while_the_program_still_runs(
    server: Server, room: InterviewId
) -> None:
    async with joined(server, room) as caro:
        head = await caro.run("import time\nprint('first')\ntime.sleep(60)")
        await caro.until_output("first\n")
        await caro.send(type="stop", run=head["run"])
        await caro.until("finished", verdict="cancelled")


async def test_a_late_comer_sees_what_was_there(server: Server, room: InterviewId) -> None:
    async with joined(server, room) as caro:
        head = await caro.run(ECHO)
        await caro.until_output("> ")
        await caro.send(type="stdin", run=head["run"], text="early\n")
        await caro.until_output("got early\n")
        async with joined(server, room, Role.OBSERVER, "Otto") as otto:
            snapshot = next(m for m in otto.seen if m["type"] == "snapshot")
            assert (snapshot["queued"]["run"], snapshot["stage"]) == (head["run"], "run")
            assert snapshot["result"] is None
            assert otto.output("stdin") == "early\n"
            await caro.send(type="stdin", run=head["run"], text="late\n")
            await otto.until_output("got late\n> ")
            assert otto.output() == "> got early\n> got late\n> "
        await caro.send(type="stdin", run=head["run"], text="", eof=True)
        await caro.until("finished", verdict="nonzero")
    async with joined(server, room, Role.INTERVIEWER, "Ines") as ines:
        snapshot = next(m for m in ines.seen if m["type"] == "snapshot")
        assert snapshot["result"]["exit_code"] == 1
        assert "EOFError" in ines.output("stderr")


async def test_anybody_who_may_run_may_stop(server: Server, room: InterviewId) -> None:
    async with joined(server, room) as caro, joined(server, room, Role.INTERVIEWER) as ines:
        head = await caro.run("import time\ntime.sleep(60)")
        await ines.until("stage", run=head["run"])
        await ines.send(type="stop", run=head["run"])
        result = await caro.until("finished")
        assert result["verdict"] == "cancelled"
        assert result["sentence"].startswith("Stopped by a participant after ")


async def test_a_room_has_one_run_at_a_time_and_the_next_replaces_it(
    server: Server, room: InterviewId
) -> None:
    async with joined(server, room) as caro, joined(server, room, Role.INTERVIEWER) as ines:
        head = await caro.run("import time\nprint('one')\ntime.sleep(60)")
        await ines.until_output("one")
        await ines.send(**_program("print('two')"))
        assert (await ines.until("error"))["code"] == "run_in_progress"
        await caro.send(type="stop", run=head["run"])
        await ines.until("finished")
        await ines.run("print('two')")
        await caro.until("queued")
        await caro.until("finished", verdict="ok")
        assert caro.output() == "two\n"


async def test_rooms_wait_for_a_place_and_are_told_how_long(tmp_path: Path) -> None:
    async with serving(tmp_path, languages("python"), allow_weak=True, places=1) as server:
        rooms = [await server.backstage.open_interview() for _ in range(3)]
        async with (
            joined(server, rooms[0]) as first,
            joined(server, rooms[1]) as second,
            joined(server, rooms[2]) as third,
        ):
            running = await first.run("import time\nprint('on')\ntime.sleep(60)")
            await first.until_output("on")
            waiting = await second.run("print('two')")
            assert waiting["ahead"] == 0
            assert (await third.run("print('three')"))["ahead"] == 1
            await second.send(type="stop", run=waiting["run"])
            result = await second.until("finished", verdict="cancelled")
            assert result["sentence"] == "Stopped by a participant before it started."
            assert (await third.until("queued"))["ahead"] == 0
            await first.send(type="stop", run=running["run"])
            await third.until("finished", verdict="ok")
            assert third.output() == "three\n"
            assert "three" not in first.output() + second.output()


async def test_programs_that_wait_for_input_do_not_keep_other_rooms_waiting(tmp_path: Path) -> None:
    async with serving(tmp_path, languages("python"), allow_weak=True, places=1) as server:
        rooms = [await server.backstage.open_interview() for _ in range(2)]
        async with joined(server, rooms[0]) as asking, joined(server, rooms[1]) as other:
            head = await asking.run("print('to', input('Name: '))")
            await asking.until_output("Name: ")
            await other.run("print('not kept')")
            await other.until("finished", verdict="ok")
            await asking.send(type="stdin", run=head["run"], text="Caro\n")
            await asking.until("finished", verdict="ok")
            assert asking.output() == "Name: to Caro\n"


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


async def test_the_compiler_speaks_first(server: Server, room: InterviewId) -> None:
    async with joined(server, room) as caro:
        await caro.run("int main(void) { return no_such_thing; }", "c")
        assert (await caro.until("stage"))["stage"] == "compile"
        result = await caro.until("finished")
        assert (result["verdict"], result["sentence"]) == ("compile_error", "It did not compile.")
        assert "no_such_thing" in caro.output("stderr")
        await caro.run('#include <stdio.h>\nint main(void) { puts("compiled"); return 7; }', "c")
        await caro.until("stage", stage="run")
        assert (await caro.until("finished"))["exit_code"] == 7
        assert caro.output() == "compiled\n"


async def test_files_lie_beside_each_other(server: Server, room: InterviewId) -> None:
    files = {
        "app/main.py": "import words.say",
        "app/words/say.py": "print(open('app/a b.txt').read())",
    }
    async with joined(server, room) as caro:
        await caro.send(
            type="start",
            language="python",
            entry="app/main.py",
            files=[{"name": n, "text": t} for n, t in {**files, "app/a b.txt": "deep"}.items()],
        )
        await caro.until("finished", verdict="ok")
        assert caro.output() == "deep\n"


async def test_files_of_the_full_size_are_taken_although_json_makes_them_longer(
    server: Server, room: InterviewId
) -> None:
    text = "'\"\n" * 85_000
    names = ("main.py", "more.txt")
    async with joined(server, room) as caro:
        await caro.send(
            **_program("", files=[{"name": n, "text": f'print("""{text}""")'} for n in names])
        )
        await caro.until("finished")
        assert len(caro.output()) > 250_000


async def test_what_is_typed_in_one_run_is_bounded(server: Server, room: InterviewId) -> None:
    swallow = "import os\nread = 0\nwhile got := os.read(0, 99999):\n    read += len(got)\n    print(read)\n"
    async with joined(server, room) as caro:
        head = await caro.run(swallow)
        await caro.until("stage", stage="run")
        for sent in range(STDIN_BYTES_MAX, INPUT_BYTES_MAX + 1, STDIN_BYTES_MAX):
            await caro.send(type="stdin", run=head["run"], text="x" * STDIN_BYTES_MAX)
            await caro.until_output(f"{sent}\n")
        await caro.send(type="stdin", run=head["run"], text="x")
        assert (await caro.until("error"))["code"] == "input_too_large"
        await caro.send(type="stdin", run=head["run"], text="", eof=True)
        await caro.until("finished", verdict="ok")


async def test_too_much_output_stops_the_program_and_what_is_kept_is_bounded(
    server: Server, room: InterviewId
) -> None:
    async with joined(server, room) as caro:
        await caro.run("yes abcdefg", "bash")
        result = await caro.until("finished")
        assert result["verdict"] == "output"
        assert len(caro.output()) == 1 << 20


async def test_odd_bytes_come_as_text(server: Server, room: InterviewId) -> None:
    async with joined(server, room) as caro:
        await caro.run(r"printf '\xff\x00\x1b[31m\xe2\x82'; sleep 0.1; printf '\xac'", "bash")
        await caro.until("finished", verdict="ok")
        assert caro.output() == "\ufffd\x00\x1b[31m\u20ac"


async def test_facts_are_published(server: Server, room: InterviewId) -> None:
    async with joined(server, room) as caro:
        head = await caro.run("print(1)")
        await caro.until("finished")
    facts = server.backstage.facts
    async with asyncio.timeout(WAIT_S):
        while len(facts) < 2:
            await asyncio.sleep(0.005)
    assert [(f.type, f.key, f.body["run"]) for f in facts] == [
        ("run.started", room, head["run"]),
        ("run.finished", room, head["run"]),
    ]
    assert facts[1].body["verdict"] == "ok"


async def test_an_observer_watches_and_nothing_else(server: Server, room: InterviewId) -> None:
    async with joined(server, room) as caro, joined(server, room, Role.OBSERVER) as otto:
        await otto.send(**_program("print(1)"))
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


async def test_when_the_interview_ends_its_run_stops_and_its_sockets_close(
    server: Server, room: InterviewId
) -> None:
    claims = server.backstage.claims(room, Role.CANDIDATE, "Caro")
    async with joined(server, room) as caro:
        await caro.run("import time\nprint('on')\ntime.sleep(60)")
        await caro.until_output("on")
        await server.backstage.end_interview(room)
        assert await _close_code(caro) == CLOSE_ENDED
    assert (await server.ticket(room, claims)).status_code == 403


async def test_who_is_removed_is_cut_and_stays_out(server: Server, room: InterviewId) -> None:
    claims = server.backstage.claims(room, Role.CANDIDATE, "Caro")
    ticket, spare = [(await server.ticket(room, claims)).json()["ticket"] for _ in range(2)]
    async with server.socket(room) as socket, joined(server, room) as neighbour:
        caro = Person(socket)
        await caro.send(type="hello", ticket=ticket)
        await caro.until("snapshot")
        left = ParticipantLeft(interview=room, participant=claims.participant, reason="removed")
        await server.backstage.bus.publish(left.event(server.backstage.clock))
        assert await _close_code(caro) == CLOSE_FORBIDDEN
        await neighbour.send(type="ping")
        await neighbour.until("pong")
    async with server.socket(room) as socket:
        again = Person(socket)
        await again.send(type="hello", ticket=spare)
        assert await _close_code(again) == CLOSE_FORBIDDEN


def _program(text: str, **changes: Any) -> dict[str, Any]:
    files = [{"name": "main.py", "text": text}]
    start = {"type": "start", "language": "python", "entry": "main.py", "files": files}
    return start | changes


async def _close_code(person: Person) -> int | None:
    try:
        while True:
            await person.receive()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


REFUSED = [
    ("language_unknown", _program("1", language="cobol")),
    ("file_name_refused", _program("1", entry="other.py")),
    *(
        ("file_name_refused", _program("1", files=[{"name": n, "text": ""}], entry=n))
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
    ("file_name_refused", _program("1", files=[{"name": "main.py", "text": ""}] * 2)),
    (
        "file_name_refused",
        _program("1", files=[{"name": n, "text": ""} for n in ("main.py", "a", "a/b")]),
    ),
    (
        "files_too_large",
        _program("1", files=[{"name": n, "text": "x" * 190_000} for n in ("main.py", "b", "c")]),
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
        assert await _close_code(bad) == CLOSE_INVALID
        await good.send(type="ping")
        await good.until("pong")


async def test_a_binary_frame_and_an_oversized_one_are_refused(
    server: Server, room: InterviewId
) -> None:
    async with joined(server, room) as binary, joined(server, room) as large:
        await binary.socket.send(b"\x00")
        assert await _close_code(binary) == CLOSE_INVALID
        await large.socket.send(json.dumps({"type": "ping", "x": "y" * FRAME_BYTES_MAX}))
        assert await _close_code(large) == CLOSE_TOO_LARGE


async def test_a_flood_is_cut(server: Server, room: InterviewId) -> None:
    async with joined(server, room) as caro:
        for _ in range(ws.FRAMES_BURST + 40):
            await caro.send(type="ping")
        assert await _close_code(caro) == CLOSE_TOO_MUCH


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
            assert await _close_code(person) == code


async def test_silence_is_cut(tmp_path: Path) -> None:
    async with serving(tmp_path, [], waits=ws.Waits(hello_s=0.05)) as server:
        room = await server.backstage.open_interview()
        async with server.socket(room) as socket:
            assert await _close_code(Person(socket)) == CLOSE_SILENT


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
            await caro.send(**_program("print(1)"))
            error = await caro.until("error")
            assert error["code"] == "sandbox_unavailable"
            assert "apt install bubblewrap" in error["message"]


@pytest.mark.parametrize(
    "scenario",
    [
        test_everybody_in_the_room_sees_a_program_run,
        test_a_late_comer_sees_what_was_there,
        test_the_compiler_speaks_first,
        test_too_much_output_stops_the_program_and_what_is_kept_is_bounded,
        test_when_the_interview_ends_its_run_stops_and_its_sockets_close,
    ],
)
def test_the_same_on_the_event_loop_that_the_program_uses(
    tmp_path: Path, scenario: Callable[[Server, InterviewId], Awaitable[None]]
) -> None:
    async def perform() -> None:
        async with serving(tmp_path, languages("python", "bash", "c"), allow_weak=True) as server:
            await scenario(server, await server.backstage.open_interview())

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(perform())
