"""A server for each test."""

from collections.abc import AsyncGenerator

import pytest

from vivavoce.contracts.rights import Role
from vivavoce.kernel.ids import InterviewId

from .fake_media import FakeMedia
from .stage import Arrive, Backstage, Person, Server, serving


@pytest.fixture
def media() -> FakeMedia:
    return FakeMedia()


@pytest.fixture
async def backstage(media: FakeMedia) -> AsyncGenerator[Backstage]:
    behind = Backstage(media)
    yield behind
    await behind.bus.close()


@pytest.fixture
async def server(backstage: Backstage) -> AsyncGenerator[Server]:
    async with serving(backstage) as running:
        yield running


@pytest.fixture
async def interview(server: Server) -> InterviewId:
    return await server.backstage.interview()


@pytest.fixture
def arrive(server: Server, interview: InterviewId) -> Arrive:
    async def come(role: Role = Role.CANDIDATE, name: str = "Caro", **hello: object) -> Person:
        person = Person(server, interview, role, name)
        await person.connect(**hello)  # pyright: ignore[reportArgumentType]
        return person

    return come
