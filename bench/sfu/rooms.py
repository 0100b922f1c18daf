"""Rooms, and how they fill."""

from dataclasses import dataclass

from generator import Generator, until
from peers.base import Peer

PICTURE_S = 10.0


@dataclass(frozen=True)
class Scenario:
    """Rooms of people who all send to all others in their room."""

    name: str
    rooms: int
    people: int
    kinds: tuple[str, ...] = ("audio", "video")


PAIR = Scenario("1x2", 1, 2)
"""Of whom one has troubles with the network."""
TRIO = Scenario("1x3", 1, 3)
"""Of whom one has a poor network."""
SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        PAIR,
        Scenario("1x4", 1, 4),
        Scenario("1x8", 1, 8),
        Scenario("5x4", 5, 4),
        Scenario("12x4", 12, 4),
        Scenario("1x8 audio", 1, 8, ("audio",)),
    )
}


async def fill(peer: Peer, generator: Generator, scenario: Scenario) -> None:
    """People come one after the other; each sends at once, so everybody but a room's first sees somebody."""
    for room in range(scenario.rooms):
        for place in range(scenario.people):
            member = room * scenario.people + place
            if place:
                audio_only = "video" not in scenario.kinds
                await generator.order("begin", member=member, audio_only=audio_only)
            await peer.join(room, member)
            await generator.order("play", member=member, kinds=scenario.kinds)

    async def all_see() -> bool:
        joins = (await generator.order("status"))["joins_ms"].values()
        return all(ms is not None for ms in joins)

    await until(all_see, "everybody sees somebody", PICTURE_S)
