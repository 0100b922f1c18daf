"""Two network namespaces joined by a veth pair: the SFU in one, the load in the other. Nothing leaves the machine."""

import os
import sys
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.network.ip import add_namespace, delete_namespace, ip

SFU_ADDRESS = "10.79.0.1"
LOAD_ADDRESS = "10.79.0.2"
ADDRESS_BITS = 24
DEVICE = "bench"


class Pair:
    """A context: leaving it removes the namespaces."""

    def __init__(self) -> None:
        self.sfu, self.load = f"vvb{os.getpid()}s", f"vvb{os.getpid()}l"

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._close()

    def _open(self) -> None:
        for namespace in (self.sfu, self.load):
            add_namespace(namespace)
        ip(
            "-n", self.sfu, "link", "add", DEVICE, "type", "veth",
            "peer", "name", DEVICE, "netns", self.load,
        )  # fmt: skip
        for namespace, address in ((self.sfu, SFU_ADDRESS), (self.load, LOAD_ADDRESS)):
            ip("-n", namespace, "address", "add", f"{address}/{ADDRESS_BITS}", "dev", DEVICE)
            ip("-n", namespace, "link", "set", DEVICE, "up")

    def _close(self) -> None:
        for namespace in (self.sfu, self.load):
            delete_namespace(namespace)
