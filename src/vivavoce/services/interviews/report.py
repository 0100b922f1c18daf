"""How a call went, from what the participants' browsers noted. Pure: notes in, figures and findings out."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel

from vivavoce.contracts.media import Source
from vivavoce.contracts.rights import Role
from vivavoce.services.interviews.log import (
    DeviceEntry,
    LineSample,
    Noted,
    SampleEntry,
    StateEntry,
)
from vivavoce.services.interviews.model import Attendance

# What takes a call from good to fair and from fair to bad. Loss and delay: the first and last step of the bars in the
# room. The others are our own judgement: a twentieth of the sound made up, or of the time frozen, is what a call on a
# network with bursts of loss shall stay within.
ROUND_TRIP_MS = (200.0, 400.0)
LOSS_PERCENT = (2.0, 8.0)
CONCEALED_PERCENT = (1.0, 5.0)
FROZEN_PERCENT = (2.0, 5.0)
PAUSED_PERCENT = (5.0, 25.0)
SLOW_DEVICE_PERCENT = (10.0, 50.0)
RECONNECTS = (0.0, 2.0)
_CENTILE = 0.95
_VIDEO = frozenset({Source.CAMERA, Source.SCREEN})


class Level(StrEnum):
    """From best to worst; ``unknown`` when nothing was noted."""

    UNKNOWN = "unknown"
    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


class Spread(BaseModel):
    """The middle of the samples, and what 95 of 100 stay within."""

    median: float
    p95: float


class ParticipantReport(BaseModel):
    """One participant's call. Losses are in percent; ``join_ms``: from the opened page to flowing media.

    ``without_picture_s``: how long some picture that was sent was not shown, by the reason. ``findings``: sentences,
    the worst first; the first one is the verdict.
    """

    participant: str
    name: str
    role: Role
    joined_at: int
    join_ms: int | None
    in_call_s: int
    path: str | None
    round_trip_ms: Spread | None
    loss_up_percent: Spread | None
    loss_down_percent: Spread | None
    frozen_s: float
    concealed_percent: float | None
    without_picture_s: dict[str, int]
    slow_device_s: int
    reconnects: int
    device_failures: int
    level: Level
    findings: list[str]


class CallReport(BaseModel):
    """All participants in the order of their coming, and one sentence for the whole call."""

    interview: str
    level: Level
    verdict: str
    participants: list[ParticipantReport]


@dataclass(slots=True)
class Tally:
    """The sums of one participant's notes, which come in the order of each page."""

    opened_at: int | None = None
    join_ms: int | None = None
    reconnects: int = 0
    device_failures: int = 0
    in_call_ms: int = 0
    seen_ms: int = 0
    frozen_ms: int = 0
    slow_device_ms: int = 0
    concealed: int = 0
    heard: int = 0
    without_picture_ms: Counter[str] = field(default_factory=Counter[str])
    paths: Counter[str] = field(default_factory=Counter[str])
    round_trips_ms: list[float] = field(default_factory=list[float])
    losses_up_percent: list[float] = field(default_factory=list[float])
    losses_down_percent: list[float] = field(default_factory=list[float])

    def add(self, note: Noted) -> None:
        """Count one note more."""
        match note.entry:
            case StateEntry():
                self._state(note.at, note.entry)
            case DeviceEntry():
                self.device_failures += note.entry.event == "failed"
            case SampleEntry():
                self._sample(note.entry)
            case _:
                pass  # errors and gaps say that something is missing, not how the call was

    def _state(self, at: int, entry: StateEntry) -> None:
        if (entry.of, entry.state) == ("page", "opened"):
            self.opened_at = at
        elif (entry.of, entry.state) == ("call", "connected"):
            if self.join_ms is None and self.opened_at is not None:
                self.join_ms = max(0, at - self.opened_at)
        elif (entry.of, entry.state) == ("call", "interrupted"):
            self.reconnects += self.join_ms is not None

    def _sample(self, sample: SampleEntry) -> None:
        self.in_call_ms += sample.over_ms
        if sample.round_trip_ms is not None:
            self.round_trips_ms.append(sample.round_trip_ms)
        if sample.path is not None:
            self.paths[sample.path] += sample.over_ms
        up = [line for line in sample.lines if line.way == "up"]
        down = [line for line in sample.lines if line.way == "down"]
        self._loss(up, down)
        self._pictures([line for line in down if line.source in _VIDEO], sample.over_ms)
        self.concealed += sum(line.concealed_samples or 0 for line in down)
        self.heard += sum(line.samples or 0 for line in down)
        if any(line.limit == "cpu" for line in up):
            self.slow_device_ms += sample.over_ms

    def _loss(self, up: Sequence[LineSample], down: Sequence[LineSample]) -> None:
        sent = sum(line.packets for line in up)
        if sent:
            lost_up = sum(line.lost for line in up)
            self.losses_up_percent.append(min(100.0, 100 * lost_up / sent))
        lost = sum(line.lost for line in down)
        expected = sum(line.packets for line in down) + lost
        if expected:
            self.losses_down_percent.append(100 * lost / expected)

    def _pictures(self, lines: Sequence[LineSample], over_ms: int) -> None:
        shown = [line for line in lines if line.picture == "shown"]
        if shown:
            self.seen_ms += over_ms
            self.frozen_ms += min(over_ms, max(line.frozen_ms or 0 for line in shown))
        for reason in {line.picture for line in lines} - {"shown", "off", "hidden", None}:
            self.without_picture_ms[str(reason)] += over_ms


@dataclass(frozen=True, slots=True)
class _Finding:
    """How bad a figure is, and the sentence for it."""

    level: Level
    severity: float
    words: str


def report(interview: str, roster: Iterable[Attendance], tallies: dict[str, Tally]) -> CallReport:
    """The report on everybody in the roster."""
    people = [_of_participant(each, tallies.get(each.participant, Tally())) for each in roster]
    known = [each for each in people if each.level is not Level.UNKNOWN]
    if not known:
        verdict = "Nobody's browser has told anything of the call yet."
        return CallReport(
            interview=interview, level=Level.UNKNOWN, verdict=verdict, participants=people
        )
    worst = max(known, key=lambda each: _ORDER[each.level])
    verdict = "The call was good for everybody."
    if worst.level is not Level.GOOD:
        verdict = f"{worst.name}: {worst.findings[0]}"
    return CallReport(interview=interview, level=worst.level, verdict=verdict, participants=people)


_ORDER = {level: number for number, level in enumerate(Level)}


def _of_participant(who: Attendance, tally: Tally) -> ParticipantReport:
    findings = sorted(_findings(tally), key=lambda each: -each.severity)
    is_known = tally.in_call_ms > 0
    words = [each.words for each in findings] or ["The connection was good throughout."]
    level = max((each.level for each in findings), key=_ORDER.__getitem__, default=Level.GOOD)
    return ParticipantReport(
        participant=who.participant,
        name=who.name,
        role=who.role,
        joined_at=who.joined_at,
        join_ms=tally.join_ms,
        in_call_s=tally.in_call_ms // 1000,
        path=max(tally.paths, key=tally.paths.__getitem__, default=None),
        round_trip_ms=_spread(tally.round_trips_ms),
        loss_up_percent=_spread(tally.losses_up_percent),
        loss_down_percent=_spread(tally.losses_down_percent),
        frozen_s=round(tally.frozen_ms / 1000, 1),
        concealed_percent=_share(tally.concealed, tally.heard),
        without_picture_s={
            reason: ms // 1000 for reason, ms in sorted(tally.without_picture_ms.items())
        },
        slow_device_s=tally.slow_device_ms // 1000,
        reconnects=tally.reconnects,
        device_failures=tally.device_failures,
        level=level if is_known else Level.UNKNOWN,
        findings=words if is_known else ["The browser told nothing of the call."],
    )


def _findings(tally: Tally) -> list[_Finding]:
    """Every figure that is not good."""
    up, down = _spread(tally.losses_up_percent), _spread(tally.losses_down_percent)
    trip = _spread(tally.round_trips_ms)
    paused_ms = tally.without_picture_ms["paused"]
    figures: list[tuple[float | None, tuple[float, float], Callable[[float], str]]] = [
        (tally.reconnects, RECONNECTS, _broken),
        (
            up.p95 if up else None,
            LOSS_PERCENT,
            _lost("on the way up, so that the others heard gaps"),
        ),
        (down.p95 if down else None, LOSS_PERCENT, _lost("on the way down")),
        (_share(tally.concealed, tally.heard), CONCEALED_PERCENT, _concealed),
        (_share(tally.frozen_ms, tally.seen_ms), FROZEN_PERCENT, _frozen),
        (trip.median if trip else None, ROUND_TRIP_MS, _slow),
        (_share(paused_ms, tally.in_call_ms), PAUSED_PERCENT, _paused),
        (_share(tally.slow_device_ms, tally.in_call_ms), SLOW_DEVICE_PERCENT, _slow_device),
    ]
    found: list[_Finding] = []
    for value, (fair, bad), words in figures:
        if value is not None and value > fair:
            level = Level.BAD if value > bad else Level.FAIR
            found.append(_Finding(level, value / bad, words(value)))
    return found


def _broken(times: float) -> str:
    return f"The connection broke {'once' if times == 1 else f'{times:.0f} times'} and came back."


def _lost(where: str) -> Callable[[float], str]:
    return lambda percent: f"Up to {percent:.0f} % was lost {where}."


def _concealed(percent: float) -> str:
    return f"{percent:.0f} % of the sound that came had to be made up."


def _frozen(percent: float) -> str:
    return f"Pictures stood still for {percent:.0f} % of the time."


def _slow(ms: float) -> str:
    return f"There and back took {ms:.0f} ms, so that people talked over each other."


def _paused(percent: float) -> str:
    return f"For {percent:.0f} % of the time there was no room for all pictures."


def _slow_device(percent: float) -> str:
    return f"For {percent:.0f} % of the time the device was too slow for its camera's picture."


def _spread(values: Sequence[float]) -> Spread | None:
    """By nearest rank."""
    if not values:
        return None
    ordered = sorted(values)

    def at(share: float) -> float:
        return round(ordered[math.ceil(share * len(ordered)) - 1], 2)

    return Spread(median=at(0.5), p95=at(_CENTILE))


def _share(part: float, whole: float) -> float | None:
    """In percent."""
    return round(100 * part / whole, 2) if whole else None
