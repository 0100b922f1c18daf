"""A candidate behind a poor network: the call holds, and comes back after what nobody survives."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.network.namespaces import FAR_ADDRESS, OTHER_FAR_ADDRESS, Network

from .afar import Call, apart
from .people import Person, until

pytestmark = [pytest.mark.e2e, pytest.mark.network]

CHANGE_DEADLINE_MS = 30_000
THIN_LINE_DEADLINE_MS = (
    60_000  # TCP waits longer after each loss, and what was wrong is tried later
)
COARSE_LINES = 90
COARSE_DEADLINE_S = 120  # pictures may rest meanwhile, and come back by steps
THIN_VOICES_BPS = (8_000, 16_000)  # docs/topics/media.md
HEARD_ENERGY = 0.2  # a second of the fake microphone's beeps


_VOICE_RATE = """
() => {
  const senders = window.peerConnections.flatMap((pc) => pc.getSenders());
  const voices = senders.filter((sender) => sender.track?.kind === 'audio');
  return voices[0]?.getParameters().encodings[0]?.maxBitrate ?? null;
}
"""


@pytest.fixture
async def call(network: Network, tmp_path: Path) -> AsyncIterator[Call]:
    async with apart(network, tmp_path) as call:
        await call.join()
        await asyncio.gather(call.ines.sees(call.caro), call.caro.sees(call.ines))
        yield call


@pytest.mark.parametrize("profile", ["wifi", "4g", "moderate"])
async def test_both_are_seen_and_heard(call: Call, profile: str) -> None:
    call.network.become(profile)
    await call.ines.sees(call.caro)
    await call.caro.sees(call.ines)
    await hears_more(call.caro)
    await hears_more(call.ines)


async def test_a_blackout_of_five_seconds_is_outlived(call: Call) -> None:
    call.network.order(blackout=True)
    await asyncio.sleep(5)
    call.network.order(blackout=False)
    await call.caro.sees(call.ines)
    await call.ines.sees(call.caro)


async def test_another_address_is_followed(call: Call) -> None:
    call.network.move_far_end(FAR_ADDRESS, OTHER_FAR_ADDRESS)
    await call.ines.sees(call.caro)
    await call.caro.sees(call.ines)
    await call.caro.write("moved = True")
    await call.ines.page.wait_for_function("() => document.body.innerText.includes('moved = True')")


async def test_a_line_too_thin_for_pictures_keeps_the_voices_and_says_so(call: Call) -> None:
    caro = call.caro
    connection = caro.page.get_by_role("status", name="Connection")
    tile = caro.page.get_by_role("listitem").filter(has_text="Paused: your connection is weak")
    call.network.order(down="50 kbit/s")
    await expect(connection).to_contain_text(
        "Video is paused so that voices stay clear", timeout=CHANGE_DEADLINE_MS
    )
    await expect(tile).to_contain_text("Ines")
    await expect(caro.camera_of(call.ines)).to_be_hidden()
    await until(lambda: voice_rate(call.ines), lambda bps: bps in THIN_VOICES_BPS)
    await hears_more(caro)

    call.network.order(down="good")
    await caro.sees(call.ines)
    await expect(tile).to_have_count(0)
    await expect(connection).not_to_contain_text("Video is paused")
    await hears_more(caro)


async def test_a_way_up_too_thin_for_pictures_carries_the_voice_and_says_so(call: Call) -> None:
    ines, caro = call.ines, call.caro
    connection = caro.page.get_by_role("status", name="Connection")
    paused = ines.page.get_by_text("Paused: their connection is weak")
    call.network.order(up="50 kbit/s")
    await expect(connection).to_contain_text(
        "Your connection is too weak for your video", timeout=THIN_LINE_DEADLINE_MS
    )
    # Her own picture covers the words of her tile.
    sign = caro.page.get_by_role("img", name="Not seen: your connection is weak")
    await expect(sign.first).to_be_visible()
    await expect(paused.first).to_be_visible(timeout=THIN_LINE_DEADLINE_MS)
    await hears_more(ines)

    call.network.order(up="good")
    await expect(connection).not_to_contain_text("too weak", timeout=THIN_LINE_DEADLINE_MS)
    await ines.sees(caro)
    await expect(paused).to_have_count(0)
    await hears_more(ines)


async def test_a_way_up_for_few_bits_carries_a_coarser_picture_until_there_are_more(
    call: Call,
) -> None:
    async def height() -> int:
        return (await call.ines.picture())["height"]

    call.network.order(up="150 kbit/s")
    await until(height, lambda lines: lines == COARSE_LINES, within_s=COARSE_DEADLINE_S)
    await call.ines.sees(call.caro)
    call.network.order(up="good")
    await until(height, lambda lines: lines > COARSE_LINES, within_s=COARSE_DEADLINE_S)
    await call.ines.sees(call.caro)


async def test_where_losses_come_in_bursts_a_voice_is_sent_more_than_once(call: Call) -> None:
    async def packet_bytes() -> float:
        before = await voice(call.caro)
        after = await until(
            lambda: voice(call.caro), lambda now: now["packets"] > before["packets"] + 50
        )
        return (after["bytes"] - before["bytes"]) / (after["packets"] - before["packets"])

    async def recovered() -> float:
        counter = "vivavoce_media_recovered_total "
        text = "async () => (await fetch('/metrics')).text()"
        lines = (await call.ines.page.evaluate(text)).splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith(counter))

    alone = await packet_bytes()
    assert await recovered() == 0
    call.network.become("10 % bursty")
    await until(packet_bytes, lambda now: now > 2 * alone, within_s=CHANGE_DEADLINE_MS / 1000)
    await until(recovered, lambda now: now > 0)


async def voice(somebody: Person) -> dict[str, Any]:
    """The one voice that arrives, which may be later than the picture."""

    async def voices() -> list[dict[str, Any]]:
        return [stream for stream in await somebody.inbound() if stream["kind"] == "audio"]

    (stream,) = await until(voices, bool)
    return stream


async def voice_rate(somebody: Person) -> int | None:
    """Bits a second that their own voice is limited to."""
    return await somebody.page.evaluate(_VOICE_RATE)


async def hears_more(somebody: Person) -> None:
    """Sound with energy goes on."""

    async def energy() -> float:
        return sum(stream["energy"] for stream in await somebody.inbound())

    before = await energy()
    await until(energy, lambda now: now > before + HEARD_ENERGY)


async def test_everybody_sees_whose_way_up_loses_packets(call: Call) -> None:
    call.network.order(up="10 % uniform")
    for viewer, whose in ((call.ines, "Caro's"), (call.caro, "Your")):
        bars = viewer.page.get_by_role("img", name=re.compile(f"{whose} connection is .*way up"))
        await expect(bars.first).to_be_visible(timeout=CHANGE_DEADLINE_MS)
    call.network.order(up="good")
    good = call.ines.page.get_by_role("img", name="Caro's connection is good.")
    await expect(good.first).to_be_visible(timeout=CHANGE_DEADLINE_MS)


async def test_a_network_without_udp_is_found_before_the_call(call: Call) -> None:
    browser = call.caro.page.context.browser
    assert browser
    dora = await Person.arrive(browser, "Dora")
    await dora.page.goto(call.program.create_interview().links["candidate"])
    call.network.order(pass_="tcp")
    await dora.button("Check my connection").click()
    check = dora.page.get_by_role("region", name="Connection check")
    blocked = check.get_by_text("Direct (UDP): blocked by your network")
    await expect(blocked).to_be_visible(timeout=CHANGE_DEADLINE_MS)
    await expect(check.get_by_role("status")).to_contain_text("Your network")
