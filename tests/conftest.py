"""Fixtures that many tests share: a clock that stands still, and the embedded backends."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from hypothesis import settings

from vivavoce.backends.sqlite import Embedded, open_embedded
from vivavoce.kernel.clock import ManualClock

# A busy machine is no failure; a failing example is printed so that it can be run again.
settings.register_profile("vivavoce", deadline=None, print_blob=True)
settings.load_profile("vivavoce")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncGenerator[Embedded]:
    """A SQLite database of the test's own; subscribe, then start its bus."""
    async with await open_embedded(tmp_path / "vivavoce.db") as database:
        yield database
