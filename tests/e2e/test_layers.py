"""Cameras are sent in the layers that somebody looks at, and not at all to whoever wants only sound."""

from typing import Any

import pytest
from playwright.async_api import expect

from .people import Person, until

pytestmark = pytest.mark.e2e
Pair = tuple[Person, Person]

# Of the fake camera's 720 lines.
SMALLEST_LINES, LARGEST_LINES = 180, 720
# So much sound without a picture tells one that stopped from one between two frames: about a second.
SOUND_PACKETS = 50
STILL_FRAMES = 30  # of the layer that goes on, while the others must not move
BACKGROUND = """
(isHidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
  document.dispatchEvent(new Event('visibilitychange'));
}
"""


async def test_a_large_picture_brings_the_large_layer_and_a_small_one_lets_it_rest(
    pair: Pair,
) -> None:
    ines, caro = pair
    await caro.sees(ines)
    await ines.button("Show faces").click()
    await until(ines.picture, lambda picture: picture["height"] == LARGEST_LINES)
    layers = await caro.layers()
    assert set(layers) == {"q", "h", "f"}
    assert layers["f"]["active"]

    await ines.button("Show code").click()
    await until(ines.picture, lambda picture: picture["height"] == SMALLEST_LINES)
    resting = await until(caro.layers, is_only_smallest)
    later = await until(
        caro.layers, lambda now: now["q"]["frames"] > resting["q"]["frames"] + STILL_FRAMES
    )
    assert [later[rid]["frames"] for rid in "hf"] == [resting[rid]["frames"] for rid in "hf"]

    await ines.button("Show faces").click()
    await until(ines.picture, lambda picture: picture["height"] == LARGEST_LINES)
    await ines.sees(caro)


async def test_sound_only_is_said_kept_and_taken_back(pair: Pair) -> None:
    ines, caro = pair
    await ines.sees(caro)
    await choose_video(ines, is_on=False)
    declined = ines.page.get_by_role("listitem").filter(has_text="Video off by your choice")
    await expect(declined).to_contain_text("Caro")
    await only_sound_arrives(ines)
    await caro.sees(ines)

    await ines.page.reload()
    await expect(declined).to_contain_text("Caro")
    await ines.hears(1)
    await ines.button("Sound only. Receive video").click()
    await ines.sees(caro)
    await expect(declined).to_have_count(0)


async def test_a_page_in_the_background_asks_for_no_pictures(pair: Pair) -> None:
    ines, caro = pair
    await ines.sees(caro)
    await ines.page.evaluate(BACKGROUND, True)
    await only_sound_arrives(ines)
    await ines.page.evaluate(BACKGROUND, False)
    await ines.sees(caro)


async def choose_video(somebody: Person, *, is_on: bool) -> None:
    """With the switch in the settings."""
    await somebody.button("Camera and sound").click()
    switch = somebody.page.get_by_role("switch", name="Receive video")
    await switch.set_checked(is_on)
    await somebody.page.keyboard.press("Escape")
    await expect(switch).to_have_count(0)


async def only_sound_arrives(somebody: Person) -> None:
    """Sound goes on for a while in which no byte of a picture comes."""
    since = {stream["kind"]: stream for stream in await somebody.inbound()}

    def is_still(now: dict[str, Any]) -> bool:
        nonlocal since
        if now["video"]["bytes"] != since["video"]["bytes"]:
            since = now
        return now["audio"]["packets"] > since["audio"]["packets"] + SOUND_PACKETS

    async def streams() -> dict[str, Any]:
        return {stream["kind"]: stream for stream in await somebody.inbound()}

    before = since["audio"]["energy"]
    after = await until(streams, is_still)
    assert after["audio"]["energy"] > before


def is_only_smallest(layers: dict[str, Any]) -> bool:
    return {rid for rid, layer in layers.items() if layer["active"]} == {"q"}
