"""Counters of the media core, read when they are scraped."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

GAUGES = frozenset({"rooms", "participants"})

Reading = Callable[[], Mapping[str, int]]


class Metrics(Collector):
    """``read`` is set while the core runs."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self.read: Reading | None = None
        if registry is not None:
            registry.register(self)

    def collect(self) -> Iterable[Metric]:
        if self.read is None:
            return
        for name, value in self.read().items():
            family = GaugeMetricFamily if name in GAUGES else CounterMetricFamily
            metric = family(f"vivavoce_media_{name}", f"Of the media core: {name}.")
            metric.add_metric([], value)
            yield metric
