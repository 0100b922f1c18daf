"""Signaling with the real media core behind it, up to the answer; packets are the browser tests' matter."""

from collections.abc import AsyncGenerator

import pytest

from vivavoce.contracts.rights import Role
from vivavoce.services import media

from ..media.around import around  # noqa: TID252 (the absolute name has no root)
from ..media.offers import OBSERVER, offer  # noqa: TID252 (the absolute name has no root)
from .stage import Backstage, Person, Server, serving

SLOTS = ("slots", "welcome")


@pytest.fixture
async def server() -> AsyncGenerator[Server]:
    created = media.create(**around(), advertise=["127.0.0.1"])
    backstage = Backstage(created.media)
    async with created.service.run(), serving(backstage) as running:
        yield running
    await backstage.bus.close()


async def test_three_people_are_answered_and_learn_who_is_in_their_slots(server: Server) -> None:
    interview = await server.backstage.interview()
    ines = Person(server, interview, Role.INTERVIEWER, "Ines")
    caro = Person(server, interview, Role.CANDIDATE, "Caro")
    olaf = Person(server, interview, Role.OBSERVER, "Olaf")
    for person, lines in ((ines, offer()), (caro, offer()), (olaf, offer(OBSERVER))):
        welcome = await person.connect(offer=lines, tracks={"microphone": True, "camera": True})
        assert (welcome["media_error"], welcome["offer_needed"]) == (None, False)
        assert welcome["answer"].startswith("v=0")
    await ines.knows(SLOTS, lambda body: cameras(body) == {caro.id})
    await caro.knows(SLOTS, lambda body: cameras(body) == {ines.id})
    await olaf.knows(SLOTS, lambda body: cameras(body) == {ines.id, caro.id})


async def test_an_offer_outside_the_template_is_refused_with_where(server: Server) -> None:
    caro = Person(server, await server.backstage.interview(), Role.CANDIDATE, "Caro")
    welcome = await caro.connect(offer=offer(OBSERVER))
    assert welcome["answer"] is None
    assert "m-lines" in welcome["media_error"]
    await caro.send({"type": "offer", "id": "1", "sdp": offer(), "fresh": True})
    assert (await caro.hear("answer"))["sdp"].startswith("v=0")
    await caro.send({"type": "offer", "id": "2", "sdp": offer(ufrag="wxyz")})
    assert (await caro.hear("answer"))["id"] == "2"


def cameras(body: dict[str, object]) -> set[str]:
    slots = body["slots"]
    assert isinstance(slots, list)
    return {
        slot["participant"] for slot in slots if slot["source"] == "camera" and slot["participant"]
    }
