"""Debian's coturn with the configuration that the documentation recommends."""

import re
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = Path(__file__).resolve().parents[2] / "docs" / "coturn.conf"
SECRET = "a secret of the tests"
START_DEADLINE_S = 20.0


def write_configuration(
    folder: Path, *, address: str, media: str, certificate: Path, key: Path, **changes: int
) -> Path:
    """``docs/coturn.conf`` filled in; ``changes`` are ports, by their names with underscores."""
    text = CONFIGURATION.read_text()
    for placeholder, value in {
        "COTURN_ADDRESS": address,
        "MEDIA_ADDRESS": media,
        "CERTIFICATE_FILE": str(certificate),
        "KEY_FILE": str(key),
        "SECRET": SECRET,
    }.items():
        text = re.sub(rf"=\b{placeholder}$", f"={value}", text, flags=re.MULTILINE)
    for name, value in changes.items():
        option = name.replace("_", "-")
        text, found = re.subn(rf"^{option}=.*$", f"{option}={value}", text, flags=re.MULTILINE)
        assert found, option
    folder.mkdir(exist_ok=True)
    written = folder / "turnserver.conf"
    # Its files would go where only a system service may write.
    written.write_text(
        f"{text}\npidfile={folder / 'pid'}\nuserdb={folder / 'db'}\nlog-file=stdout\n"
    )
    return written


@contextmanager
def running(configuration: Path, *prefix: str) -> Generator[None]:
    """coturn listens while this is entered. ``prefix``: what to write before its command."""
    assert shutil.which("turnserver"), "coturn is missing: make setup-dev installs it"
    log = configuration.with_name("log")
    command = [*prefix, "turnserver", "-c", str(configuration)]
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out) as server:
        try:
            deadline = time.monotonic() + START_DEADLINE_S
            while not _listens(configuration, prefix):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.02)
            yield
        finally:
            server.terminate()


def _listens(configuration: Path, prefix: tuple[str, ...]) -> bool:
    """Whether it does on both of its TCP ports; those of UDP come before."""
    asked = subprocess.run(
        [*prefix, "ss", "-Hltn"], capture_output=True, text=True, check=True
    ).stdout
    ports = re.findall(r"^(?:tls-)?listening-port=(\d+)$", configuration.read_text(), re.MULTILINE)
    return all(re.search(rf":{port}\s", asked) for port in ports)
