"""A candidate whose network lets nothing but web pages through: sound over the WebSocket, until pictures are possible."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.network.namespaces import NEAR_ADDRESS, Network

from .afar import Call, apart
from .people import Person, until
from .test_firewalls import HTTPS
from .test_firewalls import call as beside_media
from .test_pages import look, violations

pytestmark = [pytest.mark.e2e, pytest.mark.network]

FALLBACK_DEADLINE_MS = 40_000  # the ordinary ways have 12 s, and the machine may be busy
RETURN_DEADLINE_MS = 90_000  # they are looked for every 30 to 45 s
HEARD_ENERGY = 0.2
HEARD_PEAK = 0.01
SOUND_ONLY = "Sound only: your network lets nothing but web pages through."
THEIRS = "Sound only: their network blocks video"

_NO_WAY = """
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  setConfiguration(how) { super.setConfiguration({ ...how, iceServers: [], iceTransportPolicy: 'relay' }); }
};
"""

# Whether the elements that play others' sound have any to play, over half a second.
_PLAYED = """
async () => {
  const context = new AudioContext();
  const analysers = [...document.querySelectorAll('audio')].filter((one) => one.srcObject).map((one) => {
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    context.createMediaStreamSource(one.srcObject).connect(analyser);
    return analyser;
  });
  const samples = new Float32Array(2048);
  let peak = 0;
  for (let n = 0; n < 25; n++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const analyser of analysers) {
      analyser.getFloatTimeDomainData(samples);
      peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), peak);
    }
  }
  await context.close();
  return peak;
}
"""


@pytest.fixture
async def call(network: Network, tmp_path: Path) -> AsyncIterator[Call]:
    """Caro is behind a firewall, and the server has no media but over UDP."""
    network.order(pass_="tcp")
    async with apart(network, tmp_path, "VIVAVOCE_MEDIA_TCP=false") as call:
        await call.join()
        yield call


def connection_of(somebody: Person) -> Locator:
    return somebody.page.get_by_role("status", name="Connection")


def tile_of(viewer: Person, other: Person) -> Locator:
    return (
        viewer.page.get_by_role("list", name="Faces")
        .get_by_role("listitem")
        .filter(has_text=other.name)
    )


async def falls_back(call: Call) -> None:
    banner = connection_of(call.caro)
    await expect(banner).to_contain_text(SOUND_ONLY, timeout=FALLBACK_DEADLINE_MS)


def active(layers: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, layer in layers.items() if layer["active"]}


async def energy_at(somebody: Person) -> float:
    streams = await somebody.inbound()
    return sum(stream["energy"] for stream in streams if stream["kind"] == "audio")


async def hears_more(somebody: Person) -> None:
    """Over WebRTC, with energy, from now on."""
    before = await energy_at(somebody)
    await until(lambda: energy_at(somebody), lambda now: now > before + HEARD_ENERGY)


async def plays_sound(somebody: Person) -> None:
    """What the browser plays has sound in it."""
    await until(lambda: somebody.page.evaluate(_PLAYED), lambda peak: peak > HEARD_PEAK)


async def plays_nothing(somebody: Person) -> None:
    """For two and a half seconds; the fake microphone beeps every second."""

    async def peak() -> float:
        return max([await somebody.page.evaluate(_PLAYED) for _ in range(5)])

    await until(peak, lambda peak: peak <= HEARD_PEAK)


async def hears_no_more(somebody: Person) -> None:
    """What comes over WebRTC has no energy for two and a half seconds."""

    async def gained() -> float:
        before = await energy_at(somebody)
        for _ in range(5):
            await somebody.page.evaluate(_PLAYED)
        return await energy_at(somebody) - before

    await until(gained, lambda energy: energy < HEARD_ENERGY / 100)


async def test_both_are_heard_and_told_and_pictures_come_back(call: Call) -> None:
    ines, caro = call.ines, call.caro
    await falls_back(call)
    await expect(tile_of(ines, caro)).to_contain_text(THEIRS)
    await asyncio.gather(hears_more(ines), plays_sound(caro))
    # Nobody sees Ines, so her browser makes no more pictures than it must.
    await until(ines.layers, lambda layers: active(layers) == {"q"})

    call.network.order(pass_="all")
    await expect(connection_of(caro)).not_to_contain_text("Sound only", timeout=RETURN_DEADLINE_MS)
    await asyncio.gather(ines.sees(caro), caro.sees(ines))
    await expect(tile_of(ines, caro)).not_to_contain_text(THEIRS)
    await asyncio.gather(hears_more(ines), hears_more(caro))
    assert caro.problems == [] == ines.problems


async def test_muting_works_for_oneself_and_for_the_moderator(call: Call) -> None:
    ines, caro = call.ines, call.caro
    await falls_back(call)
    await asyncio.gather(hears_more(ines), plays_sound(caro))
    await caro.button("Mute microphone").click()
    await hears_no_more(ines)
    await caro.button("Unmute microphone").click()
    await hears_more(ines)
    await ines.button("More about Caro").first.click()
    await ines.page.get_by_role("menuitem", name="Mute microphone").click()
    await expect(caro.button("Unmute microphone")).to_be_visible()
    await hears_no_more(ines)
    await ines.button("Mute microphone").click()
    await plays_nothing(caro)


async def test_the_line_comes_back_after_an_outage_and_a_restart_of_the_server(call: Call) -> None:
    ines, caro = call.ines, call.caro
    await falls_back(call)
    await asyncio.gather(hears_more(ines), plays_sound(caro))
    call.network.order(blackout=True)
    await expect(tile_of(ines, caro)).to_contain_text("Reconnecting", timeout=FALLBACK_DEADLINE_MS)
    call.network.order(blackout=False)
    await asyncio.gather(hears_more(ines), plays_sound(caro))
    call.program.kill()
    call.program.start()
    await asyncio.gather(hears_more(ines), plays_sound(caro))
    await expect(connection_of(caro)).to_contain_text(SOUND_ONLY)
    await expect(tile_of(ines, caro)).to_contain_text(THEIRS)


async def test_who_leaves_is_gone_and_their_log_tells_of_the_way(call: Call) -> None:
    ines, caro = call.ines, call.caro
    await falls_back(call)
    await hears_more(ines)
    await caro.notes('"path":"websocket"')
    await caro.button("Leave").click()
    await expect(tile_of(ines, caro)).to_have_count(0)
    assert "exception" not in call.program.log()


async def test_what_to_tell_it_names_the_ports(call: Call) -> None:
    await falls_back(call)
    await call.caro.button("What to tell IT").click()
    advice = call.caro.page.get_by_role("dialog", name="What to tell your IT department")
    await expect(advice).to_contain_text(f"Let UDP through to {NEAR_ADDRESS}, port ")
    assert await violations(call.caro.page) == []
    await call.caro.page.keyboard.press("Escape")
    await expect(advice).to_have_count(0)
    await look(call.caro.page, "one's own sound only")
    await look(call.ines.page, "the other's sound only")


async def test_it_passes_through_https_on_the_port_that_media_share(
    network: Network, tmp_path: Path
) -> None:
    """A browser that finds no way for its packets, whatever the network lets through."""
    async with beside_media(network, tmp_path, script=_NO_WAY, options=("--public-url", HTTPS)) as (
        ines,
        caro,
    ):
        banner = connection_of(caro)
        await expect(banner).to_contain_text(SOUND_ONLY, timeout=FALLBACK_DEADLINE_MS)
        await asyncio.gather(hears_more(ines), plays_sound(caro))


async def test_a_browser_without_the_codecs_is_told_what_would_help(call: Call) -> None:
    browser = call.caro.page.context.browser
    assert browser
    dora = await Person.arrive(browser, "Dora")
    await dora.page.add_init_script("delete window.AudioEncoder")
    await dora.join(call.program.create_interview().links["candidate"])
    await expect(connection_of(dora)).to_contain_text(
        "this browser cannot carry sound", timeout=FALLBACK_DEADLINE_MS
    )
