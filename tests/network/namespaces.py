"""Two network namespaces joined by ``link-emulator``: whatever runs in one reaches the other over a poor path.

The near end is where a server runs, the far end where a person is; both have a loopback of their own and no way
out. Nothing is sent to any other machine.
"""

import json
import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from tests.network.ip import NetworkError, bring_up, ip, namespaces

ROOT = Path(__file__).resolve().parents[2]
EMULATOR = ROOT / "target" / "release" / "link-emulator"
DEVICE = "path"  # the emulator looks for a device of this name
NEAR_ADDRESS = "10.77.0.1"
FAR_ADDRESS = "10.77.0.2"
OTHER_FAR_ADDRESS = "10.77.0.3"
ADDRESS_BITS = 24


def why_unavailable() -> str | None:
    """Why no network can be emulated here; ``None`` where it can."""
    if shutil.which("ip") is None:
        return "the command ip is missing: install iproute2"
    if not EMULATOR.exists():
        return "the link emulator is not built: make setup-dev"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "/dev/net/tun cannot be opened: the emulator needs the tun module and root"
    probe = f"vv{os.getpid()}x"
    try:
        ip("netns", "add", probe)
    except NetworkError as why:
        return f"no network namespace can be made: {why}"
    ip("netns", "delete", probe)
    return None


class Network:
    """The two ends and the path between them. A context: leaving it removes the namespaces."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self.near, self.far = f"vv{os.getpid()}n", f"vv{os.getpid()}f"
        self._emulator: subprocess.Popen[str] | None = None
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(namespaces(self.near, self.far))
            self._lay_path(opening)
            self._opened = opening.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._opened.close()

    def order(self, **orders: object) -> dict[str, Any]:
        """One order to the emulator (``up``, ``down``, ``pass_``, ``blackout``, ``stats``); its answer."""
        line = json.dumps({key.rstrip("_"): value for key, value in orders.items()})
        emulator = self._emulator
        assert emulator
        assert emulator.stdin
        emulator.stdin.write(line + "\n")
        emulator.stdin.flush()
        answer = self._answer(emulator)
        if "error" in answer:
            raise NetworkError(answer["error"])
        return answer

    def become(self, profile: str) -> None:
        """Both directions are as this profile of ``rust/sfu-sim/src/profile.rs`` from now on."""
        self.order(up=profile, down=profile)

    def move_far_end(self, old: str, new: str) -> None:
        """The far end has another address, as after a change from wifi to mobile."""
        # In this order: Linux drops the secondary addresses of a network together with the first.
        ip("-n", self.far, "address", "delete", f"{old}/{ADDRESS_BITS}", "dev", DEVICE)
        ip("-n", self.far, "address", "add", f"{new}/{ADDRESS_BITS}", "dev", DEVICE)

    def add_near_address(self, address: str) -> None:
        """The near end has this address too, and the far end finds it over the path."""
        ip("-n", self.near, "address", "add", f"{address}/32", "dev", DEVICE)
        ip("-n", self.far, "route", "add", f"{address}/32", "dev", DEVICE)

    def _lay_path(self, opening: ExitStack) -> None:
        for namespace, address in ((self.near, NEAR_ADDRESS), (self.far, FAR_ADDRESS)):
            ip("-n", namespace, "tuntap", "add", DEVICE, "mode", "tun")
            bring_up(namespace, DEVICE, f"{address}/{ADDRESS_BITS}", "txqueuelen", "1000")
        self._emulator = subprocess.Popen(
            [EMULATOR, self.near, self.far, "--seed", str(self.seed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        opening.callback(_end, self._emulator)
        self._answer(self._emulator)

    def _answer(self, emulator: "subprocess.Popen[str]") -> dict[str, Any]:
        assert emulator.stdout
        line = emulator.stdout.readline()
        if not line:
            raise NetworkError("the link emulator ended")
        return dict(json.loads(line))


def _end(emulator: "subprocess.Popen[str]") -> None:
    """It ends with its orders."""
    assert emulator.stdin
    assert emulator.stdout
    emulator.stdin.close()
    emulator.wait(timeout=10)
    emulator.stdout.close()
