"""Records the packet trace that the load generator sends: Chromium's own packets of a camera and a microphone.

    python bench/sfu/record.py

A page draws noise and makes noise, encoded with VP8 at 1.2 Mbit/s and Opus at 32 kbit/s; the generator takes down when
each RTP packet came and how long it was, and ``bench/sfu/trace.csv`` is written anew. The contents are not kept.
"""

import asyncio
import csv
import shutil
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

sys.path.insert(0, str(Path(__file__).parent))

from generator import TRACE, Generator

CAMERA_BPS, MICROPHONE_BPS = 1_200_000, 32_000
SETTLE_S = 20.0
RECORD_S = 12.0
TRACE_S = 10.0
GAP_MAX_US = {"audio": 60_000, "video": 100_000}
HEADINGS = ["kind", "at_us", "bytes", "first", "last", "key"]
Row = tuple[str, int, int, int, int, int]

PAGE = """
async ([cameraBps, microphoneBps]) => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 480];
  const draw = canvas.getContext('2d');
  let picture = 0;
  setInterval(() => {
    picture += 1;
    draw.fillStyle = 'gray';
    draw.fillRect(0, 0, 640, 480);
    for (let spot = 0; spot < 150; spot += 1) {
      draw.fillStyle = `hsl(${(spot * 47) % 360} 60% 50%)`;
      draw.fillRect((spot * 97 + picture * (spot % 7)) % 640, (spot * 61 + picture * (spot % 5)) % 480, 40, 30);
    }
  }, 33);
  const audio = new AudioContext();
  const noise = audio.createBuffer(1, audio.sampleRate, audio.sampleRate);
  noise.getChannelData(0).forEach((_, at, samples) => { samples[at] = (Math.random() - 0.5) * 0.3; });
  const source = new AudioBufferSourceNode(audio, { buffer: noise, loop: true });
  const out = audio.createMediaStreamDestination();
  source.connect(out);
  source.start();
  const pc = (window.pc = new RTCPeerConnection());
  const [sound] = out.stream.getAudioTracks();
  const [camera] = canvas.captureStream(30).getVideoTracks();
  pc.addTransceiver(sound, { direction: 'sendonly', sendEncodings: [{ maxBitrate: microphoneBps }] });
  const video = pc.addTransceiver(camera, { direction: 'sendonly', sendEncodings: [{ maxBitrate: cameraBps }] });
  const { codecs } = RTCRtpSender.getCapabilities('video');
  video.setCodecPreferences(codecs.filter(({ mimeType }) => ['video/VP8', 'video/rtx'].includes(mimeType)));
  const offer = await pc.createOffer();
  await pc.setLocalDescription(offer);
  return offer.sdp;
}
"""


async def packets_of(page: Page, generator: Generator) -> list[dict[str, Any]]:
    """What Chromium sends once its rate is as high as it may be."""
    offer = await page.evaluate(PAGE, [CAMERA_BPS, MICROPHONE_BPS])
    answer = await generator.answer("recorder", 0, offer)
    await page.evaluate("sdp => pc.setRemoteDescription({ type: 'answer', sdp })", answer)
    await generator.connected("recorder")
    await asyncio.sleep(SETTLE_S)
    await generator.order("record")
    await asyncio.sleep(RECORD_S)
    return await generator.order("recorded")


def trace(packets: list[dict[str, Any]]) -> list[Row]:
    """Ten seconds from the first key frame on, each frame's first and last packet marked."""
    start = next(at for at, packet in enumerate(packets) if packet["is_keyframe"])
    zero_us = packets[start]["at_us"]
    rows: list[Row] = []
    frame, is_keyframe = None, False
    for packet in packets[start:]:
        at_us = packet["at_us"] - zero_us
        is_video = packet["kind"] == "video"
        is_first = not is_video or packet["rtp_time"] != frame
        if at_us > TRACE_S * 1e6 and is_first:
            if is_video:
                break
            continue
        if is_video:
            is_keyframe = packet["is_keyframe"] if is_first else is_keyframe
            frame = packet["rtp_time"]
        is_last = not is_video or packet["is_last"]
        key = is_video and is_keyframe
        rows.append((packet["kind"], at_us, packet["bytes"], int(is_first), int(is_last), int(key)))
    return rows


def why_useless(rows: list[Row]) -> str | None:
    """What shows that the machine was too busy for a recording; ``None`` if it was not."""
    for kind, gap_max_us in GAP_MAX_US.items():
        frames_us = [row[1] for row in rows if row[0] == kind and row[3]]
        gap_us = max(b - a for a, b in pairwise(frames_us))
        if gap_us > gap_max_us:
            return f"{gap_us / 1000:.0f} ms without {kind}"
    return None


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        nothing_to_send = Path(folder) / "trace.csv"
        nothing_to_send.write_text("headings\naudio,0,80,1,1,0\nvideo,0,80,1,1,1\n")
        async with (
            async_playwright() as playwright,
            Generator("127.0.0.1", nothing_to_send) as generator,
        ):
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
            )
            rows = trace(await packets_of(await browser.new_page(), generator))
            await browser.close()
    if reason := why_useless(rows):
        sys.exit(f"Not kept, the machine was too busy: {reason}.")
    with TRACE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows(rows)
    for kind in ("audio", "video"):
        sizes = [row[2] for row in rows if row[0] == kind]
        print(
            f"{kind}: {len(sizes)} packets, {sum(sizes) * 8 / TRACE_S / 1000:.0f} kbit/s of payload"
        )


if __name__ == "__main__":
    asyncio.run(main())
