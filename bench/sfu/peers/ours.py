"""Our SFU through its own API, in a process of its own: ``sfu-load --serve`` answers an offer a line."""

import asyncio
import json
from typing import ClassVar

from generator import BUILT, GeneratorFailed, Line
from pair import SFU_ADDRESS

from peers.base import Peer

PROGRAM = BUILT / "sfu-load"
PEOPLE_SLOTS = 7
SCREEN_SLOTS = 2
# The template of every participant's offer (rust/sfu/src/template.rs): microphone, camera, screen, its sound; then the slots.
TEMPLATE = [
    *(Line(kind=kind, sends=True) for kind in ("audio", "video", "video", "audio")),
    *(Line(kind="audio") for _ in range(PEOPLE_SLOTS)),
    *(Line(kind="video") for _ in range(PEOPLE_SLOTS + SCREEN_SLOTS)),
    *(Line(kind="audio") for _ in range(SCREEN_SLOTS)),
]


class Ours(Peer):
    name: ClassVar[str] = "vivavoce"

    @classmethod
    def why_missing(cls) -> str | None:
        return None if PROGRAM.exists() else "sfu-load is not built"

    @classmethod
    def version(cls) -> str:
        return "this checkout"

    async def open(self) -> None:
        self._server = await self.start(str(PROGRAM), "--serve", "--host", SFU_ADDRESS)
        self._order = asyncio.Lock()

    async def join(self, room: int, member: int) -> None:
        name = f"m{member}"
        offer = await self.generator.offer(name, member, TEMPLATE)
        await self.generator.accept(name, await self._answer(f"room-{room}", name, offer))
        await self.generator.connected(name)

    async def _answer(self, room: str, participant: str, offer: str) -> str:
        server = self._server
        assert server.stdin
        assert server.stdout
        request = {"room": room, "participant": participant, "offer": offer}
        async with self._order:
            server.stdin.write(json.dumps(request).encode() + b"\n")
            await server.stdin.drain()
            reply = json.loads(await server.stdout.readline())
        if "error" in reply:
            raise GeneratorFailed(f"our SFU refused: {reply['error']}")
        return reply["answer"]
