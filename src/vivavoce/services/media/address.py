"""Where the media core listens and what browsers are told."""

from dataclasses import dataclass
from pathlib import Path

from vivavoce.services.media.turn import TurnServers


@dataclass(frozen=True, slots=True)
class Door:
    """One TCP ``port`` for HTTPS and media, for who reaches nothing else.

    ``certificate`` and ``key`` are PEM files, ``host`` the name in the certificate, if browsers know one. HTTP is handed
    to the Unix socket ``upstream``, each connection after one line of the PROXY protocol.
    """

    port: int
    certificate: Path
    key: Path
    host: str | None
    upstream: Path


@dataclass(frozen=True, slots=True)
class Address:
    """``advertise``: IP addresses at which browsers reach ``port`` (UDP, and TCP if ``tcp``). Each shard takes one more port.

    ``turn``: other servers that relay to it.
    """

    host: str
    port: int
    advertise: tuple[str, ...]
    shards: int = 1
    tcp: bool = True
    door: Door | None = None
    turn: TurnServers | None = None
