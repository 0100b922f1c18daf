"""CPU a delivered update and latency of the collab service under a given number of rooms.

    python bench/collab/run.py [--rooms 100] [--people 4] [--rate 20] [--seconds 10] [--profile FILE]

Server and load run in two processes, pinned to one core each where there are two. Prints a table, and JSON with ``--json FILE``.
"""

import argparse
import asyncio
import cProfile
import json
import os
import platform
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

import httpx
import uvloop
from joserfc.jwk import OKPKey

sys.path.insert(0, str(Path(__file__).parent))

from load import Person, Tally, cpu_s, keep_typing, resident_mib
from server import ORIGIN, build, serve

from vivavoce.contracts.rights import Role
from vivavoce.contracts.tokens import JoinClaims, TokenSigner
from vivavoce.kernel.clock import SystemClock
from vivavoce.kernel.ids import InterviewId, new_interview_id, new_participant_id

WARM_UP_S = 2.0


def start_server(
    key, interviews, directory: Path, listener: socket.socket, profile: str | None
) -> int:
    pid = os.fork()
    if pid:
        return pid
    _pin(0)
    app = build(key, interviews, directory)
    profiler = cProfile.Profile(time.process_time) if profile else None
    if profiler:
        profiler.enable()
    serve(app, listener)
    if profiler:
        profiler.disable()
        profiler.dump_stats(profile)
    os._exit(0)


def _pin(core: int) -> None:
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core]})


async def enter(
    options, key, interviews: list[InterviewId], port: int, tally: Tally
) -> list[Person]:
    loop, signer, clock = asyncio.get_running_loop(), TokenSigner(key), SystemClock()
    people: list[Person] = []
    async with httpx.AsyncClient(verify=False) as client:
        for interview in interviews:
            path = f"/api/rooms/{interview}/collab"
            for _ in range(options.people):
                claims = JoinClaims.issued(
                    clock,
                    interview=interview,
                    participant=new_participant_id(),
                    role=Role.INTERVIEWER,
                    name="Load",
                )
                bearer = {"authorization": f"Bearer {signer.sign(claims)}"}
                answer = await client.post(f"http://127.0.0.1:{port}{path}/ticket", headers=bearer)
                number = 100_000 + len(people)
                _, person = await loop.create_connection(
                    lambda n=number, p=path: Person(n, f"127.0.0.1:{port}", p, ORIGIN, tally),
                    "127.0.0.1",
                    port,
                )
                await person.opened
                person.enter(answer.json()["ticket"])
                await person.synced
                people.append(person)
    return people


async def measure(options, key, interviews, port: int, pid: int) -> dict:
    tally = Tally()
    people = await enter(options, key, interviews, port, tally)
    end = time.monotonic() + WARM_UP_S + options.seconds
    typing = asyncio.create_task(keep_typing(people, options.rate, end))
    await asyncio.sleep(WARM_UP_S)
    before, tally.is_counting = (
        (cpu_s(pid), tally.sent, tally.received, tally.saved, time.monotonic()),
        True,
    )
    await asyncio.sleep(options.seconds - 0.2)
    tally.is_counting = False
    after = (cpu_s(pid), tally.sent, tally.received, tally.saved, time.monotonic())
    await typing
    cpu, sent, received, saved, wall = (b - a for a, b in zip(before, after, strict=True))
    latencies = sorted(tally.latencies_us)
    return {
        "rooms": options.rooms,
        "people": options.people,
        "rate_per_s": options.rate,
        "sent_per_s": round(sent / wall),
        "delivered_per_s": round(received / wall),
        "acknowledged_per_s": round(saved / wall),
        "expected_per_s": options.rooms * options.people * (options.people - 1) * options.rate,
        "cpu_us_per_delivery": round(cpu / received * 1e6, 1),
        "server_core_share": round(cpu / wall, 3),
        "latency_p50_ms": latencies[len(latencies) // 2] / 1000,
        "latency_p99_ms": latencies[len(latencies) * 99 // 100] / 1000,
        "resident_mib": round(resident_mib(pid), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--profile")
    parser.add_argument("--json")
    options = parser.parse_args()
    key = OKPKey.generate_key("Ed25519")
    interviews = [new_interview_id() for _ in range(options.rooms)]
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    with tempfile.TemporaryDirectory() as directory:
        pid = start_server(key, interviews, Path(directory), listener, options.profile)
        _pin(1)
        try:
            port = listener.getsockname()[1]
            result = uvloop.run(measure(options, key, interviews, port, pid))
        finally:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
    result |= {"python": platform.python_version(), "load_average": os.getloadavg()[0]}
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2) + "\n")
    for name, value in result.items():
        print(f"{name:22} {value}")


if __name__ == "__main__":
    main()
