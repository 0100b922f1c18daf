"""Two network namespaces joined by a veth pair: the SFU in one, the load in the other. Nothing leaves the machine."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.network.ip import bring_up, ip, namespaces

SFU_ADDRESS = "10.79.0.1"
LOAD_ADDRESS = "10.79.0.2"
ADDRESS_BITS = 24
DEVICE = "bench"


@dataclass(frozen=True, slots=True)
class Pair:
    """The names of the namespaces."""

    sfu: str
    load: str


@contextmanager
def open_pair() -> Generator[Pair]:
    """They are gone at the end."""
    pair = Pair(f"vvb{os.getpid()}s", f"vvb{os.getpid()}l")
    with namespaces(pair.sfu, pair.load):
        ip(
            "-n", pair.sfu, "link", "add", DEVICE, "type", "veth",
            "peer", "name", DEVICE, "netns", pair.load,
        )  # fmt: skip
        bring_up(pair.sfu, DEVICE, f"{SFU_ADDRESS}/{ADDRESS_BITS}")
        bring_up(pair.load, DEVICE, f"{LOAD_ADDRESS}/{ADDRESS_BITS}")
        yield pair
