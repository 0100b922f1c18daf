"""Interviews over HTTP: their life, whose they are, and who was in."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from vivavoce.contracts.events import Fact, ParticipantJoined, ParticipantLeft
from vivavoce.contracts.rights import Role
from vivavoce.services.interviews.model import LISTED_MAX

from .conftest import Office

UNKNOWN = "itv_" + 24 * "0"
STEPS = ("start", "end")


async def published(office: Office, count: int) -> list[str]:
    async with asyncio.timeout(5):
        while len(office.published) < count:
            await asyncio.sleep(0)
    return [event.type for event in office.published]


async def test_a_new_interview_is_scheduled_and_shown(office: Office) -> None:
    made = await office.create(title="  Backend  ", scheduled_at=1_800_000_000_000, duration_min=90)
    assert made.pop("id").startswith("itv_")
    assert made == {
        "title": "Backend",
        "state": "scheduled",
        "scheduled_at": 1_800_000_000_000,
        "duration_min": 90,
        "created_at": office.clock.now(),
        "started_at": None,
        "ended_at": None,
        "host": "Ann",
    }


async def test_only_a_title_is_needed(office: Office) -> None:
    made = await office.create()
    assert (made["scheduled_at"], made["duration_min"]) == (None, 60)


async def test_the_list_is_newest_first_and_of_the_organisation(office: Office) -> None:
    for title in ("first", "second", "third"):
        await office.create(title=title)
        office.clock.advance(1)
    await office.create(office.person("org_b"), title="elsewhere")
    listed = (await office.person().get("/api/interviews")).json()["interviews"]
    assert [each["title"] for each in listed] == ["third", "second", "first"]


async def test_the_list_has_the_newest_up_to_its_limit(office: Office) -> None:
    async with asyncio.TaskGroup() as tasks:
        for n in range(LISTED_MAX + 350):  # more than one page of the store
            tasks.create_task(office.create(title=f"old {n}"))
    office.clock.advance(1)
    await office.create(title="newest")
    listed = (await office.person().get("/api/interviews")).json()["interviews"]
    assert len(listed) == LISTED_MAX
    assert listed[0]["title"] == "newest"


async def test_its_life_is_told_in_order_and_with_its_times(office: Office) -> None:
    made = await office.create()
    path = f"/api/interviews/{made['id']}"
    office.clock.advance(60)
    started = (await office.person().post(f"{path}/start")).json()
    assert (started["state"], started["started_at"]) == ("live", office.clock.now())
    office.clock.advance(60)
    ended = (await office.person().post(f"{path}/end")).json()
    assert (ended["state"], ended["ended_at"]) == ("ended", office.clock.now())
    assert await published(office, 3) == [
        "interview.created",
        "interview.started",
        "interview.ended",
    ]
    times = [event.at for event in office.published]
    assert times == [made["created_at"], started["started_at"], ended["ended_at"]]
    assert {event.key for event in office.published} == {made["id"]}
    assert office.published[0].body["owner_name"] == "Ann"


async def test_pressing_a_button_twice_changes_and_tells_nothing_more(office: Office) -> None:
    path = f"/api/interviews/{(await office.create())['id']}"
    for step in STEPS:
        first = await office.person().post(f"{path}/{step}")
        office.clock.advance(1)
        second = await office.person().post(f"{path}/{step}")
        assert (second.status_code, second.json()) == (200, first.json())
    assert len(await published(office, 3)) == 3


async def test_many_who_press_at_once_start_it_once(office: Office) -> None:
    path = f"/api/interviews/{(await office.create())['id']}/start"
    answers = await asyncio.gather(*(office.person().post(path) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert await published(office, 2) == ["interview.created", "interview.started"]


async def test_it_can_be_called_off_and_not_started_after(office: Office) -> None:
    path = f"/api/interviews/{(await office.create())['id']}"
    assert (await office.person().post(f"{path}/end")).json()["state"] == "ended"
    refused = await office.person().post(f"{path}/start")
    assert (refused.status_code, refused.json()["code"]) == (409, "interview_ended")


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("", "The title is missing."),
        ("  ", "The title is missing."),
        ("x" * 121, "The title may have at most 120 characters."),
        ("a\nb", "The title may only have printable characters."),
    ],
)
async def test_a_title_that_is_none_is_refused_with_a_sentence(
    office: Office, title: str, sentence: str
) -> None:
    refused = await office.person().post("/api/interviews", json={"title": title})
    assert (refused.status_code, refused.json()) == (
        422,
        {"code": "invalid", "message": sentence},
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": None},
        {"title": 5},
        {"title": "x", "organisation": "org_b"},
        {"title": "x", "scheduled_at": -1},
        {"title": "x", "scheduled_at": 10**30},
        {"title": "x", "duration_min": 0},
        {"title": "x", "duration_min": 10**9},
        {"title": "x", "duration_min": None},
    ],
)
async def test_a_malformed_interview_is_refused(office: Office, body: dict[str, Any]) -> None:
    assert (await office.person().post("/api/interviews", json=body)).status_code == 422
    assert (await office.person().get("/api/interviews")).json() == {"interviews": []}


async def test_another_organisations_interview_is_not_there(office: Office) -> None:
    path = f"/api/interviews/{(await office.create())['id']}"
    for foreign, unknown in [
        (
            await office.person("org_b").get(path),
            await office.person().get(f"/api/interviews/{UNKNOWN}"),
        ),
        *[
            (
                await office.person("org_b").post(f"{path}/{step}"),
                await office.person().post(f"/api/interviews/{UNKNOWN}/{step}"),
            )
            for step in STEPS
        ],
    ]:
        assert foreign.status_code == 404
        assert foreign.text == unknown.text
    assert (await office.person().get(path)).json()["state"] == "scheduled"


async def test_without_a_session_there_is_nothing(office: Office) -> None:
    path = f"/api/interviews/{(await office.create())['id']}"
    nobody = office.client()
    answers = [
        await nobody.get("/api/interviews"),
        await nobody.post("/api/interviews", json={"title": "x"}),
        await nobody.get(path),
        *[await nobody.post(f"{path}/{step}") for step in STEPS],
    ]
    assert [answer.status_code for answer in answers] == [401] * 5


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("step", STEPS)
async def test_in_the_room_interviewers_alone_start_and_end(
    office: Office, role: Role, step: str
) -> None:
    made = await office.create()
    answer = await office.participant(made["id"], role).post(f"/api/interviews/{made['id']}/{step}")
    if role is Role.INTERVIEWER:
        assert (answer.status_code, answer.json()["state"] != "scheduled") == (200, True)
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("step", STEPS)
async def test_a_join_token_reaches_no_other_interview(office: Office, step: str) -> None:
    mine, other = await office.create(), await office.create()
    participant = office.participant(mine["id"], Role.INTERVIEWER)
    assert (await participant.post(f"/api/interviews/{other['id']}/{step}")).status_code == 404


async def test_a_join_token_is_no_session(office: Office) -> None:
    made = await office.create()
    participant = office.participant(made["id"], Role.INTERVIEWER)
    assert (await participant.get("/api/interviews")).status_code == 401
    assert (await participant.get(f"/api/interviews/{made['id']}")).status_code == 401
    assert (await participant.post("/api/interviews", json={"title": "x"})).status_code == 401


async def tell(office: Office, kind: type[Fact], **fields: Any) -> None:
    await office.embedded.bus.publish(kind.model_validate(fields).event(office.clock))
    office.clock.advance(1)


async def roster(
    office: Office, interview: str, enough: Callable[[list[dict[str, Any]]], bool]
) -> list[dict[str, Any]]:
    async with asyncio.timeout(5):
        while True:
            answer = await office.person().get(f"/api/interviews/{interview}")
            if enough(shown := answer.json()["participants"]):
                return shown


async def test_the_roster_tells_who_was_in_and_when(office: Office) -> None:
    interview = (await office.create())["id"]
    begin = office.clock.now()
    ann = {"interview": interview, "participant": "par_ann"}
    bo = {"interview": interview, "participant": "par_bo"}
    await tell(office, ParticipantJoined, **ann, role="interviewer", name="Ann")
    await tell(office, ParticipantJoined, **bo, role="candidate", name="Bo")
    await tell(office, ParticipantLeft, **bo, reason="lost")
    await tell(office, ParticipantJoined, **bo, role="candidate", name="Bo B.")
    await tell(office, ParticipantLeft, **ann, reason="left")
    await tell(office, ParticipantLeft, interview=interview, participant="par_x", reason="left")
    shown = await roster(
        office, interview, lambda shown: len(shown) == 2 and shown[0]["left_at"] is not None
    )
    assert shown == [
        {
            "participant": "par_ann",
            "name": "Ann",
            "role": "interviewer",
            "joined_at": begin,
            "left_at": begin + 4000,
        },
        {
            "participant": "par_bo",
            "name": "Bo B.",
            "role": "candidate",
            "joined_at": begin + 1000,
            "left_at": None,
        },
    ]


async def test_rosters_of_interviews_of_one_title_are_apart(office: Office) -> None:
    first, second = (await office.create())["id"], (await office.create())["id"]
    who = {"role": "candidate", "name": "Bo"}
    await tell(office, ParticipantJoined, interview=first, participant="par_1", **who)
    await tell(office, ParticipantJoined, interview=second, participant="par_2", **who)
    for interview, participant in ((first, "par_1"), (second, "par_2")):
        shown = await roster(office, interview, lambda shown: len(shown) >= 1)
        assert [each["participant"] for each in shown] == [participant]
