"""What a call is worth on poor networks: real Chromium behind the link emulator, our SFU on the other side.

    python bench/networks/run.py [PROFILE …] [--seconds 20]

Ines sits beside the server, Caro at the far end of the emulated path; both have Chromium's fake devices. After the path
has had its profile for ``SETTLE_S``, each one's statistics (W3C webrtc-stats) are read at both ends of a window: share of
audio samples concealed, share of time in which the picture was frozen, frames a second, height. Writes
``bench/results/networks.json``. Needs what the network tests need (tests/network/namespaces.py).
"""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.e2e.afar import apart  # noqa: E402
from tests.network.namespaces import Network, why_unavailable  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "networks.json"
PROFILES = [
    "good", "wifi", "4g", "moderate", "3 % and 40 ms", "international", "spiky", "10 % uniform",
    "10 % bursty", "30 % uniform", "30 % bursty", "300 kbit/s", "150 kbit/s", "50 kbit/s",
]  # fmt: skip
SETTLE_S = 8.0

TOTALS = """
async () => {
  const sum = { samples: 0, concealed: 0, silent: 0, frozen_s: 0, frames: 0, height: 0, bytes: 0, at_ms: performance.now() };
  for (const pc of window.peerConnections) {
    if (pc.connectionState === 'closed') continue;
    for (const report of (await pc.getStats()).values()) {
      if (report.type !== 'inbound-rtp' || report.ssrc === 0) continue;
      sum.bytes += report.bytesReceived ?? 0;
      if (report.kind === 'audio') {
        sum.samples += report.totalSamplesReceived ?? 0;
        sum.concealed += report.concealedSamples ?? 0;
        sum.silent += report.silentConcealedSamples ?? 0;
      } else {
        sum.frozen_s += report.totalFreezesDuration ?? 0;
        sum.frames += report.framesDecoded ?? 0;
        sum.height = Math.max(sum.height, report.frameHeight ?? 0);
      }
    }
  }
  return sum;
}
"""


@dataclass(frozen=True)
class Experience:
    """What one person had in the window. Concealment without the silent kind, which is a pause in speech (DTX)."""

    concealed_percent: float
    frozen_percent: float
    frames_per_s: float
    height: int
    kbit_per_s: float

    @classmethod
    def between(cls, before: dict[str, float], after: dict[str, float]) -> "Experience":
        gain = {key: after[key] - before[key] for key in before}
        seconds = gain["at_ms"] / 1000
        concealed = gain["concealed"] - gain["silent"]
        return cls(
            concealed_percent=round(100 * concealed / max(gain["samples"], 1), 2),
            frozen_percent=round(100 * min(gain["frozen_s"] / seconds, 1), 2),
            frames_per_s=round(gain["frames"] / seconds, 1),
            height=int(after["height"]),
            kbit_per_s=round(gain["bytes"] * 8 / 1000 / seconds),
        )


async def live_through(profile: str, seconds: float) -> dict[str, Experience]:
    """One call on this profile, from a good network on."""
    with tempfile.TemporaryDirectory() as folder, Network() as network:
        async with apart(network, Path(folder)) as call:
            both = (call.ines, call.caro)
            await call.join()
            await asyncio.gather(call.ines.sees(call.caro), call.caro.sees(call.ines))
            network.become(profile)
            await asyncio.sleep(SETTLE_S)
            before = [await person.page.evaluate(TOTALS) for person in both]
            await asyncio.sleep(seconds)
            after = [await person.page.evaluate(TOTALS) for person in both]
    near_and_far = zip(("beside the server", "behind the network"), before, after, strict=True)
    return {who: Experience.between(was, now) for who, was, now in near_and_far}


async def main(profiles: list[str], seconds: float) -> None:
    if reason := why_unavailable():
        sys.exit(f"No network can be emulated here: {reason}")
    results = {}
    print(f"{'profile':16} {'who':20} concealed  frozen   fps  lines  kbit/s")
    for profile in profiles or PROFILES:
        for who, had in (await live_through(profile, seconds)).items():
            results.setdefault(profile, {})[who] = asdict(had)
            print(
                f"{profile:16} {who:20} {had.concealed_percent:7.2f} % {had.frozen_percent:5.1f} %"
                f" {had.frames_per_s:5.1f} {had.height:6d} {had.kbit_per_s:7.0f}",
                flush=True,
            )
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "profiles", nargs="*", metavar="PROFILE", help=", ".join(PROFILES).replace("%", "%%")
    )
    parser.add_argument("--seconds", type=float, default=20.0)
    chosen = parser.parse_args()
    if unknown := [profile for profile in chosen.profiles if profile not in PROFILES]:
        parser.error(f"no such profile: {', '.join(unknown)}; there are {', '.join(PROFILES)}")
    asyncio.run(main(chosen.profiles, chosen.seconds))
