"""A server with auth and interviews for each test."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from vivavoce.kernel.clock import ManualClock

from .world import World, open_world


@pytest.fixture
async def world(tmp_path: Path, clock: ManualClock) -> AsyncGenerator[World]:
    async with open_world(tmp_path, clock) as opened:
        yield opened
