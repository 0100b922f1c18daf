"""The emulated path does what it is told, seen from two processes at its ends."""

import pytest

from tests.network.check import Asked, measure
from tests.network.ip import NetworkError
from tests.network.namespaces import Network

pytestmark = pytest.mark.network


@pytest.mark.parametrize(
    ("profile", "asked"),
    [
        ("good", Asked(delay_ms=10)),
        ("10 % uniform", Asked(loss=0.1, delay_ms=30)),
        ("30 % bursty", Asked(loss=0.3, burst_packets=4, delay_ms=30)),
    ],
)
def test_a_profile_is_met(network: Network, profile: str, asked: Asked) -> None:
    network.become(profile)
    assert measure(network).differs(asked) is None


def test_a_blackout_lets_nothing_through_and_ends(network: Network) -> None:
    network.order(blackout=True)
    before = network.order(stats=True)["up"]
    network.order(blackout=False)
    assert measure(network).loss == 0
    after = network.order(stats=True)["up"]
    assert after["delivered"] >= before["delivered"] + 1500


def test_an_order_that_makes_no_sense_is_refused_and_changes_nothing(network: Network) -> None:
    with pytest.raises(NetworkError, match="no such profile"):
        network.become("moonbeam")
    network.become("good")
