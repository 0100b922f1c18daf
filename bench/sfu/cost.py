"""What an SFU costs while people send to each other, and what its rooms get for it."""

import asyncio
import time
from dataclasses import dataclass

from generator import Generator
from meter import Machine, cpu_s, own_memory_kib
from peers.base import Peer
from rooms import Scenario, fill

WARM_UP_S = 3.0
LATE_S = 0.5
DELIVERED_MIN = 0.999
GENERATOR_CPU_MAX = 0.7
STEAL_MAX = 0.02


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


def void_reasons(delivered: float, generator_cpu: float, steal: float) -> list[str]:
    """Why a round says nothing about the SFU; empty if it does."""
    reasons = {
        f"delivered {delivered:.2%}": not DELIVERED_MIN <= delivered <= 2 - DELIVERED_MIN,
        f"generator at {generator_cpu:.0%} of its core": generator_cpu > GENERATOR_CPU_MAX,
        f"{steal:.1%} stolen by the host": steal > STEAL_MAX,
    }
    return [reason for reason, is_so in reasons.items() if is_so]
