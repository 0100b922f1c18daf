"""Everybody's connection as everybody sees it: looked at again and again while media flow, told when it changed."""

from collections.abc import Iterator, Mapping

from vivavoce.contracts.media import ParticipantStats
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.signaling.effects import Effect, MeasureMedia
from vivavoce.services.signaling.grade import grade
from vivavoce.services.signaling.inputs import Moment
from vivavoce.services.signaling.member import MediaState, Member
from vivavoce.services.signaling.roster import Roster

MEASURE_S = 2.0  # nobody is told of the same connection more often


class Connections:
    """Asks the media service for figures, and turns them into what the others see of a member."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._due_s: float | None = None

    def deadline_s(self) -> float | None:
        """When to look next, in monotonic seconds; ``None`` while there is nothing to see."""
        return self._due_s

    def follow(self, now: Moment) -> None:
        """Look from now on if somebody's media flow, and no longer if nobody's do."""
        if not self._flowing():
            self._due_s = None
        elif self._due_s is None:
            self._due_s = now.monotonic_s + MEASURE_S

    def tick(self, now: Moment) -> Iterator[Effect]:
        """Look, if it is time."""
        if self._due_s is not None and now.monotonic_s >= self._due_s:
            self._due_s = now.monotonic_s + MEASURE_S
            yield MeasureMedia(tuple(member.id for member in self._flowing()))

    def measured(self, figures: Mapping[ParticipantId, ParticipantStats]) -> Iterator[Effect]:
        """Tell everybody of the members whose grade changed."""
        for member in self._flowing():
            stats = figures.get(member.id)
            look = grade(stats, rests=member.rests) if stats else None
            if look is not None and member.grade.see(look):
                yield from self._roster.show(member)

    def _flowing(self) -> list[Member]:
        members = self._roster.members.values()
        return [member for member in members if member.media is MediaState.FLOWING]
