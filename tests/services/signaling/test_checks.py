"""A look at one's connection: a media session of one's own that nobody sees and that always ends."""

import httpx

from vivavoce.contracts.events import InterviewEnded
from vivavoce.contracts.media import MediaUnavailable
from vivavoce.contracts.rights import Role
from vivavoce.contracts.tokens import CheckClaims
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.signaling.limits import Limits

from .fake_media import FakeMedia
from .stage import Arrive, Backstage, Server, serving, until


def token(server: Server, interview: InterviewId) -> str:
    claims = CheckClaims.issued(server.backstage.clock, interview=interview)
    return server.backstage.signer.sign(claims)


async def ask(
    server: Server,
    interview: InterviewId,
    method: str = "POST",
    check: str = "",
    *,
    bearer: str | None = None,
    offer: str = "offer",
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {bearer or token(server, interview)}"}
    path = f"/api/rooms/{interview}/check{check and '/' + check}"
    body = {"offer": offer} if method == "POST" else None
    async with httpx.AsyncClient(base_url=server.origin, trust_env=False) as client:
        return await client.request(method, path, headers=headers, json=body)


async def test_a_check_is_answered_in_a_room_of_its_own(
    server: Server, media: FakeMedia, interview: InterviewId, arrive: Arrive
) -> None:
    ines = await arrive(Role.INTERVIEWER, "Ines")
    first, second = [await ask(server, interview, offer=name) for name in ("one", "two")]
    assert (first.status_code, first.json()["answer"]) == (201, "answer to one")
    (relay,) = first.json()["relays"]
    assert relay["username"].startswith(first.json()["check"])
    alone = [media.rooms[InterviewId(each.json()["check"])] for each in (first, second)]
    assert [list(room.values()) for room in alone] == [["one"], ["two"]]
    assert list(media.rooms[interview]) == [ines.id]
    assert "joined" not in ines.kinds()


async def test_a_check_ends_when_it_is_ended(
    server: Server, media: FakeMedia, interview: InterviewId
) -> None:
    check = (await ask(server, interview)).json()["check"]
    assert server.backstage.metric("checks") == 1
    assert (await ask(server, interview, "DELETE", check)).status_code == 204
    await until(lambda: check not in media.rooms)
    assert (await ask(server, interview, "DELETE", check)).status_code == 404
    assert server.backstage.metric("checks") == 0


async def test_a_check_that_is_left_ends_by_itself(backstage: Backstage, media: FakeMedia) -> None:
    async with serving(backstage, limits=Limits(check_s=0.05)) as server:
        check = (await ask(server, await backstage.interview())).json()["check"]
        await until(lambda: check not in media.rooms)


class Gone(FakeMedia):
    """A core that dies while somebody checks."""

    async def close_room(self, interview: InterviewId) -> None:
        raise MediaUnavailable("Audio and video are not running.")


async def test_a_core_that_is_gone_at_the_end_of_a_check_takes_nothing_with_it() -> None:
    backstage = Backstage(Gone())
    async with serving(backstage) as server:
        interview = await backstage.interview()
        for _ in range(2):
            check = (await ask(server, interview)).json()["check"]
            assert (await ask(server, interview, "DELETE", check)).status_code == 204
            await until(lambda: backstage.metric("checks") == 0)
    await backstage.bus.close()


async def test_a_refused_offer_leaves_no_room_behind(
    server: Server, media: FakeMedia, interview: InterviewId
) -> None:
    refused = await ask(server, interview, offer="bad")
    assert (refused.status_code, refused.json()["code"]) == (422, "offer_rejected")
    await until(lambda: not media.rooms)


async def test_there_is_a_limit_to_checks_at_once(backstage: Backstage) -> None:
    async with serving(backstage, limits=Limits(checks_max=1)) as server:
        interview = await backstage.interview()
        first = await ask(server, interview)
        refused = await ask(server, interview)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_checks")
        await ask(server, interview, "DELETE", first.json()["check"])
        await until(lambda: backstage.metric("checks") == 0)
        assert (await ask(server, interview)).status_code == 201


async def test_one_interview_cannot_check_all_the_time(backstage: Backstage) -> None:
    hardly_ever = Limits(checks_per_minute=1e-6, checks_burst=2)
    async with serving(backstage, limits=hardly_ever) as server:
        interview = await backstage.interview()
        answers = [(await ask(server, interview)).status_code for _ in range(3)]
        assert answers == [201, 201, 429]
        assert (await ask(server, await backstage.interview())).status_code == 201


async def test_a_check_is_for_those_who_may_come_in(server: Server, interview: InterviewId) -> None:
    other = await server.backstage.interview()
    check = (await ask(server, interview)).json()["check"]
    assert (await ask(server, other, "DELETE", check)).status_code == 404
    foreign = token(server, other)
    assert (await ask(server, interview, bearer=foreign)).status_code == 403
    joined = server.token(interview, ParticipantId("par_x"), Role.CANDIDATE, "Caro")
    assert (await ask(server, interview, bearer=joined)).status_code == 401


async def test_there_is_no_check_after_the_end(server: Server, interview: InterviewId) -> None:
    await server.backstage.publish(InterviewEnded(interview=interview))
    refused = await ask(server, interview)
    assert (refused.status_code, refused.json()["code"]) == (409, "interview_ended")


async def test_an_offer_beyond_the_limit_is_refused(server: Server, interview: InterviewId) -> None:
    assert (await ask(server, interview, offer="x" * 100_000)).status_code == 422
