"""A candidate at Firefox and an interviewer at Chromium hold an interview."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from .bidi import FIREFOX, Firefox
from .firefox import FirefoxPerson
from .people import Person, Program, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        FIREFOX is None, reason="Firefox is missing: make setup-dev installs firefox-esr"
    ),
]
# Of the fake cameras' 720 lines.
SMALLEST_LINES, LARGEST_LINES = 180, 720
STILL_FRAMES = 30  # of the layer that goes on, while the others must not move
# A camera's track has a device, one of a canvas has none.
IS_MADE_OF_A_CANVAS = """
() => {
  const [track] = document.querySelector('video[aria-label="Your camera"]')?.srcObject.getVideoTracks() ?? [];
  return track !== undefined && track.getSettings().deviceId === undefined;
}
"""
Arrive = Callable[[str], Awaitable[Person]]
Pair = tuple[Person, FirefoxPerson]


@pytest.fixture
async def firefox(tmp_path: Path) -> AsyncIterator[Firefox]:
    """Debian's Firefox with a fake camera and microphone."""
    async with Firefox.launch(tmp_path) as launched:
        yield launched


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A program that is reached at every address of this machine: Firefox uses none that is for this machine alone."""
    command = Path(sys.executable).with_name("vivavoce")
    running = Program(command, tmp_path_factory.mktemp("data"), "--host", "0.0.0.0")
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def caro(firefox: Firefox) -> FirefoxPerson:
    return await FirefoxPerson.arrive(firefox, "Caro")


@pytest.fixture
async def pair(program: Program, person: Arrive, caro: FirefoxPerson) -> Pair:
    """Ines at Chromium, who interviews, and Caro at Firefox, the candidate."""
    interview = program.create_interview()
    ines = await person("Ines")
    await ines.join(interview.links["interviewer"])
    await caro.join(interview.links["candidate"])
    return ines, caro


async def test_they_see_and_hear_each_other(pair: Pair) -> None:
    ines, caro = pair
    await ines.sees(caro)
    await caro.sees(ines)
    await ines.hears(1)
    await caro.hears(1)
    await decodes_on(ines)
    await decodes_on(caro)
    assert not ines.problems + caro.problems


async def test_on_its_own_machine_firefox_says_why_there_is_no_picture(
    firefox: Firefox, tmp_path: Path
) -> None:
    folder = tmp_path / "alone"
    folder.mkdir()
    alone = Program(Path(sys.executable).with_name("vivavoce"), folder)
    alone.start()
    try:
        caro = await FirefoxPerson.arrive(firefox, "Caro")
        await caro.join(alone.create_interview().links["candidate"])
        await caro.reads_in("status", "Connection", "no video gets through to its own machine")
    finally:
        alone.stop()


async def test_text_and_runs_reach_each_other(pair: Pair) -> None:
    ines, caro = pair
    await caro.write('print("the answer is", 6 * 7)')
    await ines.reads('print("the answer is", 6 * 7)')
    await caro.click("Run")
    for somebody in (ines, caro):
        await somebody.sees_output("the answer is 42")
    await ines.write("written = 'at Chromium'")
    await caro.reads("written = 'at Chromium'")


async def test_a_reloaded_firefox_is_back_in_the_call(pair: Pair) -> None:
    ines, caro = pair
    await caro.write("kept = True")
    await caro.waits_for("status", "Saved")
    await caro.reload()
    await caro.reads("kept = True")
    await caro.sees(ines)
    await ines.sees(caro)
    await caro.hears(1)
    await expect(ines.camera_of(caro)).to_have_count(1)


async def test_a_shared_screen_arrives_in_firefox(pair: Pair) -> None:
    ines, caro = pair
    await ines.button("Share screen").click()
    await caro.click("Show")
    await caro.sees_screen(ines)
    await caro.hears(2)  # its sound as well


async def test_firefox_sends_the_layers_that_somebody_looks_at(pair: Pair) -> None:
    ines, caro = pair
    await ines.sees(caro)
    await ines.button("Show faces").click()
    await until(ines.picture, lambda picture: picture["height"] == LARGEST_LINES)
    await ines.button("Show code").click()
    await until(ines.picture, lambda picture: picture["height"] == SMALLEST_LINES)

    resting: dict[str, Any] = {}

    async def goes_on() -> bool:
        """Whether the small layer alone has gone on for a while."""
        nonlocal resting
        now = await caro.layers()
        if not resting or any(now[rid]["frames"] != resting[rid]["frames"] for rid in "hf"):
            resting = now
        return bool(now["q"]["frames"] > resting["q"]["frames"] + STILL_FRAMES)

    await until(goes_on, bool)


async def test_firefox_blurs_its_background(pair: Pair) -> None:
    ines, caro = pair
    await ines.sees(caro)
    await caro.click("Camera and sound")
    switch = await caro.waits_for_css("input[role=switch]:not(:checked)")
    await caro.firefox.evaluate("(node) => node.click()", switch)
    await until(lambda: caro.firefox.evaluate(IS_MADE_OF_A_CANVAS), bool)
    await ines.sees(caro)
    assert not caro.problems


async def test_the_server_dies_and_comes_back(program: Program, pair: Pair) -> None:
    ines, caro = pair
    await caro.sees(ines)
    program.kill()
    program.start()
    await caro.sees(ines)
    await ines.sees(caro)
    await caro.hears(1)


async def test_the_check_finds_the_ways_to_the_server(
    program: Program, caro: FirefoxPerson
) -> None:
    await checks(caro, program)
    for words in ("Direct (UDP): works", "Direct (TCP): works", "Microphone: heard"):
        await caro.reads_in("region", "Connection check", words)


async def test_a_computer_that_plays_no_sound_is_not_said_to_have_a_silent_microphone(
    program: Program, tmp_path: Path
) -> None:
    no_sound = {"media.cubeb.force_mock_context": False, "media.cubeb.force_null_context": True}
    async with Firefox.launch(tmp_path, no_sound) as firefox:
        caro = await FirefoxPerson.arrive(firefox, "Caro")
        await checks(caro, program)
        await caro.reads_in("region", "Connection check", "Camera: gives a picture")
        assert "Microphone" not in await caro.text_of("region", "Connection check")


async def checks(somebody: FirefoxPerson, program: Program) -> None:
    """The devices, then the connection, in the green room."""
    await somebody.firefox.goto(program.create_interview().links["candidate"])
    await somebody.click("Check camera and microphone")
    await somebody.waits_for("button", "Mute microphone")
    await somebody.click("Check my connection")
    await somebody.waits_for("button", "Check again")


async def decodes_on(somebody: Person | FirefoxPerson) -> None:
    """More frames of the one picture are decoded."""
    before = await somebody.picture()
    await until(somebody.picture, lambda now: now["frames"] > before["frames"])
