"""Two network namespaces joined by a veth pair: the SFU in one, the load in the other. Nothing leaves the machine."""

import os
import subprocess
from typing import Self

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
            _ip("netns", "add", namespace)
            _ip("-n", namespace, "link", "set", "lo", "up")
        _ip(
            "-n", self.sfu, "link", "add", DEVICE, "type", "veth",
            "peer", "name", DEVICE, "netns", self.load,
        )  # fmt: skip
        for namespace, address in ((self.sfu, SFU_ADDRESS), (self.load, LOAD_ADDRESS)):
            _ip("-n", namespace, "address", "add", f"{address}/{ADDRESS_BITS}", "dev", DEVICE)
            _ip("-n", namespace, "link", "set", DEVICE, "up")

    def _close(self) -> None:
        for namespace in (self.sfu, self.load):
            subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, check=False)


def inside(namespace: str) -> list[str]:
    """What to write before a command so that it runs in ``namespace``."""
    return ["ip", "netns", "exec", namespace]


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
