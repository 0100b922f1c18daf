"""How long sound takes from one page to another, and how much of it is made up: over WebRTC and over the WebSocket.

    python bench/networks/voice.py [PROFILE…]

A tone of 100 ms begins each second in the speaker's microphone track; the listener's page notes when it begins in what
it plays. Both browsers run on one machine and share its clock. Sound cards are left out, at both ends; the listener looks
every 4 ms.
"""

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Request, expect

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.e2e.afar import Call, apart  # noqa: E402
from tests.e2e.people import Person  # noqa: E402
from tests.network.namespaces import Network, why_unavailable  # noqa: E402

PROFILES = ("good", "4g")
SETTLE_S = 10
MEASURE_S = 40

# A microphone with a tone at the start of each second, and when each one began, by the clock of the machine.
_MICROPHONE = """
window.spoken = [];
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await real(wanted);
  if (!wanted.audio) return stream;
  const context = new AudioContext({ sampleRate: 48000 });
  const tone = new OscillatorNode(context, { frequency: 600 });
  const gain = new GainNode(context, { gain: 0 });
  const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  tone.connect(gain).connect(out);
  tone.start();
  setInterval(() => {
    const at = context.currentTime + 0.2;
    gain.gain.setValueAtTime(0.5, at);
    gain.gain.setValueAtTime(0.001, at + 0.1);
    window.spoken.push(Date.now() + 200);
  }, 1000);
  for (const track of stream.getAudioTracks()) { stream.removeTrack(track); track.stop(); }
  stream.addTrack(out.stream.getAudioTracks()[0]);
  return stream;
};
"""

_LISTEN = """
() => {
  window.heard = [];
  const context = new AudioContext();
  const watched = new Map();
  const samples = new Float32Array(256);
  let isLoud = false;
  setInterval(() => {
    for (const audio of document.querySelectorAll('audio')) {
      const stream = audio.srcObject;
      if (!stream || watched.has(stream)) continue;
      const analyser = new AnalyserNode(context, { fftSize: 256 });
      context.createMediaStreamSource(stream).connect(analyser);
      watched.set(stream, analyser);
    }
  }, 500);
  setInterval(() => {
    let peak = 0;
    for (const analyser of watched.values()) {
      analyser.getFloatTimeDomainData(samples);
      for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    }
    if (peak > 0.1 && !isLoud) window.heard.push(Date.now());
    isLoud = peak > (isLoud ? 0.02 : 0.1);
  }, 4);
}
"""

_CONCEALED = """
async () => {
  let concealed = 0, samples = 0, held = 0, emitted = 0;
  for (const pc of window.peerConnections) {
    if (pc.connectionState === 'closed') continue;
    for (const report of (await pc.getStats()).values()) {
      if (report.type !== 'inbound-rtp' || report.kind !== 'audio') continue;
      concealed += (report.concealedSamples ?? 0) - (report.silentConcealedSamples ?? 0);
      samples += report.totalSamplesReceived ?? 0;
      held += report.jitterBufferDelay ?? 0;
      emitted += report.jitterBufferEmittedCount ?? 0;
    }
  }
  return { concealed, samples, held, emitted };
}
"""


@dataclass
class Listening:
    """A call in which both are listened to."""

    call: Call
    samples: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def note(self, request: Request) -> None:
        """Caro's own log, on its way to the server."""
        if request.url.endswith("/log") and request.post_data:
            entries = json.loads(request.post_data)["entries"]
            fresh = [one for one in entries if one["kind"] == "sample" and one not in self.samples]
            self.samples.extend(fresh)


@asynccontextmanager
async def listening(
    network: Network, folder: Path, *, is_blocked: bool
) -> AsyncGenerator[Listening]:
    network.order(pass_="tcp" if is_blocked else "all")
    async with apart(network, folder, "VIVAVOCE_MEDIA_TCP=false") as call:
        made = Listening(call)
        call.caro.page.on("request", made.note)
        for who in (call.ines, call.caro):
            await who.page.context.add_init_script(_MICROPHONE)
        await call.join()
        if is_blocked:
            banner = call.caro.page.get_by_role("status", name="Connection")
            await expect(banner).to_contain_text("Sound only", timeout=60_000)
        yield made


def delays_ms(spoken: list[float], heard: list[float]) -> list[float]:
    """From each tone to the first that was heard in the second after it."""
    found = [next((at - begun for at in heard if 0 < at - begun < 950), None) for begun in spoken]
    return [delay for delay in found if delay is not None]


async def measure(made: Listening, profile: str) -> None:
    made.call.network.become(profile)
    for who in (made.call.ines, made.call.caro):
        await who.page.evaluate(_LISTEN)
    await asyncio.sleep(SETTLE_S)
    for who in (made.call.ines, made.call.caro):
        await who.page.evaluate("() => { window.spoken.length = 0; window.heard.length = 0; }")
    made.samples.clear()
    before = await made.call.ines.page.evaluate(_CONCEALED)
    far_before = await made.call.caro.page.evaluate(_CONCEALED)
    await asyncio.sleep(MEASURE_S)
    after = await made.call.ines.page.evaluate(_CONCEALED)
    far_after = await made.call.caro.page.evaluate(_CONCEALED)
    emitted = after["emitted"] - before["emitted"]
    held_ms = 1000 * (after["held"] - before["held"]) / max(1, emitted)
    print(f"  Ines's browser held sound for {held_ms:.0f} ms")
    await report("Caro → Ines", made.call.caro, made.call.ines, share(before, after))
    await report(
        "Ines → Caro", made.call.ines, made.call.caro, concealed_at(made, far_before, far_after)
    )


def share(before: dict[str, int], after: dict[str, int]) -> float:
    samples = after["samples"] - before["samples"]
    return 100 * (after["concealed"] - before["concealed"]) / max(1, samples)


def concealed_at(made: Listening, before: dict[str, int], after: dict[str, int]) -> float:
    """By Caro's log where she has no peer connection."""
    lines = [line for one in made.samples for line in one["lines"] if line["way"] == "down"]
    lines = [line for line in lines if line["source"] == "microphone"]
    if not any(one.get("path") == "websocket" for one in made.samples):
        return share(before, after)
    played = sum(line.get("samples", 0) for line in lines)
    return 100 * sum(line.get("concealed_samples", 0) for line in lines) / max(1, played)


async def report(way: str, speaker: Person, listener: Person, concealed: float) -> None:
    spoken = await speaker.page.evaluate("window.spoken")
    heard = await listener.page.evaluate("window.heard")
    found = sorted(delays_ms(spoken, heard))
    if not found:
        print(f"  {way}: nothing was heard of {len(spoken)} tones")
        return
    middle, most = statistics.median(found), found[int(len(found) * 0.95) - 1]
    print(
        f"  {way}: median {middle:.0f} ms, p95 {most:.0f} ms,"
        f" {len(found)} of {len(spoken)} tones heard, {concealed:.1f} % made up",
        flush=True,
    )


async def main(profiles: tuple[str, ...]) -> None:
    for is_blocked in (False, True):
        for profile in profiles:
            print(f"{'WebSocket' if is_blocked else 'WebRTC'}, {profile}:", flush=True)
            with Network() as network, tempfile.TemporaryDirectory() as folder:
                async with listening(network, Path(folder), is_blocked=is_blocked) as made:
                    await measure(made, profile)


if __name__ == "__main__":
    if reason := why_unavailable():
        sys.exit(reason)
    asyncio.run(main(tuple(sys.argv[1:]) or PROFILES))
