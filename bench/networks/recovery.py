"""How long until media is back: after a blackout, on another address, and when the server was killed.

    python bench/networks/recovery.py [--rounds 5]

Two people in Chromium, one of them behind the link emulator. Times run, by the pages' own clocks, from the end of the
trouble to the first decoded frame and the first packet of sound at each end; after ``kill -9``, from the kill. Writes
``bench/results/recovery.json``.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import async_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.e2e.afar import browser_in  # noqa: E402
from tests.e2e.people import Person, Program  # noqa: E402
from tests.network.ip import inside  # noqa: E402
from tests.network.namespaces import (  # noqa: E402
    FAR_ADDRESS,
    NEAR_ADDRESS,
    OTHER_FAR_ADDRESS,
    Network,
    why_unavailable,
)

RESULTS = ROOT / "bench" / "results" / "recovery.json"
BLACKOUT_S = 5.0
DRAINED_S = 0.5  # what was buffered is played by then

# Resolves with the milliseconds from the call to the first new frame and the first new packet of sound.
WATCH = """
() => {
  const started = performance.now();
  const count = async () => {
    const sum = { video: 0, audio: 0 };
    for (const pc of window.peerConnections) {
      if (pc.connectionState === 'closed') continue;
      for (const report of (await pc.getStats()).values()) {
        if (report.type !== 'inbound-rtp' || report.ssrc === 0) continue;
        sum[report.kind] += report.kind === 'video' ? report.framesDecoded ?? 0 : report.packetsReceived;
      }
    }
    return sum;
  };
  const found = {};
  window.recovery = (async () => {
    let before = await count();
    while (!('video' in found && 'audio' in found)) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      const now = await count();
      for (const kind of ['video', 'audio']) {
        if (now[kind] > before[kind]) found[kind] ??= Math.round(performance.now() - started);
      }
      before = now;
    }
    return found;
  })();
}
"""
Trouble = Callable[[], Awaitable[None]]


async def media_back(people: list[Person]) -> list[dict[str, float]]:
    await asyncio.gather(*(person.page.evaluate(WATCH) for person in people))
    return await asyncio.gather(
        *(person.page.evaluate("() => window.recovery") for person in people)
    )


class Scene:
    """Ines beside the server and Caro behind the network, in a call."""

    def __init__(self, network: Network, program: Program, people: list[Person]) -> None:
        self.network = network
        self.program = program
        self.people = people
        self._addresses = [FAR_ADDRESS, OTHER_FAR_ADDRESS]

    async def blackout(self) -> list[dict[str, float]]:
        """Nothing passes for five seconds."""
        self.network.order(blackout=True)
        await asyncio.sleep(BLACKOUT_S)
        self.network.order(blackout=False)
        return await media_back(self.people)

    async def another_address(self) -> list[dict[str, float]]:
        """From wifi to mobile."""
        old, new = self._addresses
        self._addresses.reverse()
        self.network.move_far_end(old, new)
        await asyncio.sleep(DRAINED_S)
        return [
            {kind: ms + DRAINED_S * 1000 for kind, ms in found.items()}
            for found in await media_back(self.people[1:])
        ]

    async def killed(self) -> list[dict[str, float]]:
        """``kill -9``, and started again at once."""
        self.program.kill()
        starting = asyncio.create_task(asyncio.to_thread(self.program.start))
        await asyncio.sleep(DRAINED_S)
        found = await media_back(self.people)
        await starting
        return [{kind: ms + DRAINED_S * 1000 for kind, ms in each.items()} for each in found]


async def main(rounds: int) -> None:
    if reason := why_unavailable():
        sys.exit(f"No network can be emulated here: {reason}")
    results: dict[str, list[list[dict[str, float]]]] = {}
    with tempfile.TemporaryDirectory() as name, Network() as network:
        folder = Path(name)
        near = inside(network.near)
        program = Program(
            Path(sys.executable).with_name("vivavoce"),
            folder,
            *("--host", NEAR_ADDRESS, "--media-port", "7882"),
            prefix=near,
        )
        program.start()
        network.become("good")
        async with async_playwright() as playwright:
            browsers = [
                await browser_in(playwright, end, program.url, folder)
                for end in (network.near, network.far)
            ]
            ines = await Person.arrive(browsers[0], "Ines")
            caro = await Person.arrive(browsers[1], "Caro")
            links = program.create_interview().links
            await asyncio.gather(ines.join(links["interviewer"]), caro.join(links["candidate"]))
            await asyncio.gather(ines.sees(caro), caro.sees(ines))
            scene = Scene(network, program, [ines, caro])
            for trouble in (scene.blackout, scene.another_address, scene.killed):
                for _ in range(rounds):
                    results.setdefault(trouble.__name__, []).append(await trouble())
                    await asyncio.gather(ines.sees(caro), caro.sees(ines))
                    await asyncio.sleep(5)  # as in a call: troubles are not one upon the other
                report(trouble.__name__, results[trouble.__name__])
            for browser in browsers:
                await browser.close()
        program.stop()
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


def report(name: str, rounds: list[list[dict[str, float]]]) -> None:
    for kind in ("video", "audio"):
        worst = [max(found[kind] for found in each) for each in rounds]
        print(
            f"{name:16} {kind}: median {statistics.median(worst):6.0f} ms, worst {max(worst):6.0f} ms"
            f" of {len(worst)} (the slower end of each)",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    asyncio.run(main(parser.parse_args().rounds))
