"""Whether the media core grows: a call of four for an hour, while others come and go.

    python bench/soak/run.py [--minutes 60] [--json bench/results/soak.json]

The core runs in a process of its own (``server.py``), the participants in others (``sfu-load``). Every 15 s somebody joins
the call for 5 s and leaves, or two open a room of their own, and close it. Meanwhile memory (RSS), descriptors and
threads of the process are read every second; the slope is that of the line of least squares after the first tenth.
"""

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
LOAD = ["cargo", "run", "--release", "--locked", "-q", "-p", "sfu-sim", "--bin", "sfu-load", "--"]
RESIDENTS = 4
SAMPLE_INTERVAL_S = 1.0
VISIT_INTERVAL_S = 15.0
VISIT_S = 5
WARM_UP_S = 3
SETTLING_SHARE = 0.1
"""Caches of sockets, allocator and interpreter fill in this share of the time."""
SLOPE_KIB_PER_HOUR_MAX = 1024.0
"""More than this is called growth: a thousandth of a small machine's memory a day."""


@dataclass(frozen=True, slots=True)
class Sample:
    at_s: float
    rss_kib: int
    descriptors: int
    threads: int


class Core:
    """The process of the core; requests are answered one after the other, whoever asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("server.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, **fields: str) -> dict[str, Any]:
        with self._lock:
            _write(self.process.stdin, {"ask": what, **fields})
            return _read(self.process.stdout)

    def sample(self, at_s: float) -> Sample:
        proc = Path(f"/proc/{self.process.pid}")
        status = dict(
            line.split(":", 1) for line in proc.joinpath("status").read_text().splitlines()
        )
        return Sample(
            at_s,
            rss_kib=int(status["VmRSS"].split()[0]),
            descriptors=len(os.listdir(proc / "fd")),
            threads=int(status["Threads"]),
        )

    def end(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=30)


def _write(stream: IO[str] | None, message: dict[str, Any]) -> None:
    assert stream is not None
    stream.write(json.dumps(message) + "\n")
    stream.flush()


def _read(stream: IO[str] | None) -> dict[str, Any]:
    assert stream is not None
    line = stream.readline()
    if not line:
        raise RuntimeError("a process of the soak ended too early")
    return json.loads(line)


def participate(core: Core, room: str, prefix: str, count: int, seconds: float) -> dict[str, Any]:
    """Some participants for some time; what they measured. Afterwards they have left."""
    load = subprocess.Popen(
        [
            *(*LOAD, "--stdio", "--pid", str(core.process.pid), "--participants", str(count)),
            *("--warm-up", str(WARM_UP_S), "--seconds", str(round(seconds))),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with load:
        names: list[str] = []
        while "offer" in (said := _read(load.stdout)):
            names.append(prefix + said["participant"])
            _write(
                load.stdin,
                core.ask("join", room=room, participant=names[-1], offer=said["offer"]),
            )
    for name in names:
        core.ask("leave", room=room, participant=name)
    return said


def visit_until(core: Core, until: float) -> int:
    """Joins and leaves, in the call and in rooms of their own; how many."""
    for number in itertools.count():
        began = time.monotonic()
        if began + VISIT_INTERVAL_S > until:
            return number
        if number % 2 == 0:
            participate(core, "call", f"visitor{number}", 1, VISIT_S)
        else:
            participate(core, f"other{number}", "p", 2, VISIT_S)
            core.ask("close", room=f"other{number}")
        time.sleep(max(0.0, began + VISIT_INTERVAL_S - time.monotonic()))
    raise AssertionError("unreachable")


def samples(core: Core, threads: list[threading.Thread]) -> Iterator[Sample]:
    began = time.monotonic()
    while any(thread.is_alive() for thread in threads):
        yield core.sample(time.monotonic() - began)
        time.sleep(SAMPLE_INTERVAL_S)


def report(taken: list[Sample], settled: Sample) -> dict[str, Any]:
    late = [sample for sample in taken if sample.at_s >= taken[-1].at_s * SETTLING_SHARE]
    memory = [sample.rss_kib for sample in late]
    line = statistics.linear_regression([sample.at_s for sample in late], memory)
    return {
        "seconds": round(taken[-1].at_s),
        "samples": len(late),
        "rss_kib": {"first": memory[0], "last": memory[-1], "max": max(memory)},
        "rss_kib_by_minute": _by_minute(taken),
        "rss_slope_kib_per_hour": round(line.slope * 3600, 1),
        "descriptors": _range([sample.descriptors for sample in late], settled.descriptors),
        "threads": _range([sample.threads for sample in late], settled.threads),
    }


def _by_minute(taken: list[Sample]) -> list[int]:
    """The first of each minute: a slope alone does not tell growth from a cache that fills."""
    first: dict[int, int] = {}
    for sample in taken:
        first.setdefault(int(sample.at_s // 60), sample.rss_kib)
    return list(first.values())


def _range(values: list[int], at_end: int) -> dict[str, int]:
    return {"min": min(values), "max": max(values), "at_end": at_end}


def soak(minutes: float) -> dict[str, Any]:
    core, results = Core(), dict[str, Any]()
    seconds = minutes * 60
    stay = threading.Thread(
        target=lambda: results.update(call=participate(core, "call", "p", RESIDENTS, seconds))
    )
    until = time.monotonic() + seconds
    visits = threading.Thread(target=lambda: results.update(visits=visit_until(core, until)))
    stay.start()
    visits.start()
    taken = list(samples(core, [stay, visits]))
    if set(results) != {"call", "visits"}:
        raise RuntimeError("the call or the visits broke off")
    core.ask("close", room="call")
    stats = core.ask("stats")["stats"]
    settled = core.sample(taken[-1].at_s)
    return {
        **report(taken, settled),
        "visits": results["visits"],
        # Its latencies mean nothing here: the stamps of visitors are on the clocks of other processes.
        "packets_delivered": results["call"]["forwarded_packets"],
        "core_cpu_share_of_a_core": results["call"]["sfu_cpu_share_of_a_core"],
        "rooms_failed": stats["rooms_failed"],
        "participants_left": stats["participants"],
        "exit_code": core.end(),
        "machine": {"cores": os.cpu_count(), "kernel": platform.release()},
    }


def verdict(result: dict[str, Any]) -> list[str]:
    """What is not as it should be."""
    checks = {
        "memory grows": result["rss_slope_kib_per_hour"] > SLOPE_KIB_PER_HOUR_MAX,
        "descriptors are left": result["descriptors"]["at_end"] > result["descriptors"]["min"],
        "threads are left": result["threads"]["at_end"] > result["threads"]["min"],
        "rooms failed": result["rooms_failed"] > 0,
        "participants are left": result["participants_left"] > 0,
        "it did not end well": result["exit_code"] != 0,
    }
    return [what for what, is_so in checks.items() if is_so]


def table(result: dict[str, Any]) -> str:
    rss = result["rss_kib"]
    rows = [
        ("time", f"{result['seconds'] / 60:.1f} min, {result['visits']} visits"),
        ("memory", f"{rss['first']} to {rss['last']} KiB, at most {rss['max']}"),
        ("slope", f"{result['rss_slope_kib_per_hour']} KiB/h"),
        *((name, _told(result[name])) for name in ("descriptors", "threads")),
        ("packets delivered", f"{result['packets_delivered']}"),
    ]
    return "\n".join(f"{name:<20}{value}" for name, value in rows)


def _told(spread: dict[str, int]) -> str:
    return f"{spread['min']} to {spread['max']}, {spread['at_end']} at the end"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "results" / "soak.json")
    arguments = parser.parse_args()
    subprocess.run([*LOAD[:1], "build", *LOAD[2:-1]], cwd=ROOT, check=True)
    result = soak(arguments.minutes)
    arguments.json.write_text(json.dumps(result, indent=2) + "\n")
    print(table(result))
    problems = verdict(result)
    print("; ".join(problems) or "it does not grow")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
