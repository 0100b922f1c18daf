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
class VideoRates:
    """What the pictures that one receiver is sent may take, in bits a second: below the floor there are none."""

    floor_bps: int = 0
    ceiling_bps: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """``advertise``: IP addresses at which browsers reach ``port`` (UDP, and TCP if ``tcp``). Each shard takes one more port.

    ``turn``: other servers that relay to it. ``video``: what goes out from there.
    """

    host: str
    port: int
    advertise: tuple[str, ...]
    shards: int = 1
    tcp: bool = True
    door: Door | None = None
    turn: TurnServers | None = None
    video: VideoRates = VideoRates()
