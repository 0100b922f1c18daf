"""The counters as Prometheus metrics, read when they are scraped."""

from collections.abc import Iterator
from dataclasses import fields

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from vivavoce.services.collab.counters import Counters

_HELP = {
    "updates": "Updates taken into documents.",
    "deliveries": "Updates sent on to others.",
    "refused": "Frames and edits refused.",
    "gaps": "Updates that had to wait for something missing.",
    "panics": "Updates that the CRDT could not apply.",
    "divergences": "Copies in browsers that differed from the server's at equal state vectors.",
    "slow_readers": "Connections cut because they did not read.",
    "commits": "Group commits of logs to the disk.",
}


class _CountersCollector(Collector):
    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def collect(self) -> Iterator[CounterMetricFamily]:
        for field in fields(Counters):
            value = getattr(self._counters, field.name)
            yield CounterMetricFamily(
                f"vivavoce_collab_{field.name}", _HELP[field.name], value=value
            )


def register(counters: Counters, registry: CollectorRegistry) -> None:
    """Let ``registry`` show the counters."""
    registry.register(_CountersCollector(counters))
