"""Screens come in the best format that everybody decodes, and a device without VP8 is seen all the same."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from .people import Person, Program, until

pytestmark = pytest.mark.e2e
Arrive = Callable[[str], Awaitable[Person]]

_FORMATS = """
async (kind) => {
  const found = [];
  for (const pc of window.peerConnections) {
    if (pc.connectionState === 'closed') continue;
    const reports = await pc.getStats();
    for (const report of reports.values()) {
      const count = report.framesDecoded ?? report.framesSent ?? 0;
      if (report.type === kind && report.kind === 'video' && count > 0) {
        found.push({ mid: report.mid, frames: count, format: reports.get(report.codecId)?.mimeType });
      }
    }
  }
  return found;
}
"""
# What a browser has is the same for all of a page: its lists without some of it.
_WITHOUT = """
(names) => {
  for (const kind of [RTCRtpSender, RTCRtpReceiver]) {
    const all = kind.getCapabilities.bind(kind);
    kind.getCapabilities = (what) => {
      const { codecs, ...rest } = all(what);
      return { ...rest, codecs: codecs.filter(({ mimeType }) => !names.includes(mimeType)) };
    };
  }
}
"""


async def lacks(somebody: Person, *formats: str) -> None:
    names = ", ".join(f"'video/{name}'" for name in formats)
    await somebody.page.context.add_init_script(f"({_WITHOUT})([{names}])")


async def formats(somebody: Person, kind: str = "inbound-rtp") -> dict[str, dict[str, Any]]:
    """What is decoded (or sent), by its line."""
    return {one["mid"]: one for one in await somebody.page.evaluate(_FORMATS, kind)}


async def sees_screen_in(somebody: Person, name: str) -> None:
    """A picture of this format comes, and goes on."""

    async def look() -> list[dict[str, Any]]:
        return [
            one for one in (await formats(somebody)).values() if one["format"] == f"video/{name}"
        ]

    (first, *_) = await until(look, bool)
    await until(
        look,
        lambda now: any(
            one["mid"] == first["mid"] and one["frames"] > first["frames"] + 5 for one in now
        ),
    )


async def sees_nothing_but(somebody: Person, name: str) -> None:
    await until(
        lambda: formats(somebody),
        lambda now: {one["format"] for one in now.values()} == {f"video/{name}"},
    )


async def test_a_screen_is_sent_in_vp9_until_somebody_comes_who_lacks_it_and_again_when_they_left(
    program: Program, person: Arrive
) -> None:
    links = program.create_interview().links
    ines, caro, olaf = await person("Ines"), await person("Caro"), await person("Olaf")
    await ines.join(links["interviewer"])
    await caro.join(links["candidate"])
    await ines.button("Share screen").click()
    await caro.button("Show").click()
    await sees_screen_in(caro, "VP9")

    await lacks(olaf, "VP9", "AV1")
    await olaf.join(links["observer"])
    await olaf.button("Show").click()
    await until(lambda: formats(olaf), lambda now: len(now) == 3)  # the screen beside two faces
    await sees_nothing_but(olaf, "VP8")
    await sees_nothing_but(caro, "VP8")
    await olaf.button("Leave").click()
    await sees_screen_in(caro, "VP9")


async def test_a_machine_with_many_cores_sends_its_screen_in_av1(
    program: Program, person: Arrive
) -> None:
    links = program.create_interview().links
    ines, caro = await person("Ines"), await person("Caro")
    await ines.page.context.add_init_script(
        "Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 8 })"
    )
    await ines.join(links["interviewer"])
    await caro.join(links["candidate"])
    await ines.button("Share screen").click()
    await caro.button("Show").click()
    await sees_screen_in(caro, "AV1")


async def test_a_device_that_encodes_h264_only_is_seen_and_sees(
    program: Program, person: Arrive
) -> None:
    links = program.create_interview().links
    ines, caro = await person("Ines"), await person("Caro")
    await lacks(caro, "VP8", "VP9", "AV1")
    await caro.join(links["candidate"])
    await ines.join(links["interviewer"])
    await ines.sees(caro)
    assert {one["format"] for one in (await formats(ines)).values()} == {"video/H264"}
