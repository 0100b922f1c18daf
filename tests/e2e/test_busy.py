"""A computer too slow for its own picture sends a smaller one, says so, and comes back."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, expect

from .people import Person, Program, chromium, until

pytestmark = pytest.mark.e2e
Arrive = Callable[[str], Awaitable[Person]]

# Chromium takes itself for too slow for 20 s after 10, then for idle. Source: libwebrtc, `overuse_frame_detector.cc`.
BUSY_FOR_A_WHILE = "--force-fieldtrials=WebRTC-ForceSimulatedOveruseIntervalMs/10000-20000-600000/"
NOTICE_DEADLINE_MS = 60_000  # two looks of Chromium's at 10 s, and two of ours
RELIEF_DEADLINE_S = 180.0  # Chromium waits up to 40 s before each step up
STILL_FRAMES = 60  # of the layers that go on, while the largest must not move
LARGEST_LINES = 720


@pytest.fixture
async def slow_browser() -> AsyncIterator[Browser]:
    async with chromium(BUSY_FOR_A_WHILE) as launched:
        yield launched


async def test_a_busy_computer_leaves_out_its_largest_picture_for_a_while(
    program: Program, person: Arrive, slow_browser: Browser
) -> None:
    interview = program.create_interview()
    ines, caro = await person("Ines"), await Person.arrive(slow_browser, "Caro")
    await ines.join(interview.links["interviewer"])
    await caro.join(interview.links["candidate"])
    await ines.sees(caro)
    await ines.button("Show faces").click()
    await until(ines.picture, lambda picture: picture["height"] == LARGEST_LINES)

    said = caro.page.get_by_text("Your computer is busy: your picture is sent smaller.")
    await expect(said).to_be_visible(timeout=NOTICE_DEADLINE_MS)
    resting = await until(caro.layers, lambda layers: not layers["f"]["active"])
    assert resting["h"]["active"], "the next smaller one stands in"
    going = await until(
        caro.layers, lambda now: now["h"]["frames"] > resting["h"]["frames"] + STILL_FRAMES
    )
    assert going["f"]["frames"] == resting["f"]["frames"]
    await ines.sees(caro)

    await until(
        caro.is_held_by_its_processor, lambda is_held: not is_held, within_s=RELIEF_DEADLINE_S
    )
    await until(caro.layers, lambda layers: layers["f"]["active"])
    await until(ines.picture, lambda picture: picture["height"] == LARGEST_LINES)
    await ines.sees(caro)
