"""Everybody's bars: looked at while media flow, told to all when they change, forgotten with the path."""

from vivavoce.contracts.media import Connected, Disconnected, ParticipantStats
from vivavoce.contracts.messages import Connection, ConnectionCause, Updated
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.signaling.connections import MEASURE_S
from vivavoce.services.signaling.effects import Effect, MeasureMedia
from vivavoce.services.signaling.grade import WORSE_AFTER
from vivavoce.services.signaling.inputs import MediaMeasured, MediaReported, Tick

from .rooms import CARO, INES, Stage, found, told


def figures(up: float) -> ParticipantStats:
    return ParticipantStats(
        round_trip_s=0.03,
        loss_up=up,
        loss_down=0.0,
        estimate_bps=None,
        sent_bps=0,
        received_bps=0,
        slots=(),
    )


def call() -> Stage:
    """Two people whose media flow."""
    stage = Stage()
    for who in (INES, CARO):
        stage.arrive(who)
        stage.handle(MediaReported(Connected(who)))
    return stage


def look(stage: Stage, **up: float) -> list[Effect]:
    """The next look, and what it brings about."""
    stage.now_s += MEASURE_S
    (asked,) = found(stage.handle(Tick()), MeasureMedia)
    stats = {who: figures(up.get(who.removeprefix("par_"), 0.0)) for who in asked.participants}
    return stage.handle(MediaMeasured(stats))


def connection(effects: list[Effect], to: ParticipantId, of: ParticipantId) -> Connection | None:
    (update,) = [one for one in told(effects, to, Updated) if one.participant.id == of]
    return update.participant.connection


def test_nobody_is_looked_at_before_media_flow_and_after() -> None:
    stage = Stage()
    stage.arrive(CARO)
    assert stage.room.deadline_s() is None
    stage.handle(MediaReported(Connected(CARO)))
    assert stage.room.deadline_s() == MEASURE_S
    stage.handle(MediaReported(Disconnected(CARO, "silent")))
    assert stage.room.deadline_s() is None


def test_a_look_asks_for_everybody_and_not_too_early() -> None:
    stage = call()
    stage.now_s += MEASURE_S / 2
    assert found(stage.handle(Tick()), MeasureMedia) == []
    stage.now_s += MEASURE_S / 2
    assert found(stage.handle(Tick()), MeasureMedia) == [MeasureMedia((INES, CARO))]
    assert stage.room.deadline_s() == 2 * MEASURE_S


def test_a_weak_connection_is_told_to_all_with_its_cause_and_only_once() -> None:
    stage = call()
    look(stage)
    for _ in range(WORSE_AFTER - 1):
        assert look(stage, caro=0.07) == []
    effects = look(stage, caro=0.07)
    weak = Connection(bars=2, cause=ConnectionCause.LOSS_UP, loss_percent=7, round_trip_ms=None)
    assert connection(effects, INES, CARO) == weak
    assert connection(effects, CARO, CARO) == weak
    assert look(stage, caro=0.06) == []


def test_of_a_path_that_is_lost_nothing_is_known() -> None:
    stage = call()
    look(stage)
    effects = stage.handle(MediaReported(Disconnected(CARO, "silent")))
    assert connection(effects, INES, CARO) is None


def test_a_newcomer_sees_the_bars_of_those_who_are_there() -> None:
    stage = call()
    look(stage, caro=0.2)
    stage.arrive(INES, token="again")
    (caro,) = [one for one in stage.welcome().welcome.participants if one.id == CARO]
    assert caro.connection
    assert caro.connection.bars == 1


def test_figures_of_somebody_who_left_are_passed_over() -> None:
    stage = call()
    gone = {ParticipantId("par_gone"): figures(0.5)}
    assert stage.handle(MediaMeasured(gone)) == []
