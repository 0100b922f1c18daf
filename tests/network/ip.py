"""Network namespaces by the commands of iproute2, for the emulated path and for the benchmarks."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager


class NetworkError(Exception):
    """A command or the emulator refused, or the emulator ended."""


def ip(*words: str) -> None:
    """Runs ``ip``. Raises: NetworkError with what it printed."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NetworkError(f"ip {' '.join(words)}: {done.stderr.strip()}")


@contextmanager
def namespaces(*names: str) -> Generator[None]:
    """Empty ones, each with a loopback of its own; none is left behind, whatever happens."""
    try:
        for name in names:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        yield
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def bring_up(namespace: str, device: str, network: str, *settings: str) -> None:
    """Gives the device its address, with the bits of its network, and switches it on."""
    ip("-n", namespace, "address", "add", network, "dev", device)
    ip("-n", namespace, "link", "set", device, "up", *settings)


def inside(namespace: str) -> tuple[str, ...]:
    """What to write before a command so that it runs in ``namespace``."""
    return ("ip", "netns", "exec", namespace)
