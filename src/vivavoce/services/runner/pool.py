"""Boxes made before they are asked for, so that a click is answered at once. One waiting box a language lately used."""

import asyncio
from dataclasses import dataclass

import structlog

from vivavoce.kernel.clock import Clock
from vivavoce.services.runner.sandbox import Box, Profile, Sandbox, SandboxUnavailable

IDLE_BOXES_MAX = 8
KEPT_UNUSED_S = 600.0
SWEEP_S = 30.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Shelf:
    """For one profile: the waiting box, if it is there yet."""

    profile: Profile
    used_s: float
    box: Box | None = None


class WarmPool:
    """A box is used once and never returns. ``run`` keeps the shelves filled."""

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        self._sandbox = sandbox
        self._clock = clock
        self._shelves: dict[str, _Shelf] = {}
        self._wanted = asyncio.Event()

    async def take(self, profile: Profile) -> Box:
        """A waiting box, or a fresh one; the next is made in the background.

        Raises:
            SandboxUnavailable: none can be made.
        """
        shelf = self._shelf(profile)
        box, shelf.box = shelf.box, None
        self._wanted.set()
        if box is not None and box.alive:
            return box
        return await self._sandbox.open(profile)

    def warm(self, profile: Profile) -> None:
        """Have a box ready for the first to come."""
        self._shelf(profile)
        self._wanted.set()

    def _shelf(self, profile: Profile) -> _Shelf:
        shelf = self._shelves.get(profile.name)
        if shelf is None or shelf.profile != profile:
            shelf = self._shelves[profile.name] = _Shelf(profile, 0.0)
        shelf.used_s = self._clock.monotonic_s()
        return shelf

    async def run(self) -> None:
        """Until cancelled; then closes what waits."""
        try:
            while True:
                await self._refill()
                await self._sweep()
                self._wanted.clear()
                await _wait(self._wanted, SWEEP_S)
        finally:
            for shelf in self._shelves.values():
                await self._empty(shelf)

    async def _refill(self) -> None:
        """Most lately used first; the rest of the shelves stay empty."""
        shelves = sorted(self._shelves.values(), key=lambda shelf: shelf.used_s, reverse=True)
        for shelf in shelves[:IDLE_BOXES_MAX]:
            if shelf.box is None or not shelf.box.alive:
                await self._fill(shelf)

    async def _fill(self, shelf: _Shelf) -> None:
        try:
            shelf.box = await self._sandbox.open(shelf.profile)
        except SandboxUnavailable as error:
            log.warning("no box could be kept ready", profile=shelf.profile.name, why=str(error))

    async def _sweep(self) -> None:
        oldest_s = self._clock.monotonic_s() - KEPT_UNUSED_S
        for name, shelf in list(self._shelves.items()):
            if shelf.used_s < oldest_s:
                del self._shelves[name]
                await self._empty(shelf)

    async def _empty(self, shelf: _Shelf) -> None:
        box, shelf.box = shelf.box, None
        if box is not None:
            await box.close()


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
