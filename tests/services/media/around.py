"""What a media service of the tests stands on."""

from typing import TypedDict

from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.kernel.clock import Clock, SystemClock


class Around(TypedDict):
    """Keywords of ``media.create``."""

    clock: Clock
    origins: OriginPolicy
    host: str
    port: int


def around(*, host: str = "127.0.0.1", port: int = 0) -> Around:
    """The host's clock, pages of the server's own origin, and an address: by default a free port of the loopback."""
    return Around(clock=SystemClock(), origins=OriginPolicy(), host=host, port=port)
