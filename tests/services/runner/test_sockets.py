"""The runner over real sockets, in the real sandbox."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from vivavoce.contracts.rights import Role
from vivavoce.contracts.runs import (
    INPUT_BYTES_MAX,
    STDIN_BYTES_MAX,
)
from vivavoce.contracts.sockets import (
    CLOSE_ENDED,
)
from vivavoce.kernel.ids import InterviewId

from .cell import isolation_missing
from .stage import WAIT_S, Server, joined, languages, program, serving

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
        await ines.send(**program("print('two')"))
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
            **program("", files=[{"name": n, "text": f'print("""{text}""")'} for n in names])
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


async def test_when_the_interview_ends_its_run_stops_and_its_sockets_close(
    server: Server, room: InterviewId
) -> None:
    claims = server.backstage.claims(room, Role.CANDIDATE, "Caro")
    async with joined(server, room) as caro:
        await caro.run("import time\nprint('on')\ntime.sleep(60)")
        await caro.until_output("on")
        await server.backstage.end_interview(room)
        assert await caro.close_code() == CLOSE_ENDED
    assert (await server.ticket(room, claims)).status_code == 403


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
