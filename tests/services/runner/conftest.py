"""Fixtures of the runner's tests."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from vivavoce.kernel.ids import InterviewId

from .stage import Server, languages, serving


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[Server]:
    """With a few quick languages; weaker isolation will do."""
    async with serving(tmp_path, languages("python", "bash", "c"), allow_weak=True) as running:
        yield running


@pytest.fixture
async def room(server: Server) -> InterviewId:
    return await server.backstage.open_interview()
