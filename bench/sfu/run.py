"""Ours beside other SFUs: the same load from the same generator, in turns (docs/benchmarks.md).

    python bench/sfu/run.py [--peers NAME …] [--scenarios NAME …] [--troubles NAME …] [--networks NAME …] [--rounds 3] [--seconds 10]

Prints three tables, of costs, of recoveries and of poor networks, and writes ``bench/results/side-by-side.json`` and the pictures beside it; about 17 min a round
with all peers. Needs root (for network namespaces), two cores, and the peers
that are to be compared; one that is missing is named and the rest goes on. Nothing else should run meanwhile.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from generator import CORE, Generator, until
from losses import PROFILES, experience
from meter import Machine, cpu_s, own_memory_kib
from pair import Pair, inside
from peers.base import Peer
from peers.janus import Janus, JanusOneLoop
from peers.livekit import LiveKit
from peers.ours import Ours
from plots import draw
from table import networks, recoveries, table
from trouble import TROUBLES, recovery

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results" / "side-by-side.json"

PEERS: dict[str, type[Peer]] = {peer.name: peer for peer in (Ours, Janus, JanusOneLoop, LiveKit)}
NOT_COMPARED = {
    "galene": "no adapter: its Go module could not be fetched, and Debian 12 has no package"
}

NICE = -15
WARM_UP_S = 3.0
LATE_S = 0.5
PICTURE_S = 10.0
DELIVERED_MIN = 0.999
GENERATOR_CPU_MAX = 0.7
STEAL_MAX = 0.02


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


@dataclass(frozen=True)
class Round:
    """What one peer did in one scenario, once."""

    cpu_us_per_packet: float
    cpu_share: float
    delivered_per_s: float
    delivered_ratio: float
    latency_p50_ms: float
    latency_p99_ms: float
    memory_kib_per_participant: float
    join_ms: list[float]
    generator_cpu_share: float
    others_cpu_cores: float
    steal_share: float
    void: list[str]


async def one_round(kind: type[Peer], scenario: Scenario, namespace: str, seconds: float) -> Round:
    """Starts the SFU anew, fills the rooms, and measures for a while."""
    async with Generator() as generator, kind(namespace, generator, scenario.kinds) as peer:
        idle_kib = own_memory_kib(peer.pid)
        await fill(peer, generator, scenario)
        await asyncio.sleep(WARM_UP_S)
        await generator.order("open_window")
        before = cpu_s(peer.pid), Machine.now(), time.monotonic()
        await asyncio.sleep(seconds)
        await generator.order("close_window")
        cpu, wall = cpu_s(peer.pid) - before[0], time.monotonic() - before[2]
        busy_cores, steal = Machine.now().since(before[1])
        await asyncio.sleep(LATE_S)
        report = await generator.order("report")
        grown_kib = own_memory_kib(peer.pid) - idle_kib
        joins = (await generator.order("status"))["joins_ms"].values()
    expected = report["sent"] * (scenario.people - 1)
    ratio = report["delivered"] / max(expected, 1)
    return Round(
        cpu_us_per_packet=cpu / max(report["delivered"], 1) * 1e6,
        cpu_share=cpu / wall,
        delivered_per_s=report["delivered"] / report["seconds"],
        delivered_ratio=ratio,
        latency_p50_ms=report["latency_p50_ms"],
        latency_p99_ms=report["latency_p99_ms"],
        memory_kib_per_participant=grown_kib / (scenario.rooms * scenario.people),
        join_ms=[ms for ms in joins if ms is not None],
        generator_cpu_share=report["cpu_share"],
        others_cpu_cores=busy_cores - cpu / wall - report["cpu_share"],
        steal_share=steal,
        void=void_reasons(ratio, report["cpu_share"], steal),
    )


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


def void_reasons(delivered: float, generator_cpu: float, steal: float) -> list[str]:
    """Why a round says nothing about the SFU; empty if it does."""
    reasons = {
        f"delivered {delivered:.2%}": not DELIVERED_MIN <= delivered <= 2 - DELIVERED_MIN,
        f"generator at {generator_cpu:.0%} of its core": generator_cpu > GENERATOR_CPU_MAX,
        f"{steal:.1%} stolen by the host": steal > STEAL_MAX,
    }
    return [reason for reason, is_so in reasons.items() if is_so]


async def compare(options: argparse.Namespace) -> None:
    """All rounds, peers in turns; the table; the file."""
    os.sched_setaffinity(0, {CORE})
    go_first()
    peers: list[type[Peer]] = []
    missing = dict(NOT_COMPARED)
    for name in options.peers or PEERS:
        if reason := PEERS[name].why_missing():
            missing[name] = reason
        else:
            peers.append(PEERS[name])
    result: dict[str, Any] = {
        "machine": machine(),
        "seconds": options.seconds,
        "versions": {peer.name: peer.version() for peer in peers},
        "missing": missing,
        "rounds": {},
        "recoveries": {},
        "networks": {},
    }
    for number in range(1, options.rounds + 1):
        await every_scenario(peers, number, options, result["rounds"])
        await every_trouble(peers, number, options, result["recoveries"])
        await every_network(peers, number, options, result["networks"])
        # After each round, so that a comparison that is stopped keeps what it has.
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{table(result)}\n\n{recoveries(result)}\n\n{networks(result)}")
    draw(result, options.json.with_suffix(""))


def go_first() -> None:
    """What measures and what is measured go before all else that the machine does meanwhile."""
    os.setsid()  # a session is what the scheduler groups (sched(7), autogroup)
    os.nice(NICE)
    group = Path("/proc/self/autogroup")
    if group.exists():
        group.write_text(str(NICE))


async def every_scenario(
    peers: list[type[Peer]],
    number: int,
    options: argparse.Namespace,
    rounds: dict[str, dict[str, list[dict[str, object]]]],
) -> None:
    """One round of each scenario by each peer, added to ``rounds``."""
    for name in SCENARIOS if options.scenarios is None else options.scenarios:
        for peer in peers:
            done = await tried(peer, SCENARIOS[name], options)
            rounds.setdefault(name, {}).setdefault(peer.name, []).append(done)
            print(f"round {number}  {name:10} {peer.name:20} {told(done)}", flush=True)


async def every_trouble(
    peers: list[type[Peer]],
    number: int,
    options: argparse.Namespace,
    done: dict[str, dict[str, list[dict[str, object]]]],
) -> None:
    """One round of each trouble with each peer, added to ``done``."""
    for name in TROUBLES if options.troubles is None else options.troubles:
        for kind in peers:
            try:
                async with (
                    Generator() as generator,
                    kind(options.inside, generator, PAIR.kinds) as peer,
                ):
                    await fill(peer, generator, PAIR)
                    back: dict[str, object] = asdict(await recovery(generator, TROUBLES[name]))
            except Exception as why:  # whatever a peer does, the others' rounds go on
                back = {"void": f"{type(why).__name__}: {why}"}
            done.setdefault(name, {}).setdefault(kind.name, []).append(back)
            print(f"round {number}  {name:16} {kind.name:20} {back}", flush=True)


async def every_network(
    peers: list[type[Peer]],
    number: int,
    options: argparse.Namespace,
    done: dict[str, dict[str, list[dict[str, object]]]],
) -> None:
    """One round of each poor network with each peer, added to ``done``."""
    for name in PROFILES if options.networks is None else options.networks:
        for kind in peers:
            try:
                async with (
                    Generator() as generator,
                    kind(options.inside, generator, TRIO.kinds) as peer,
                ):
                    await generator.order("repeat_sound")
                    await fill(peer, generator, TRIO)
                    had: dict[str, object] = asdict(await experience(generator, name))
            except Exception as why:  # whatever a peer does, the others' rounds go on
                had = {"void": f"{type(why).__name__}: {why}"}
            done.setdefault(name, {}).setdefault(kind.name, []).append(had)
            print(f"round {number}  {name:16} {kind.name:20} {had}", flush=True)


async def tried(
    peer: type[Peer], scenario: Scenario, options: argparse.Namespace
) -> dict[str, object]:
    """A round as JSON; one that broke is void, with the reason."""
    try:
        return asdict(await one_round(peer, scenario, options.inside, options.seconds))
    except Exception as why:  # whatever a peer does, the others' rounds go on
        return {"void": [f"{type(why).__name__}: {why}"]}


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", nargs="+", choices=PEERS, metavar="NAME")
    parser.add_argument("--scenarios", nargs="*", choices=SCENARIOS, metavar="NAME")
    parser.add_argument("--troubles", nargs="*", choices=TROUBLES, metavar="NAME")
    parser.add_argument("--networks", nargs="*", choices=PROFILES, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Makes the namespaces and starts itself in that of the load."""
    options = arguments()
    if options.inside:
        asyncio.run(compare(options))
        return 0
    with Pair() as pair:
        again = [sys.executable, __file__, *sys.argv[1:], "--inside", pair.sfu]
        return subprocess.run([*inside(pair.load), *again], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
