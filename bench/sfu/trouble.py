"""How long media are away after a trouble of one person's network, by the SFU that is in between.

Two people in a room. One's network is away for some seconds, or their packets come from another port all at once, as when
a router forgets them. The client keeps its session and does nothing of its own but ICE's checks and asking for key frames, as with
every SFU; what makes a browser's client better (a restart of ICE, a fresh session) is left out for all alike.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from generator import Generator, until

BLACKOUT_S = 5.0
WARM_UP_S = 3.0
BACK_S = 30.0
STAYING, TROUBLED = 0, 1


@dataclass(frozen=True)
class Recovery:
    """ms until what was made since the trouble came, the slower of both ways; ``None``: not within ``BACK_S``."""

    sound_ms: float | None
    picture_ms: float | None


async def blackout(generator: Generator) -> None:
    await generator.order("go_dark", member=TROUBLED)
    await asyncio.sleep(BLACKOUT_S)
    await generator.order("watch", members=[STAYING, TROUBLED])
    await generator.order("come_back", member=TROUBLED)


async def another_port(generator: Generator) -> None:
    await generator.order("watch", members=[STAYING, TROUBLED])
    await generator.order("rebind", member=TROUBLED)


TROUBLES: dict[str, Callable[[Generator], Awaitable[None]]] = {
    "blackout of 5 s": blackout,
    "another port": another_port,
}


async def recovery(
    generator: Generator, trouble: Callable[[Generator], Awaitable[None]]
) -> Recovery:
    """Both are in the room and send already."""
    await asyncio.sleep(WARM_UP_S)
    await trouble(generator)

    async def are_back() -> bool:
        returns = (await generator.order("status"))["returns"].values()
        return all(None not in back.values() for back in returns)

    with contextlib.suppress(TimeoutError):  # that it never came is a result
        await until(are_back, "media back", BACK_S)
    returns = list((await generator.order("status"))["returns"].values())
    return Recovery(_slower(returns, "sound_ms"), _slower(returns, "picture_ms"))


def _slower(returns: list[dict[str, Any]], of: str) -> float | None:
    times = [back[of] for back in returns]
    return None if None in times else max(times)
