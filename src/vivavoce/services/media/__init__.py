"""Media: the selective forwarding unit, behind the ``Media`` protocol.

Owns: media rooms, sessions and what flows in them.
Publishes: nothing on the bus; its one listener hears ``contracts.media.MediaEvent``.
Consumes: nothing.
Exposes: ``contracts.media.Media`` inside the process; one port for UDP and TCP outside, and one for HTTPS and media if wanted;
``WS /api/rooms/{interview}/voice`` for those who reach no port of media.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from vivavoce.contracts.service import Service
from vivavoce.contracts.sockets import OriginPolicy
from vivavoce.kernel.clock import Clock
from vivavoce.services.media import ws
from vivavoce.services.media.address import Address, Door, VideoRates
from vivavoce.services.media.metrics import Metrics
from vivavoce.services.media.sfu import SfuMedia
from vivavoce.services.media.turn import TurnServers


@dataclass(frozen=True, slots=True)
class MediaService:
    """``media`` implements ``contracts.media.Media``; it works while ``service.run`` is entered and is ``MediaUnavailable`` otherwise."""

    service: Service
    media: SfuMedia


def create(
    *,
    clock: Clock,
    origins: OriginPolicy,
    host: str,
    port: int,
    advertise: Sequence[str],
    shards: int = 1,
    tcp: bool = True,
    door: Door | None = None,
    turn: TurnServers | None = None,
    video: VideoRates | None = None,
    registry: CollectorRegistry | None = None,
    waits: ws.Waits | None = None,
) -> MediaService:
    """The service. ``advertise``: the IP addresses at which browsers reach ``port``, over UDP and, if ``tcp``, TCP.

    Entering ``run`` raises ``MediaUnavailable`` when the media core is not built or the port cannot be bound.
    """
    address = Address(host, port, tuple(advertise), shards, tcp, door, turn, video or VideoRates())
    media = SfuMedia(address, Metrics(registry), clock)
    voices = ws.router(media=media, origins=origins, clock=clock, waits=waits or ws.Waits())
    return MediaService(Service(name="media", routers=(voices,), run=media.run), media)
