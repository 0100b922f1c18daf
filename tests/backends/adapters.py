"""The adapters that the contract suites run over. A production adapter joins by one more entry."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vivavoce.backends.files import FileBlobs
from vivavoce.backends.memory import MemoryBus, MemoryDocuments, MemoryLeases, MemoryPubSub
from vivavoce.backends.sqlite import open_embedded
from vivavoce.kernel.blobs import Blobs
from vivavoce.kernel.clock import Clock, Millis
from vivavoce.kernel.documents import Documents
from vivavoce.kernel.events import Event, EventBus
from vivavoce.kernel.ids import new_event_id
from vivavoce.kernel.leases import Leases
from vivavoce.kernel.pubsub import PubSub

DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class Storage:
    """Documents and the bus that their events go to; the bus is not started."""

    documents: Documents
    bus: EventBus


@asynccontextmanager
async def memory_storage(_folder: Path) -> AsyncGenerator[Storage]:
    bus = MemoryBus()
    yield Storage(MemoryDocuments(bus), bus)
    await bus.close()


@asynccontextmanager
async def sqlite_storage(folder: Path) -> AsyncGenerator[Storage]:
    async with await open_embedded(folder / "vivavoce.db") as embedded:
        yield Storage(embedded.documents, embedded.bus)


STORAGES: dict[str, Callable[[Path], AbstractAsyncContextManager[Storage]]] = {
    "memory": memory_storage,
    "sqlite": sqlite_storage,
}
BLOBS: dict[str, Callable[[Path], Blobs]] = {"files": FileBlobs}
LEASES: dict[str, Callable[[Clock], Leases]] = {"memory": MemoryLeases}
PUBSUBS: dict[str, Callable[[], PubSub]] = {"memory": MemoryPubSub}


def event(key: str = "k", type: str = "thing.happened", **body: Any) -> Event:
    return Event(new_event_id(), type, key, Millis(1), body)


async def until(condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
    """Return as soon as the condition holds; fail if it does not in time."""
    async with asyncio.timeout(deadline_s):
        while not condition():
            await asyncio.sleep(0.002)
