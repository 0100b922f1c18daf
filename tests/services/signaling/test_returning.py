"""Coming back over real sockets: nothing is lost or doubled."""

import pytest
from websockets.exceptions import ConnectionClosed

from vivavoce.contracts.rights import Role
from vivavoce.contracts.sockets import (
    CLOSE_REPLACED,
)
from vivavoce.services.signaling.member import GRACE_S

from .fake_media import FakeMedia
from .stage import Arrive, Backstage, Person, Server, serving, until


async def test_a_dropped_socket_is_resumed_with_nothing_lost_or_doubled(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    await caro.send({"type": "send_chat", "id": "a", "text": "before"})
    await caro.hear("chat")
    await caro.drop()
    for number in range(5):
        await ines.send({"type": "send_chat", "id": str(number), "text": f"missed {number}"})
    for _ in range(6):
        await ines.hear("chat")
    caro.sent += 1
    caro.unacknowledged[caro.sent] = {"type": "send_chat", "id": "b", "text": "kept"}
    assert (await caro.connect(resume=True))["type"] == "resumed"
    await caro.resend()
    await caro.resend()
    lines = [(await caro.hear("chat"))["line"]["text"] for _ in range(6)]
    assert lines == [f"missed {number}" for number in range(5)] + ["kept"]
    assert (await ines.hear("chat"))["line"]["text"] == "kept"
    texts = [body["line"]["text"] for body in caro.heard if body["type"] == "chat"]
    assert len(texts) == len(set(texts)) == 7


async def test_others_see_the_drop_and_the_return(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    await ines.hear("joined")
    await caro.drop()
    assert not (await ines.hear("updated"))["participant"]["connected"]
    await caro.connect(resume=True)
    assert (await ines.hear("updated"))["participant"]["connected"]


async def test_a_second_socket_takes_the_place_of_the_first(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    twin = Person(caro.server, caro.interview, caro.role, caro.name, id=caro.id)
    await twin.connect()
    assert await caro.close_code() == CLOSE_REPLACED
    await twin.send({"type": "send_chat", "id": "1", "text": "me"})
    assert (await ines.hear("chat"))["line"]["participant"] == caro.id
    assert ines.kinds().count("joined") == 1
    assert "left" not in ines.kinds()


async def test_an_unknown_token_is_answered_with_a_fresh_welcome(arrive: Arrive) -> None:
    caro = await arrive()
    await caro.drop()
    caro.token = "invented"
    welcome = await caro.connect(resume=True, offer=None)
    assert welcome["type"] == "welcome"
    assert not welcome["offer_needed"], "the media session is still there"


async def test_a_foreign_token_resumes_nothing(arrive: Arrive) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    await caro.drop()
    caro.token = ines.token
    welcome = await caro.connect(resume=True)
    assert (welcome["type"], welcome["you"]) == ("welcome", caro.id)


async def test_a_restart_keeps_chat_and_removals_and_asks_for_an_offer(
    backstage: Backstage, media: FakeMedia
) -> None:
    async with serving(backstage) as server:
        interview = await backstage.interview()
        caro = Person(server, interview, Role.CANDIDATE, "Caro")
        await caro.connect(tracks={"camera": True})
        await caro.send({"type": "send_chat", "id": "1", "text": "remember me"})
        await caro.hear("chat")
        ines = Person(server, interview, Role.INTERVIEWER, "Ines")
        await ines.connect()
        rude = Person(server, interview, Role.CANDIDATE, "Rude")
        await rude.connect()
        await ines.send({"type": "remove", "participant": rude.id})
        await rude.close_code()
        color = caro.heard[0]["participants"][0]["color"]
    restarted = Backstage(FakeMedia())
    restarted.documents, restarted.signer = backstage.documents, backstage.signer
    restarted.verifier = backstage.verifier
    async with serving(restarted) as server:
        caro.server = server
        welcome = await caro.connect(resume=True, offer=None)
        assert (welcome["type"], welcome["offer_needed"]) == ("welcome", True)
        assert [line["text"] for line in welcome["chat"]] == ["remember me"]
        assert welcome["participants"][0]["color"] == color
        rude.server = server
        with pytest.raises(ConnectionClosed):
            await rude.connect()
        assert rude.heard[-1]["code"] == "removed"
        await caro.send({"type": "offer", "id": "o", "sdp": "new", "fresh": True})
        assert (await caro.hear("answer"))["sdp"] == "answer to new"
        await caro.send({"type": "send_chat", "id": "1", "text": "remember me"})
        await caro.send({"type": "send_chat", "id": "2", "text": "new"})
        assert (await caro.hear("chat"))["line"]["text"] == "new", "a known line is not doubled"
    await restarted.bus.close()


async def test_who_stays_away_is_lost_to_everybody(arrive: Arrive, server: Server) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    caro = await arrive()
    await caro.drop()
    await ines.knows(["updated"], lambda body: not body["participant"]["connected"])
    server.backstage.clock.advance(GRACE_S)
    await ines.send({"type": "send_chat", "id": "1", "text": "gone?"})
    left = await ines.hear("left")
    assert (left["participant"], left["reason"]) == (caro.id, "lost")
    await until(lambda: len(server.backstage.facts) == 3)
    assert server.backstage.facts[-1].body["reason"] == "lost"
