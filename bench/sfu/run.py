"""Ours beside other SFUs: the same load from the same generator, in turns (docs/benchmarks.md).

    python bench/sfu/run.py [--parts costs troubles networks] [--peers NAME …] [--rounds 3] [--seconds 10]

Prints a table of each part and writes bench/results/side-by-side.json and the pictures beside it. A round with all peers takes about 20 min:

    costs     10 min   processor, latency, memory and joining, by room (--scenarios NAME …)
    troubles   3 min   until media are back (--troubles NAME …)
    networks   7 min   sound made up and pictures frozen on poor networks (--networks NAME …)

Needs root (for network namespaces), two cores, and the peers that are to be compared; one that is missing is named and
the rest goes on. Nothing else should run meanwhile.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from cost import one_round
from generator import CORE, Generator
from losses import PROFILES, experience
from pair import open_pair
from peers.base import Peer
from peers.janus import Janus, JanusOneLoop
from peers.livekit import LiveKit
from peers.null import NullRelay, NullRelayThatGathers
from peers.ours import Ours
from plots import draw
from rooms import PAIR, SCENARIOS, TRIO, Scenario, fill
from table import networks, recoveries, table
from tests.network.ip import inside
from trouble import TROUBLES, recovery

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results" / "side-by-side.json"

PEERS: dict[str, type[Peer]] = {
    peer.name: peer
    for peer in (Ours, Janus, JanusOneLoop, LiveKit, NullRelay, NullRelayThatGathers)
}
NOT_COMPARED = {
    "galene": "no adapter: its Go module could not be fetched, and Debian 12 has no package"
}
NICE = -15

Done = dict[str, dict[str, list[dict[str, object]]]]
"""What came of each round, by scenario, trouble or network, and by peer."""


async def compare(options: argparse.Namespace) -> None:
    """All rounds, peers in turns; the tables; the file."""
    os.sched_setaffinity(0, {CORE})
    go_first()
    peers, missing = available(options.peers or list(PEERS))
    result: dict[str, Any] = {
        "machine": machine(),
        "seconds": options.seconds,
        "versions": {peer.name: peer.version() for peer in peers},
        "missing": missing,
        "rounds": {},
        "recoveries": {},
        "networks": {},
    }
    sessions = [peer for peer in peers if peer.has_sessions]
    for number in range(1, options.rounds + 1):
        if "costs" in options.parts:
            await every_scenario(peers, number, options, result["rounds"])
        if "troubles" in options.parts:
            await every_trouble(sessions, number, options, result["recoveries"])
        if "networks" in options.parts:
            await every_network(sessions, number, options, result["networks"])
        # After each round, so that a comparison that is stopped keeps what it has.
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    parts = (("rounds", table), ("recoveries", recoveries), ("networks", networks))
    for part, written in parts:
        if result[part]:
            print(f"\n{written(result)}")
    draw(result, options.json.with_suffix(""))


def available(names: list[str]) -> tuple[list[type[Peer]], dict[str, str]]:
    """Which of these peers are here, and why the others are not."""
    why = {name: PEERS[name].why_missing() for name in names}
    missing = {name: reason for name, reason in why.items() if reason}
    return [PEERS[name] for name in names if name not in missing], NOT_COMPARED | missing


def go_first() -> None:
    """What measures and what is measured go before all else that the machine does meanwhile."""
    os.setsid()  # a session is what the scheduler groups (sched(7), autogroup)
    os.nice(NICE)
    group = Path("/proc/self/autogroup")
    if group.exists():
        group.write_text(str(NICE))


async def every_scenario(
    peers: list[type[Peer]], number: int, options: argparse.Namespace, done: Done
) -> None:
    """One round of each scenario by each peer, added to ``done``."""
    for name, peer in turns(options.scenarios or SCENARIOS, peers):
        try:
            measured = await one_round(peer, SCENARIOS[name], options.inside, options.seconds)
            cost: dict[str, object] = asdict(measured)
        except Exception as why:  # whatever a peer does, the others' rounds go on
            cost = {"void": [f"{type(why).__name__}: {why}"]}
        add(done, name, peer, cost)
        print(f"round {number}  {name:10} {peer.name:20} {told(cost)}", flush=True)


async def every_trouble(
    peers: list[type[Peer]], number: int, options: argparse.Namespace, done: Done
) -> None:
    """One round of each trouble with each peer, added to ``done``."""
    for name, peer in turns(options.troubles or TROUBLES, peers):
        measure = partial(recovery, trouble=TROUBLES[name])
        back = await in_a_room(peer, PAIR, options, measure)
        add(done, name, peer, back)
        print(f"round {number}  {name:16} {peer.name:20} {back}", flush=True)


async def every_network(
    peers: list[type[Peer]], number: int, options: argparse.Namespace, done: Done
) -> None:
    """One round of each poor network with each peer, added to ``done``."""
    for name, peer in turns(options.networks or PROFILES, peers):
        measure = partial(experience, profile=name)
        had = await in_a_room(peer, TRIO, options, measure, "repeat_sound")
        add(done, name, peer, had)
        print(f"round {number}  {name:16} {peer.name:20} {had}", flush=True)


async def in_a_room(
    kind: type[Peer],
    scenario: Scenario,
    options: argparse.Namespace,
    measure: Callable[[Generator], Awaitable[Any]],
    *orders: str,
) -> dict[str, object]:
    """What ``measure`` finds once all are in the room and send, after these orders; or why the round is void."""
    try:
        async with (
            Generator() as generator,
            kind(options.inside, generator, scenario.kinds) as peer,
        ):
            for order in orders:
                await generator.order(order)
            await fill(peer, generator, scenario)
            return asdict(await measure(generator))
    except Exception as why:  # whatever a peer does, the others' rounds go on
        return {"void": f"{type(why).__name__}: {why}"}


def turns(names: Any, peers: list[type[Peer]]) -> Iterator[tuple[str, type[Peer]]]:
    """Peers take turns within each scenario, so that a slow quarter of an hour is everybody's."""
    return ((name, peer) for name in names for peer in peers)


def add(done: Done, name: str, peer: type[Peer], one: dict[str, object]) -> None:
    done.setdefault(name, {}).setdefault(peer.name, []).append(one)


def told(done: dict[str, object]) -> str:
    if "cpu_us_per_packet" not in done:
        return f"void: {done['void']}"
    return f"{done['cpu_us_per_packet']:6.1f} µs  p99 {done['latency_p99_ms']:7.2f} ms  others {done['others_cpu_cores']:.1f} cores  {done['void'] or ''}"


def machine() -> dict[str, object]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(line.split(": ", 1)[1] for line in lines if line.startswith("model name"))
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "load_average": os.getloadavg()[0],
        "day": time.strftime("%Y-%m-%d"),
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = ("costs", "troubles", "networks")
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts)
    parser.add_argument("--peers", nargs="+", choices=PEERS)
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS)
    parser.add_argument("--troubles", nargs="+", choices=TROUBLES)
    parser.add_argument("--networks", nargs="+", choices=PROFILES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each scenario of costs")
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Makes the namespaces and starts itself in that of the load."""
    options = arguments()
    if options.inside:
        asyncio.run(compare(options))
        return 0
    with open_pair() as pair:
        again = [sys.executable, __file__, *sys.argv[1:], "--inside", pair.sfu]
        return subprocess.run([*inside(pair.load), *again], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
