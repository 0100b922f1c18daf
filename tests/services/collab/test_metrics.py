"""The counters as an operator sees them."""

from dataclasses import fields

from prometheus_client import CollectorRegistry, generate_latest

from vivavoce.services.collab.counters import Counters
from vivavoce.services.collab.metrics import register


def test_every_counter_is_shown_with_its_present_value() -> None:
    counters, registry = Counters(), CollectorRegistry()
    register(counters, registry)
    counters.divergences = 3
    text = generate_latest(registry).decode()
    assert "vivavoce_collab_divergences_total 3.0" in text
    for field in fields(Counters):
        assert f"vivavoce_collab_{field.name}_total" in text
