"""How long from the click to the first output, and how many runs a second: over real sockets, on this host.

    python bench/runner/run.py [--runs 40] [--languages python,c,…] [--json FILE]

One process is the server, on uvloop as the program runs it; another asks. The clock of a run starts before its
``start`` frame is sent and stops when its first ``output`` frame has been read, as a browser on the same machine sees it.
"""

import argparse
import asyncio
import json
import multiprocessing
import multiprocessing.synchronize
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT / "src"), str(PROJECT)]

import uvloop  # noqa: E402
from tests.services.runner.stage import Person, languages, serving  # noqa: E402

from vivavoce.contracts.rights import Role  # noqa: E402
from vivavoce.services.runner.languages import Language, load_languages  # noqa: E402

PREPARED_WAIT_S = 180


def hello_of(language: Language) -> dict[str, Any]:
    return {
        "type": "start",
        "language": language.id,
        "entry": language.entry,
        "files": [{"name": language.entry, "text": language.template}],
    }


def serve(pipe: Connection, chosen: list[str], caches: str, rooms: int) -> None:
    """The server process: says how to reach it, ends when told."""

    async def live() -> None:
        async with serving(Path(caches), languages(*chosen), allow_weak=True) as server:
            ids = [await server.backstage.open_interview() for _ in range(rooms)]
            tickets = []
            for room in ids:
                claims = server.backstage.claims(room, Role.CANDIDATE, "Bench")
                response = await server.ticket(room, claims)
                tickets.append(response.json()["ticket"])
            pipe.send((server.port, list(zip(ids, tickets, strict=True))))
            await asyncio.to_thread(pipe.recv)

    uvloop.run(live())


async def enter(port: int, room: str, ticket: str) -> Person:
    from websockets.asyncio.client import connect

    uri = f"ws://127.0.0.1:{port}/api/rooms/{room}/runs"
    person = Person(await connect(uri, origin=f"http://127.0.0.1:{port}"))  # pyright: ignore[reportArgumentType]
    await person.send(type="hello", ticket=ticket)
    return person


async def checked(person: Person) -> dict[str, bool]:
    """Which languages work, once all are checked; the last word on them may take a while to come."""
    found: dict[str, bool] = {}
    async with asyncio.timeout(PREPARED_WAIT_S):
        while True:
            message = json.loads(await person.socket.recv())
            if message["type"] == "languages":
                found = {info["id"]: info["available"] for info in message["languages"]}
                if all(info["available"] or info["install"] for info in message["languages"]):
                    return found


async def click(person: Person, start: dict[str, Any]) -> tuple[float, float]:
    """Milliseconds to the first output and to the end."""
    began = time.perf_counter()
    await person.send(**start)
    first = 0.0
    while True:
        message = await person.receive()
        now = (time.perf_counter() - began) * 1000
        if message["type"] == "output" and not first:
            first = now
        if message["type"] == "finished":
            assert message["verdict"] == "ok", message
            return first, now


async def latency(person: Person, language: Language, runs: int, pause_s: float) -> dict[str, Any]:
    """People pause between clicks; ``pause_s`` lets the next box be made, as it would be."""
    await click(person, hello_of(language))
    firsts: list[float] = []
    for _ in range(runs):
        await asyncio.sleep(pause_s)
        first, _ = await click(person, hello_of(language))
        firsts.append(first)
        person.seen.clear()
    return {
        "runs": runs,
        "first_output_ms_p50": round(statistics.median(firsts), 1),
        "first_output_ms_p95": round(statistics.quantiles(firsts, n=20)[18], 1),
        "first_output_ms_max": round(max(firsts), 1),
    }


async def throughput(people: list[Person], language: Language, runs: int) -> float:
    """Runs a second when every room clicks again as soon as its run has ended."""

    async def keep_clicking(person: Person) -> None:
        for _ in range(runs):
            await click(person, hello_of(language))
            person.seen.clear()

    began = time.perf_counter()
    await asyncio.gather(*(keep_clicking(person) for person in people))
    return round(len(people) * runs / (time.perf_counter() - began), 1)


async def measure(
    port: int, keys: list[tuple[str, str]], options: argparse.Namespace
) -> dict[str, Any]:
    people = [await enter(port, room, ticket) for room, ticket in keys]
    works = (await asyncio.gather(*(checked(person) for person in people)))[0]
    results: dict[str, Any] = {"latency": {}}
    for language in languages(*options.languages.split(",")):
        if not works[language.id]:
            results["latency"][language.id] = "not available here"
            continue
        results["latency"][language.id] = await latency(people[0], language, options.runs, 0.1)
        print(language.id, results["latency"][language.id], flush=True)
    (python,) = languages("python")
    results["cold_python"] = await latency(people[0], python, options.runs, 0.0)
    print("python, clicking without pause", results["cold_python"], flush=True)
    results["python_runs_per_s"] = await throughput(people, python, options.runs)
    print("python runs a second,", len(people), "rooms:", results["python_runs_per_s"], flush=True)
    for person in people:
        await person.socket.close()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--rooms", type=int, default=4)
    parser.add_argument("--languages", default=",".join(item.id for item in load_languages()))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as caches:
        chosen = sorted({"python", *options.languages.split(",")})
        server = multiprocessing.get_context("spawn").Process(
            target=serve, args=(theirs, chosen, caches, options.rooms)
        )
        server.start()
        port, keys = ours.recv()
        try:
            results = asyncio.run(measure(port, keys, options))
        finally:
            ours.send("end")
            server.join()
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
