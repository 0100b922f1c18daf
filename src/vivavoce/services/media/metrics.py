"""Metrics of the media core: its counters, read when they are scraped, and what was measured of connections."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vivavoce.contracts.media import ParticipantStats
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.media.threads import cpu_seconds

GAUGES = frozenset({"rooms", "participants", "tcp_connections", "turn_allocations"})
_HELP = {
    "packets_in": "Datagrams received.",
    "bytes_in": "Bytes of UDP payload received.",
    "packets_out": "Datagrams sent.",
    "bytes_out": "Bytes of UDP payload sent.",
    "media_in": "RTP packets received and accepted from publishers.",
    "forwarded": "RTP packets written to receivers; one inbound packet counts once a receiver.",
    "recovered": "Frames of sound that were lost and found again in later packets.",
    "dropped_size": "Datagrams dropped: empty or too long.",
    "dropped_unknown_address": "Datagrams dropped: not STUN, from an address that completed no ICE check.",
    "dropped_stun": "Datagrams dropped: STUN that is malformed or names no session.",
    "dropped_unauthenticated": "Datagrams dropped: STUN for a session, with a wrong password.",
    "dropped_malformed": "Datagrams dropped: from a known address, but no datagram of WebRTC.",
    "dropped_media": "RTP dropped, from a known address: not of its session, of no stream, a repetition or padding.",
    "held_muted": "RTP packets not forwarded because the track is switched off.",
    "held_waiting": "RTP packets not forwarded because the receiver waits for a key frame.",
    "keyframe_requests": "Key frame requests sent to publishers.",
    "layer_switches": "Changes of the layer that a receiver gets, its starts included.",
    "rooms_failed": "Rooms that failed by a fault of ours.",
    "rooms": "Open rooms.",
    "participants": "Media sessions, observers included.",
    "tcp_connections": "Open TCP connections with media.",
    "tcp_accepted": "TCP connections taken.",
    "tcp_refused": "TCP connections closed at once: too many, of one source or of all.",
    "tcp_cut": "TCP connections closed later: no frames, too slow, idle, or of nobody here.",
    "turn_allocations": "Allocations at the relay.",
    "turn_allocated": "Allocations made at the relay.",
    "turn_allocations_refused": "Allocations refused to somebody with a password: a quota is used up.",
    "turn_peers_refused": "Requests to reach another address than the relay's own server.",
    "turn_challenged": "Requests to the relay without the right password; the first of every client is one.",
    "turn_rationed": "Challenges not sent, because they are longer than what they answer.",
    "turn_dropped": "Datagrams dropped by the relay: malformed, or without an allocation or permission.",
    "turn_packets_in": "Datagrams relayed from clients to the media core.",
    "turn_packets_out": "Datagrams relayed from the media core to clients.",
}
ROUND_TRIP_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.8, 1.6)
LOSS_BUCKETS = (0.0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
ESTIMATE_BUCKETS_BPS = (5e4, 1e5, 2e5, 4e5, 8e5, 1.6e6, 3.2e6, 6.4e6, 1.28e7)
LOOK_TTL_S = 10.0  # a participant who is no longer looked at is gone

Reading = Callable[[], Mapping[str, int]]


class Metrics(Collector):
    """``read`` is set while the core runs; only then is anything shown."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self.read: Reading | None = None
        self.voices: Callable[[], int] = lambda: 0
        self._looks: dict[tuple[InterviewId, ParticipantId], tuple[float, ParticipantStats]] = {}
        self._round_trip = Histogram(
            "vivavoce_media_round_trip_seconds",
            "Round trips of participants, one each look (every 2 s).",
            registry=None,
            buckets=ROUND_TRIP_BUCKETS_S,
        )
        self._loss = Histogram(
            "vivavoce_media_loss_ratio",
            "Share of packets lost, by way: up is from the participant to us. One each look.",
            ["way"],
            registry=None,
            buckets=LOSS_BUCKETS,
        )
        self._estimate = Histogram(
            "vivavoce_media_estimate_bits_per_second",
            "What the paths to participants are estimated to carry, one each look.",
            registry=None,
            buckets=ESTIMATE_BUCKETS_BPS,
        )
        if registry is not None:
            registry.register(self)

    def looked(
        self, interview: InterviewId, participant: ParticipantId, stats: ParticipantStats
    ) -> None:
        """Somebody asked how this connection is."""
        self._looks[interview, participant] = (time.monotonic(), stats)
        if stats.round_trip_s is not None:
            self._round_trip.observe(stats.round_trip_s)
        for way, loss in (("up", stats.loss_up), ("down", stats.loss_down)):
            if loss is not None:
                self._loss.labels(way).observe(loss)
        if stats.estimate_bps is not None:
            self._estimate.observe(stats.estimate_bps)

    def collect(self) -> Iterable[Metric]:
        if self.read is None:
            return
        yield from _counters(self.read())
        yield _cpu()
        yield self._slots()
        yield GaugeMetricFamily(
            "vivavoce_media_voices", "People with sound over a WebSocket.", value=self.voices()
        )
        for histogram in (self._round_trip, self._loss, self._estimate):
            yield from histogram.collect()

    def _slots(self) -> Metric:
        """What receivers get now, by the last look at each."""
        since_s = time.monotonic() - LOOK_TTL_S
        self._looks = {who: look for who, look in self._looks.items() if look[0] >= since_s}
        slots = Counter(
            (slot.layer.value if slot.layer else "none", slot.reason.value if slot.reason else "")
            for _, stats in self._looks.values()
            for slot in stats.slots
        )
        family = GaugeMetricFamily(
            "vivavoce_media_video_slots",
            "Pictures that somebody could get: the layer that they get, and why it is not the best for their tile.",
            labels=["layer", "reason"],
        )
        for (layer, reason), count in sorted(slots.items()):
            family.add_metric([layer, reason], count)
        return family


def _counters(values: Mapping[str, int]) -> Iterator[Metric]:
    for name, value in values.items():
        family = GaugeMetricFamily if name in GAUGES else CounterMetricFamily
        yield family(
            f"vivavoce_media_{name}", _HELP.get(name, f"Of the media core: {name}."), value=value
        )


def _cpu() -> Metric:
    family = CounterMetricFamily(
        "vivavoce_media_cpu_seconds",
        "Processor time of the media threads.",
        labels=["thread"],
    )
    for thread, seconds in cpu_seconds("sfu-"):
        family.add_metric([thread], seconds)
    return family
