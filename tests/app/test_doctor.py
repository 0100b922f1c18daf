"""The doctor finds what is wrong, says what to do about it, and changes nothing."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from vivavoce.app.data_dir import exclusive, prepare
from vivavoce.app.doctor import Finding, examine, report
from vivavoce.app.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No tool is on the path: neither a sandbox nor a language."""
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that TCP and UDP have in use."""
    with (
        closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as stream,
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as datagram,
    ):
        stream.bind(("127.0.0.1", 0))
        stream.listen()
        datagram.bind(stream.getsockname())
        yield int(stream.getsockname()[1])


async def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in await examine(settings)}


def settings_of(folder: Path, *, port: int = 0, host: str = "127.0.0.1") -> Settings:
    return read_settings({}, data_dir=folder, host=host, port=port, media_port=port)


async def test_taken_ports_are_named_with_the_option_that_helps(tmp_path: Path, taken: int) -> None:
    found = await findings(settings_of(tmp_path, port=taken))
    for name, option in (("HTTP port", "--port"), ("media port (UDP)", "--media-port")):
        assert not found[name].ok
        assert "in use" in found[name].detail
        assert option in found[name].remedy


async def test_an_address_of_another_machine_is_found(tmp_path: Path) -> None:
    found = await findings(settings_of(tmp_path, host="192.0.2.1"))
    assert not found["HTTP port"].ok
    assert not found["media port (UDP)"].ok


async def test_a_server_that_runs_has_its_ports_rightly(tmp_path: Path, taken: int) -> None:
    data = prepare(tmp_path)
    with exclusive(data):
        data.announce_server("http://localhost:1")
        found = await findings(settings_of(tmp_path, port=taken))
        assert found["ports"].ok
    data.announce_server("http://localhost:1")  # as a killed one leaves it
    assert not (await findings(settings_of(tmp_path, port=taken)))["HTTP port"].ok


async def test_a_folder_that_cannot_be_written_to_is_found() -> None:
    found = await findings(settings_of(Path("/proc/vivavoce/data")))
    assert not found["data folder"].ok
    assert "--data-dir" in found["data folder"].remedy


async def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    await findings(settings_of(tmp_path / "data"))
    assert list(tmp_path.iterdir()) == []


async def test_whatever_is_bad_comes_with_something_to_do(taken: int) -> None:
    everything = await findings(settings_of(Path("/proc/vivavoce/data"), port=taken))
    bad = [finding for finding in everything.values() if not finding.ok]
    assert {"data folder", "HTTP port", "media port (UDP)", "sandbox"} <= {f.name for f in bad}
    assert all(finding.remedy for finding in bad)


def test_the_report_shows_the_remedy_below_and_counts_what_is_to_mend() -> None:
    fine, bad = Finding("clock", True, "right", "set it"), Finding("disk", False, "full", "buy one")
    absent = Finding("language Go", False, "not installed", "install it", optional=True)
    told = report([fine, bad, absent], color=False)
    assert "set it" not in told
    assert told.index("full") < told.index("buy one") < told.index("1 to mend.")
    assert "This machine can hold interviews." in report([fine, absent], color=False)
