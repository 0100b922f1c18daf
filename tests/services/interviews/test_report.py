"""Figures and findings from notes."""

from typing import Any

import pytest

from vivavoce.contracts.rights import Role
from vivavoce.kernel.clock import Millis
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.interviews.log import Noted
from vivavoce.services.interviews.model import Attendance
from vivavoce.services.interviews.report import CallReport, Level, Tally, report

CARO = ParticipantId("par_caro")
INES = ParticipantId("par_ines")
SAMPLE_MS = 5_000


def attendance(who: ParticipantId, name: str) -> Attendance:
    return Attendance(
        interview=InterviewId("itv_1"),
        participant=who,
        name=name,
        role=Role.CANDIDATE,
        joined_at=Millis(7),
    )


ROSTER = [attendance(INES, "Ines"), attendance(CARO, "Caro")]


def note(entry: dict[str, Any], *, at: int = 0) -> Noted:
    return Noted.model_validate({"page": "p", "at": at, "entry": {"seq": 1, "ago_ms": 0, **entry}})


def state(of: str, state: str, at: int = 0) -> Noted:
    return note({"kind": "state", "of": of, "state": state}, at=at)


def line(way: str, source: str, **figures: Any) -> dict[str, Any]:
    return {"way": way, "source": source, "bitrate_kbps": 1, "packets": 100, "lost": 0, **figures}


def sample(*lines: dict[str, Any], trip_ms: float = 40, **more: Any) -> Noted:
    entry = {"kind": "sample", "over_ms": SAMPLE_MS, "round_trip_ms": trip_ms, "lines": lines}
    return note({**entry, **more})


def reported(*notes: Noted) -> CallReport:
    tally = Tally()
    for each in notes:
        tally.add(each)
    return report("itv_1", ROSTER, {CARO: tally})


def caro(*notes: Noted) -> Any:
    return reported(*notes).participants[1]


def test_a_good_call_is_said_to_be_one() -> None:
    voice = line("down", "microphone", samples=240_000, concealed_samples=10)
    picture = line("down", "camera", picture="shown", frozen_ms=0)
    whole = reported(*[sample(line("up", "microphone"), voice, picture, path="udp")] * 12)
    assert (whole.level, whole.verdict) == (Level.GOOD, "The call was good for everybody.")
    one = whole.participants[1]
    assert (one.name, one.joined_at, one.in_call_s, one.path) == ("Caro", 7, 60, "udp")
    assert one.findings == ["The connection was good throughout."]
    assert one.without_picture_s == {}


def test_of_whom_nothing_came_nothing_is_said() -> None:
    silent = reported(sample(line("up", "microphone"))).participants[0]
    assert (silent.name, silent.level) == ("Ines", Level.UNKNOWN)
    assert silent.round_trip_ms is None
    assert reported().level is Level.UNKNOWN


def test_losses_and_delays_have_a_middle_and_a_tail() -> None:
    samples = [
        sample(
            line("up", "microphone", lost=lost),
            line("down", "microphone", lost=lost),
            trip_ms=10 * lost,
        )
        for lost in range(1, 21)
    ]
    one = caro(*samples)
    assert (one.loss_up_percent.median, one.loss_up_percent.p95) == (10.0, 19.0)
    assert one.loss_down_percent.p95 == pytest.approx(100 * 19 / 119, abs=0.01)
    assert (one.round_trip_ms.median, one.round_trip_ms.p95) == (100.0, 190.0)
    assert one.level is Level.BAD
    assert one.findings[0] == "Up to 19 % was lost on the way up, so that the others heard gaps."


def test_joining_and_breaking_are_counted_from_the_first_connection_on() -> None:
    one = caro(
        state("page", "opened", at=1_000),
        state("call", "interrupted", at=1_100),
        state("call", "connected", at=1_800),
        sample(line("up", "microphone")),
        state("call", "interrupted", at=9_000),
        state("call", "connected", at=11_000),
    )
    assert (one.join_ms, one.reconnects, one.level) == (800, 1, Level.FAIR)
    assert one.findings == ["The connection broke once and came back."]


def test_time_without_a_picture_is_told_by_its_reason_and_what_was_not_sent_is_no_loss() -> None:
    def pictures(*states: str) -> Noted:
        return sample(*[line("down", "camera", packets=0, picture=each) for each in states])

    one = caro(
        pictures("paused", "paused"),
        pictures("paused", "shown"),
        pictures("declined", "off"),
        pictures("hidden", "awaited"),
    )
    assert one.without_picture_s == {"awaited": 5, "declined": 5, "paused": 10}


def test_frozen_time_counts_while_a_picture_is_shown_and_never_more_than_there_was() -> None:
    one = caro(
        sample(line("down", "camera", picture="shown", frozen_ms=9_000)),
        sample(line("down", "camera", picture="paused", frozen_ms=5_000)),
    )
    assert one.frozen_s == 5.0
    assert "Pictures stood still for 100 % of the time." in one.findings


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([line("down", "microphone", samples=100, concealed_samples=7)], "7 % of the sound"),
        ([line("up", "camera", limit="cpu")], "the device was too slow"),
        ([line("down", "camera", picture="paused")], "no room for all pictures"),
    ],
)
def test_each_weakness_has_its_sentence(lines: list[dict[str, Any]], words: str) -> None:
    one = caro(sample(*lines))
    assert one.level is Level.BAD
    assert words in one.findings[0]


def test_the_worst_finding_comes_first_and_speaks_for_the_whole_call() -> None:
    whole = reported(sample(line("up", "microphone", lost=4), trip_ms=900))
    assert whole.level is Level.BAD
    assert whole.verdict.startswith("Caro: There and back took 900 ms")
    assert "Up to 4 % was lost" in whole.participants[1].findings[1]


def test_a_device_that_failed_is_counted() -> None:
    failed = note({"kind": "device", "device": "camera", "event": "failed", "problem": "busy"})
    assert caro(failed, sample()).device_failures == 1
