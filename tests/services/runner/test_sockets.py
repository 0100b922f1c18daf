"""The runner over real sockets, in the real sandbox."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from vivavoce.contracts.rights import Role

from .stage import Server, joined, languages, serving


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[Server]:
    async with serving(tmp_path, languages("python", "bash", "c")) as running:
        yield running


async def test_everybody_in_the_room_sees_a_program_run(server: Server) -> None:
    room = await server.backstage.open_interview()
    async with joined(server, room) as caro, joined(server, room, Role.OBSERVER, "Otto") as otto:
        head = await caro.run("print('hello from the box')")
        for person in (caro, otto):
            result = await person.until("finished", run=head["run"])
            assert person.output() == "hello from the box\n"
            assert (result["verdict"], result["exit_code"]) == ("ok", 0)
            assert result["peak_bytes"] is None or 1 << 20 < result["peak_bytes"] < 256 << 20
        assert otto.seen[-1]["sentence"].startswith("Finished in ")
