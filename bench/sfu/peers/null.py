"""The floor of the table: datagrams of the same sizes to the same receivers, through nothing but the kernel."""

from typing import ClassVar

from generator import BUILT
from pair import SFU_ADDRESS

from peers.base import Peer

PROGRAM = BUILT / "null-relay"


class NullRelay(Peer):
    name: ClassVar[str] = "null relay"
    has_sessions: ClassVar[bool] = False
    gather_us: ClassVar[int] = 0

    @classmethod
    def why_missing(cls) -> str | None:
        return None if PROGRAM.exists() else "null-relay is not built"

    @classmethod
    def version(cls) -> str:
        return "this checkout"

    async def open(self) -> None:
        process = await self.start(str(PROGRAM), SFU_ADDRESS, str(self.gather_us))
        assert process.stdout
        self._address = (await process.stdout.readline()).decode().strip()

    async def join(self, room: int, member: int) -> None:
        name, kinds = f"m{member}", [line["kind"] for line in self.sent]
        details = {"relay": self._address, "room": room, "kinds": kinds}
        await self.generator.order("join_relay", name=name, member=member, **details)
        await self.generator.connected(name)


class NullRelayThatGathers(NullRelay):
    name: ClassVar[str] = "null relay, 0.7 ms"
    gather_us: ClassVar[int] = 700  # GATHER in rust/sfu-net/src/shard.rs
