"""A blurred background arrives blurred, is remembered, and the room is not sent before or instead of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from .people import Person, Program, chromium, until

pytestmark = pytest.mark.e2e
Arrive = Callable[[str], Awaitable[Person]]

WIDTH, HEIGHT, FRAMES = 640, 360, 8
STRIPE = 16  # pixels
# Of 255: how far the stripes' light and dark lie apart, on average, in what is decoded.
SHARP_MIN, SMOOTH_MAX = 60.0, 25.0
BLUR_DEADLINE_S = 90.0  # without a graphics card, on a machine with other work
SOUND_PACKETS = 100  # two seconds of sound
CRAWL = 40  # times slower than this machine
CONTRAST = """
(video) => {
  if (video.videoWidth === 0) return null;
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0, squares = 0;
  for (let i = 0; i < data.length; i += 4) { sum += data[i + 1]; squares += data[i + 1] ** 2; }
  const count = data.length / 4, mean = sum / count;
  return Math.sqrt(Math.max(0, squares / count - mean * mean));
}
"""


def striped_room(path: Path) -> None:
    """A camera that looks at stripes: a film in YUV4MPEG2, whose brightness trembles from frame to frame."""
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F20:1 Ip A1:1 C420jpeg\n".encode())
        for frame in range(FRAMES):
            light, dark = 235 - frame, 16 + frame
            row = bytes(light if x // STRIPE % 2 else dark for x in range(WIDTH))
            film.write(b"FRAME\n" + row * HEIGHT + bytes([128]) * (WIDTH * HEIGHT // 2))


@pytest.fixture
async def striped_browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser whose camera shows the striped room."""
    striped_room(tmp_path / "room.y4m")
    camera = f"--use-file-for-fake-video-capture={tmp_path / 'room.y4m'}"
    async with chromium(camera) as launched:
        yield launched


async def test_a_blurred_background_arrives_blurred_and_is_remembered(
    program: Program, person: Arrive, striped_browser: Browser
) -> None:
    interview = program.create_interview()
    ines, caro = await person("Ines"), await Person.arrive(striped_browser, "Caro")
    await ines.join(interview.links["interviewer"])
    await caro.join(interview.links["candidate"])
    await ines.sees(caro)
    assert await until(lambda: contrast(ines, caro), is_sharp)

    await blur(caro, is_on=True)
    await until(lambda: contrast(ines, caro), is_smooth, within_s=BLUR_DEADLINE_S)
    await ines.sees(caro)

    hold = asyncio.Event()

    async def late(route: Route) -> None:
        await hold.wait()
        await route.continue_()

    await caro.page.context.route("**/assets/blur-*/**", late)
    await caro.page.reload()
    await caro.sees(ines)
    await ines.hears(1)
    before = await caro.inbound()
    await until(caro.inbound, lambda now: now[0]["packets"] > before[0]["packets"] + SOUND_PACKETS)
    assert all(layer["frames"] == 0 for layer in (await caro.layers()).values()), (
        "the room was sent"
    )
    hold.set()
    await until(lambda: contrast(ines, caro), is_smooth, within_s=BLUR_DEADLINE_S)
    await ines.sees(caro)

    await blur(caro, is_on=False)
    await until(lambda: contrast(ines, caro), is_sharp)
    assert not caro.problems


async def test_a_computer_too_slow_for_it_says_so_and_keeps_the_room_private(
    program: Program, person: Arrive
) -> None:
    caro = await person("Caro")
    await caro.page.goto(program.create_interview().links["candidate"])
    switch = caro.page.get_by_role("switch", name="Blur background")
    await switch.check()
    browser = await caro.page.context.new_cdp_session(caro.page)
    await browser.send("Emulation.setCPUThrottlingRate", {"rate": CRAWL})
    told = caro.page.get_by_text("This computer is too slow to blur your background.")
    await expect(told).to_be_visible(timeout=BLUR_DEADLINE_S * 1_000)
    await browser.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    await expect(switch).not_to_be_checked()
    await expect(caro.page.get_by_text("Your camera is off.", exact=True)).to_be_visible()
    await caro.button("Turn on camera").click()
    await expect(caro.page.get_by_label("Your camera", exact=True)).to_be_visible()
    await expect(told).to_be_visible()


async def blur(somebody: Person, *, is_on: bool) -> None:
    """With the switch in the settings."""
    await somebody.button("Camera and sound").click()
    switch = somebody.page.get_by_role("switch", name="Blur background")
    await switch.set_checked(is_on)
    await somebody.page.keyboard.press("Escape")
    await expect(switch).to_have_count(0)


async def contrast(viewer: Person, other: Person) -> float:
    """Of the other's picture as it is decoded; 0 while there is none."""
    video = viewer.camera_of(other)
    if await video.count() == 0:
        return 0.0
    return await video.first.evaluate(CONTRAST) or 0.0


def is_sharp(value: float) -> bool:
    return value > SHARP_MIN


def is_smooth(value: float) -> bool:
    return 0 < value < SMOOTH_MAX
