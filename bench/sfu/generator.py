"""The load generator's process: an order a line, an answer a line (rust/sfu-sim/src/generator)."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NotRequired, Self, TypedDict

from pair import LOAD_ADDRESS

ROOT = Path(__file__).resolve().parents[2]
TRACE = Path(__file__).with_name("trace.csv")
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
CORE = 1
# Offers of eight people, and a recording, are long lines.
LINE_BYTES_MAX = 16 * 1024 * 1024
POLL_S = 0.02


class Line(TypedDict):
    """A media line of an offer; it receives unless it sends."""

    kind: str
    sends: NotRequired[bool]
    track: NotRequired[str]


class GeneratorFailed(Exception):
    """It refused an order or ended."""


class Generator:
    """A context: leaving it ends the process. Orders are carried out one after the other."""

    def __init__(self, address: str = LOAD_ADDRESS, trace: Path = TRACE) -> None:
        self._command = [
            "taskset", "-c", str(CORE), str(BUILT / "load-generator"), address, str(trace),
        ]  # fmt: skip
        self._process: asyncio.subprocess.Process | None = None
        self._order = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_BYTES_MAX,
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._process
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()

    async def order(self, do: str, **details: object) -> Any:
        """Carries out one order; its answer. Raises: GeneratorFailed."""
        process = self._process
        assert process
        assert process.stdin
        assert process.stdout
        async with self._order:
            process.stdin.write(json.dumps({"do": do, **details}).encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
        if not line:
            raise GeneratorFailed(f"the generator ended at {do}")
        answer: Any = json.loads(line)
        if "error" in answer:
            raise GeneratorFailed(f"{do} {details.get('name', '')}: {answer['error']}")
        return answer

    async def offer(self, name: str, member: int, lines: Sequence[Line]) -> str:
        """The SDP of a new endpoint."""
        return (await self.order("offer", name=name, member=member, lines=list(lines)))["sdp"]

    async def accept(self, name: str, sdp: str) -> None:
        await self.order("accept", name=name, sdp=sdp)

    async def answer(self, name: str, member: int, sdp: str) -> str:
        """The SDP that answers an offer, of an endpoint that may be new."""
        return (await self.order("answer", name=name, member=member, sdp=sdp))["sdp"]

    async def connected(self, *names: str, within_s: float = 15.0) -> None:
        """Waits until these endpoints are."""

        async def are_connected() -> bool:
            endpoints = (await self.order("status"))["endpoints"]
            return all(endpoints.get(name, {}).get("is_connected") for name in names)

        await until(are_connected, f"{', '.join(names)} connected", within_s)


async def until(
    is_so: Callable[[], Awaitable[bool]], what: str, within_s: float, poll_s: float = POLL_S
) -> None:
    """Waits for a condition. Raises: TimeoutError that says for what."""
    try:
        async with asyncio.timeout(within_s):
            while not await is_so():
                await asyncio.sleep(poll_s)
    except TimeoutError:
        raise TimeoutError(f"not within {within_s:.0f} s: {what}") from None
