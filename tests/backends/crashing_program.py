"""A program to be killed: it writes documents with events and says on standard output what it may rely on.

Knows how to ``write`` (prints ``stored N`` after each committed write, ``handled N`` after each delivery) and to
``hang`` (stores one event and never finishes handling it).
"""

import asyncio
import sys
from pathlib import Path

from vivavoce.backends.sqlite import open_embedded
from vivavoce.kernel.documents import Collection
from vivavoce.kernel.events import Event

from .adapters import event

THINGS = Collection("crash.things", frozenset({"key"}))
TYPES = frozenset({"thing.happened"})
KEYS = 4


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


async def write(path: Path) -> None:
    embedded = await open_embedded(path)

    async def handle(event: Event) -> None:
        say(f"handled {event.body['n']}")

    embedded.bus.subscribe("g", TYPES, handle)
    await embedded.bus.start()
    for n in range(100_000):
        key = f"k{n % KEYS}"
        fact = event(key=key, n=n)
        await embedded.documents.put(
            THINGS, f"{n:06}", {"key": key}, expected_version=0, events=[fact]
        )
        say(f"stored {n}")


async def hang(path: Path) -> None:
    embedded = await open_embedded(path)

    async def handle(_: Event) -> None:
        say("entered")
        await asyncio.Event().wait()

    embedded.bus.subscribe("g", TYPES, handle)
    await embedded.bus.start()
    await embedded.documents.put(THINGS, "a", {}, expected_version=0, events=[event(n=7)])
    await asyncio.Event().wait()


async def commit_only(path: Path) -> None:
    embedded = await open_embedded(path)

    async def handle(_: Event) -> None:
        say("delivered")

    embedded.bus.subscribe("g", TYPES, handle)
    await embedded.documents.put(THINGS, "a", {}, expected_version=0, events=[event(n=7)])
    say("stored 7")
    await asyncio.Event().wait()


if __name__ == "__main__":
    what = {"write": write, "hang": hang, "commit_only": commit_only}[sys.argv[1]]
    asyncio.run(what(Path(sys.argv[2])))
