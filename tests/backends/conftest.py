"""One fixture a port, parametrised over its adapters."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from vivavoce.kernel.blobs import Blobs
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.documents import Documents
from vivavoce.kernel.events import EventBus
from vivavoce.kernel.leases import Leases
from vivavoce.kernel.pubsub import PubSub

from .adapters import BLOBS, LEASES, PUBSUBS, STORAGES, Storage


@pytest.fixture(params=STORAGES)
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Storage]:
    async with STORAGES[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def documents(storage: Storage) -> Documents:
    return storage.documents


@pytest.fixture
def bus(storage: Storage) -> EventBus:
    return storage.bus


@pytest.fixture(params=BLOBS)
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return BLOBS[request.param](tmp_path / "blobs")


@pytest.fixture(params=LEASES)
def leases(request: pytest.FixtureRequest, clock: ManualClock) -> Leases:
    return LEASES[request.param](clock)


@pytest.fixture(params=PUBSUBS)
def pubsub(request: pytest.FixtureRequest) -> PubSub:
    return PUBSUBS[request.param]()
