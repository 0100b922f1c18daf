"""The HTTP socket and the URLs that are told of it."""

import socket
from contextlib import closing

import pytest

from vivavoce.app.serve import Listening, PortTaken, listen


def port_of(listening: Listening) -> int:
    return int(listening.socket.getsockname()[1])


def has_ipv6() -> bool:
    with closing(socket.socket(socket.AF_INET6)) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "localhost"),
        ("0.0.0.0", "localhost"),
        ("::1", "[::1]"),
        ("::", "localhost"),
        ("127.0.0.2", "127.0.0.2"),
    ],
)
def test_the_url_leads_to_the_address(host: str, shown: str) -> None:
    if ":" in host and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    listening = listen(host, 0, None)
    with closing(listening.socket):
        port = port_of(listening)
        assert listening.url == listening.local_url == f"http://{shown}:{port}"
        with closing(socket.create_connection((shown.strip("[]"), port), timeout=5)):
            pass


def test_people_get_the_public_url_and_this_machine_its_own() -> None:
    listening = listen("127.0.0.1", 0, "https://viva.test")
    with closing(listening.socket):
        assert listening.url == "https://viva.test"
        assert listening.local_url == f"http://localhost:{port_of(listening)}"


def test_a_taken_port_is_told_with_what_to_do() -> None:
    first = listen("127.0.0.1", 0, None)
    with closing(first.socket), pytest.raises(PortTaken, match=r"in use.*--port"):
        listen("127.0.0.1", port_of(first), None)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_of_another_machine_is_told(host: str) -> None:
    with pytest.raises(PortTaken, match="Cannot listen on"):
        listen(host, 0, None)
