"""What is measured of connections, as Prometheus sees it."""

from dataclasses import fields
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from vivavoce_sfu import Stats

from vivavoce.contracts.media import Layer, ParticipantStats, QualityReason, SlotQuality
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.media.metrics import GAUGES, Metrics
from vivavoce.services.media.threads import cpu_seconds

ROOM = InterviewId("itv_1")
INES = ParticipantId("par_ines")
CARO = ParticipantId("par_caro")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    created = Metrics(registry)
    created.read = lambda: {"packets_in": 3}
    return created


def stats(*slots: SlotQuality, loss_up: float | None = None) -> ParticipantStats:
    return ParticipantStats(
        round_trip_s=0.03,
        loss_up=loss_up,
        loss_down=None,
        estimate_bps=700_000,
        sent_bps=0,
        received_bps=0,
        slots=slots,
    )


def test_figures_fall_into_the_buckets_that_grades_are_made_of(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    for loss in (0.0, 0.03, 0.5):
        metrics.looked(ROOM, INES, stats(loss_up=loss))
    value = registry.get_sample_value
    buckets = [
        value("vivavoce_media_loss_ratio_bucket", {"way": "up", "le": le})
        for le in ("0.02", "0.04", "+Inf")
    ]
    assert buckets == [1, 2, 3]
    assert value("vivavoce_media_round_trip_seconds_count") == 3
    assert value("vivavoce_media_estimate_bits_per_second_bucket", {"le": "800000.0"}) == 3


def test_slots_are_counted_once_a_participant_by_layer_and_reason(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    full, paused = SlotQuality("1", Layer.FULL, None), SlotQuality("2", None, QualityReason.NETWORK)
    metrics.looked(ROOM, INES, stats(full, full))
    metrics.looked(ROOM, INES, stats(full, paused))
    metrics.looked(ROOM, CARO, stats(paused))
    shown = {
        tuple(sorted(sample.labels.items())): sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "vivavoce_media_video_slots"
    }
    assert shown == {
        (("layer", "f"), ("reason", "")): 1,
        (("layer", "none"), ("reason", "network")): 2,
    }


def test_processor_time_is_found_by_the_name_of_the_thread() -> None:
    (own,) = Path("/proc/self/comm").read_text().splitlines()
    assert dict(cpu_seconds(own))[own] > 0
    assert list(cpu_seconds("no such thread")) == []


def test_every_counter_of_the_core_is_explained_and_those_of_now_are_gauges(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    names = [field.name for field in fields(Stats)]
    metrics.read = lambda: dict.fromkeys(names, 7)
    shown = {family.name: family for family in registry.collect()}
    for name in names:
        family = shown[f"vivavoce_media_{name}"]
        assert "Of the media core" not in family.documentation, name
        assert family.type == ("gauge" if name in GAUGES else "counter")
    assert registry.get_sample_value("vivavoce_media_turn_allocations") == 7
    assert registry.get_sample_value("vivavoce_media_turn_peers_refused_total") == 7
