"""Counters of the signaling service."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """Registered in ``registry``; without one they count for themselves."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self.rooms = Gauge("vivavoce_signaling_rooms", "Rooms held.", registry=registry)
        self.checks = Gauge(
            "vivavoce_signaling_checks", "Connections being checked.", registry=registry
        )
        self.sockets = Gauge("vivavoce_signaling_sockets", "Open sockets.", registry=registry)
        self.welcomed = Counter(
            "vivavoce_signaling_welcomed", "Conversations begun.", registry=registry
        )
        self.resumed = Counter(
            "vivavoce_signaling_resumed", "Conversations taken up again.", registry=registry
        )
        self.received = Counter(
            "vivavoce_signaling_received", "Frames received.", registry=registry
        )
        self.sent = Counter("vivavoce_signaling_sent", "Frames sent.", registry=registry)
        self.closed = Counter(
            "vivavoce_signaling_closed",
            "Sockets closed by us, by code.",
            ["code"],
            registry=registry,
        )
        self.faults = Counter(
            "vivavoce_signaling_faults", "Bugs met, each logged.", registry=registry
        )
