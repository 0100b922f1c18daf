"""The whole program as a newcomer starts it, and people with browsers in front of it."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.network.conftest import network as network  # of the emulator's own tests

from .people import Person, Program, chromium


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """``vivavoce serve`` in a process of its own, on free ports and an empty data folder."""
    running = Program(Path(sys.executable).with_name("vivavoce"), tmp_path_factory.mktemp("data"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest.fixture
def person(browser: Browser) -> Callable[[str], Awaitable[Person]]:
    """Somebody with a browser profile of their own."""

    async def arrive(name: str) -> Person:
        return await Person.arrive(browser, name)

    return arrive


@pytest.fixture
async def pair(
    program: Program, person: Callable[[str], Awaitable[Person]]
) -> tuple[Person, Person]:
    """Ines, who interviews, and Caro, the candidate, in a room of their own."""
    interview = program.create_interview()
    ines, caro = await person("Ines"), await person("Caro")
    await ines.join(interview.links["interviewer"])
    await caro.join(interview.links["candidate"])
    return ines, caro
