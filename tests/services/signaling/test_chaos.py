"""Real sockets that drop at random moments: everybody hears every line once, all in the same order."""

import asyncio
import random

import pytest
from websockets.exceptions import ConnectionClosed

from vivavoce.contracts.rights import Role

from .stage import Backstage, Person, serving

SEEDS = range(12)
STEPS = 60


class Flaky:
    """A person with a bad network, who sends again what was not acknowledged."""

    def __init__(self, person: Person, random_: random.Random) -> None:
        self.person = person
        self.random = random_
        self.is_there = True

    async def say(self, text: str) -> None:
        body = {"type": "send_chat", "id": text, "text": text}
        try:
            await self.person.send(body)
        except ConnectionClosed:
            self.is_there = False  # it stays among the unacknowledged

    async def drop(self) -> None:
        """Now, with frames under way in both directions."""
        await self.person.drop()
        self.is_there = False

    async def come_back(self) -> None:
        """Now and then without waiting for the old socket to be missed."""
        answer = await self.person.connect(offer=None, resume=True)
        assert answer["type"] == "resumed"
        await self.person.resend()
        if self.random.random() < 0.5:
            await self.person.resend()
        self.is_there = True

    async def listen(self) -> None:
        """Take a few frames, if there are any; to leave some unread is the point."""
        for _ in range(self.random.randrange(4)):
            try:
                async with asyncio.timeout(0.002):
                    await self.person.read()
            except TimeoutError:
                return
            except ConnectionClosed:
                self.is_there = False
                return

    def lines(self) -> list[str]:
        return [body["line"]["text"] for body in self.person.heard if body["type"] == "chat"]


async def act(flaky: Flaky, text: str) -> bool:
    """One random thing; whether a line was said."""
    step = flaky.random.random()
    if step < 0.5:
        await flaky.say(text)
    elif step < 0.7:
        await flaky.listen()
    elif flaky.is_there and step < 0.85:
        await flaky.drop()
    else:
        await flaky.come_back()
    return step < 0.5


@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_is_lost_doubled_or_reordered(backstage: Backstage, seed: int) -> None:
    random_ = random.Random(seed)
    async with serving(backstage) as server:
        interview = await backstage.interview()
        people = [Person(server, interview, Role.CANDIDATE, f"P{n}") for n in range(3)]
        for person in people:
            await person.connect()
        flaky = [Flaky(person, random_) for person in people]
        said = 0
        for step in range(STEPS):
            said += await act(random_.choice(flaky), f"line {step}")
        for one in flaky:
            await one.come_back()
        async with asyncio.timeout(20):
            for one in flaky:
                while len(one.lines()) < said:
                    await one.person.read()
    assert len(set(flaky[0].lines())) == said
    assert flaky[0].lines() == flaky[1].lines() == flaky[2].lines()
