"""A service's view of interviews: kept from facts, however often they come, and waited for."""

import asyncio

import pytest

from vivavoce.backends.sqlite import Embedded
from vivavoce.contracts import interviews
from vivavoce.contracts.events import Fact, InterviewCreated, InterviewEnded, InterviewStarted
from vivavoce.contracts.interviews import InterviewView, InterviewViews, evolve
from vivavoce.contracts.rights import InterviewState
from vivavoce.kernel.clock import ManualClock
from vivavoce.kernel.errors import NotFound
from vivavoce.kernel.ids import InterviewId, OrganisationId, PersonId

ID = InterviewId("itv_1")
CREATED = InterviewCreated(
    interview=ID,
    organisation=OrganisationId("org_1"),
    owner=PersonId("per_1"),
    owner_name="Ann",
    title="A talk",
)
STARTED = InterviewStarted(interview=ID)
ENDED = InterviewEnded(interview=ID)


def after(clock: ManualClock, *facts: Fact) -> InterviewView | None:
    view = None
    for fact in facts:
        view = evolve(view, fact.event(clock))
        clock.advance(1)
    return view


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([CREATED], InterviewState.SCHEDULED),
        ([CREATED, STARTED], InterviewState.LIVE),
        ([CREATED, STARTED, ENDED], InterviewState.ENDED),
        ([CREATED, ENDED], InterviewState.ENDED),
        ([CREATED, ENDED, STARTED], InterviewState.ENDED),
    ],
)
def test_facts_make_the_state(clock: ManualClock, facts: list[Fact], state: InterviewState) -> None:
    view = after(clock, *facts)
    assert view is not None
    assert view.state is state


def test_a_fact_that_comes_again_changes_nothing(clock: ManualClock) -> None:
    events = [fact.event(clock) for fact in (CREATED, STARTED, ENDED)]
    view = None
    for event in events:
        view = evolve(view, event)
    again = view
    for event in events:
        again = evolve(again, event)
    assert again == view


def test_what_was_never_created_has_no_view(clock: ManualClock) -> None:
    assert after(clock, STARTED, ENDED) is None


async def test_a_view_is_kept_told_of_and_there_after_a_restart(
    embedded: Embedded, clock: ManualClock
) -> None:
    heard: list[InterviewState] = []
    views = InterviewViews("first", embedded.documents, embedded.bus)

    async def listen(view: InterviewView) -> None:
        heard.append(view.state)

    views.on_change(listen)
    await embedded.bus.start()
    for fact in (CREATED, STARTED, ENDED):
        await embedded.bus.publish(fact.event(clock))
    async with asyncio.timeout(5):
        while (await views.get(ID)).state is not InterviewState.ENDED:
            await asyncio.sleep(0)
        while len(heard) < 3:
            await asyncio.sleep(0)
    assert heard == [InterviewState.SCHEDULED, InterviewState.LIVE, InterviewState.ENDED]


async def test_an_interview_that_is_on_its_way_is_waited_for(
    embedded: Embedded, clock: ManualClock
) -> None:
    views = InterviewViews("first", embedded.documents, embedded.bus)
    await embedded.bus.start()
    waiting = [asyncio.create_task(views.get(ID)) for _ in range(3)]
    await asyncio.sleep(0)
    await embedded.bus.publish(CREATED.event(clock))
    async with asyncio.timeout(interviews.ARRIVAL_WAIT_S):
        assert {view.title for view in await asyncio.gather(*waiting)} == {"A talk"}


async def test_an_interview_that_never_comes_is_not_found(embedded: Embedded) -> None:
    views = InterviewViews("first", embedded.documents, embedded.bus)
    with pytest.raises(NotFound):
        await views.get(InterviewId("itv_unknown"))
