"""Measures the emulated path itself, before anything is measured on it."""

import json
import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.network.ip import inside
from tests.network.namespaces import NEAR_ADDRESS, Network

STREAM = str(Path(__file__).with_name("stream.py"))
PORT = 9000
COUNT = 1500
INTERVAL_MS = 2.0
IDLE_S = 1.5
LATENESS_P99_MAX_MS = 5.0
STANDARD_DEVIATIONS = 4.0


@dataclass(frozen=True)
class Asked:
    """What a path should do to a thin stream."""

    loss: float = 0.0
    burst_packets: float = 1.0
    delay_ms: float = 0.0


@dataclass(frozen=True)
class Met:
    """What a stream of datagrams met on the way."""

    sent: int
    transits_ms: list[float]
    lateness_p99_ms: float

    @property
    def loss(self) -> float:
        """The share that did not arrive."""
        return 1 - len(self.transits_ms) / self.sent

    def differs(self, asked: Asked) -> str | None:
        """Why this was not that path; ``None`` if it was. Says nothing of the machine's own lateness."""
        # A run of b losses is one draw that counts b times: the variance is about 2b times the binomial one.
        runs = max(1.0, 2 * asked.burst_packets)
        spread = STANDARD_DEVIATIONS * math.sqrt(asked.loss * (1 - asked.loss) * runs / self.sent)
        if abs(self.loss - asked.loss) > spread:
            return f"lost {self.loss:.2%} where {asked.loss:.2%} ± {spread:.2%} was asked for"
        if (soonest_ms := min(self.transits_ms)) < asked.delay_ms:
            return f"one took {soonest_ms:.1f} ms where {asked.delay_ms:.0f} is the least"
        return None

    def is_too_late(self) -> bool:
        """Whether this machine is too busy to emulate: what is measured now is the machine, not the path."""
        return self.lateness_p99_ms > LATENESS_P99_MAX_MS


def measure(network: Network) -> Met:
    """Send a stream from the far end to the near one and see what arrives."""
    network.order(stats=True)  # forget how late earlier packets were
    stream = (sys.executable, STREAM)
    receiver = subprocess.Popen(
        [*inside(network.near), *stream, "receive", NEAR_ADDRESS, str(PORT), str(IDLE_S)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert receiver.stdout
    assert receiver.stdout.readline() == "listening\n"
    sending = [*stream, "send", NEAR_ADDRESS, str(PORT), str(COUNT), str(INTERVAL_MS)]
    subprocess.run([*inside(network.far), *sending], check=True)
    arrived: dict[int, float] = dict(json.loads(receiver.communicate()[0]))
    lateness_ms = float(network.order(stats=True)["lateness_p99_ms"])
    return Met(COUNT, list(arrived.values()), lateness_ms)
