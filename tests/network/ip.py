"""Network namespaces by the commands of iproute2, for the emulated path and for the benchmarks."""

import subprocess


class NetworkError(Exception):
    """A command or the emulator refused, or the emulator ended."""


def ip(*words: str) -> None:
    """Runs ``ip``. Raises: NetworkError with what it printed."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NetworkError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def add_namespace(name: str) -> None:
    """An empty one, with a loopback of its own."""
    ip("netns", "add", name)
    ip("-n", name, "link", "set", "lo", "up")


def delete_namespace(name: str) -> None:
    """Deletes it if it is there."""
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def inside(namespace: str) -> tuple[str, ...]:
    """What to write before a command so that it runs in ``namespace``."""
    return ("ip", "netns", "exec", namespace)
