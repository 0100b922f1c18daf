"""coturn with the configuration of ``docs/coturn.conf`` relays to our media and nowhere else, for people with our names only."""

import dataclasses
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.network import coturn
from tests.network.turn import OK, TCP, TurnClient
from vivavoce.app.certificate import write_self_signed
from vivavoce.contracts.media import Relay
from vivavoce.kernel.clock import Millis, SystemClock
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.media.turn import CREDENTIAL_TTL_S, TurnServers

HERE = "127.0.0.1"
MEDIA = "203.0.113.7"  # RFC 5737: nobody's
FORBIDDEN, UNAUTHORIZED, QUOTA_REACHED, OTHER_FAMILY = 403, 401, 486, 443
STRANGERS = [
    "127.0.0.1",
    "0.0.0.0",
    "10.0.0.5",
    "192.168.1.1",
    "169.254.169.254",
    "203.0.113.8",
    "8.8.8.8",
    "224.0.0.1",
    "::1",
    "::",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.5",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
]
TURN = TurnServers(("turn:127.0.0.1",), coturn.SECRET)


def relay_of(participant: str, now: Millis | None = None) -> Relay:
    now = SystemClock().now() if now is None else now
    return TURN.relay_for(InterviewId("room"), ParticipantId(participant), now)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    folder = tmp_path_factory.mktemp("coturn")
    certificate = write_self_signed([HERE], folder)
    port, tls_port = free_port(), free_port()
    configuration = coturn.write_configuration(
        folder,
        address=HERE,
        media=MEDIA,
        certificate=certificate.certificate,
        key=certificate.key,
        listening_port=port,
        tls_listening_port=tls_port,
    )
    with coturn.running(configuration):
        yield HERE, port


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def caro(server: tuple[str, int]) -> Iterator[TurnClient]:
    """With an allocation."""
    with TurnClient(server, relay_of("caro")) as client:
        assert client.allocate() == OK
        yield client


def test_it_relays_to_our_media(caro: TurnClient) -> None:
    assert caro.permit(MEDIA) == OK
    assert caro.bind_channel(MEDIA) == OK


@pytest.mark.parametrize("peer", STRANGERS)
def test_it_relays_to_nobody_else_however_the_address_is_written(
    caro: TurnClient, peer: str
) -> None:
    refused = OTHER_FAMILY if ":" in peer else FORBIDDEN
    assert caro.permit(peer) == refused
    assert caro.bind_channel(peer) == refused


def test_what_is_sent_to_somebody_else_goes_nowhere(caro: TurnClient) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((HERE, 0))
        caro.send(HERE, stranger.getsockname()[1], b"let me in")
        assert caro.permit(MEDIA) == OK  # what was sent before this answer would be there by now
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(100)


def test_it_makes_no_connections_over_tcp(server: tuple[str, int], caro: TurnClient) -> None:
    assert caro.connect_to(MEDIA) != OK
    with TurnClient(server, relay_of("olaf"), socket.SOCK_STREAM) as client:
        assert client.allocate(TCP) != OK
        assert client.allocate() == OK


def test_names_are_good_with_their_password_and_for_their_time(server: tuple[str, int]) -> None:
    relay = relay_of("ines")
    wrong = dataclasses.replace(relay, credential=relay_of("caro").credential)
    old = relay_of("ines", Millis(SystemClock().now() - (CREDENTIAL_TTL_S + 60) * 1000))
    for name in (wrong, old):
        with TurnClient(server, name) as client:
            assert client.allocate() == UNAUTHORIZED
    with TurnClient(server, relay) as client:
        assert client.allocate() == OK


def test_one_person_takes_twelve_allocations_and_leaves_the_others_theirs(
    server: tuple[str, int],
) -> None:
    """With names of different moments, too."""
    now = SystemClock().now()
    names = [relay_of("greedy", Millis(now + i * 1000)) for i in range(13)]
    with ExitStack() as stack:
        clients = [stack.enter_context(TurnClient(server, name)) for name in names]
        assert [client.allocate() for client in clients] == [OK] * 12 + [QUOTA_REACHED]
        other = stack.enter_context(TurnClient(server, relay_of("modest")))
        assert other.allocate() == OK
