"""How well somebody's packets travel, as one to four bars and a cause. Pure.

The media service measures; here its figures become a grade that people can read, and that changes only when
it means something.
"""

from dataclasses import dataclass

from vivavoce.contracts.media import ParticipantStats, QualityReason
from vivavoce.contracts.messages import ConnectionCause

WORSE_AFTER = 2  # looks in a row: one burst of loss is no weak connection
BETTER_AFTER = 4  # what has just mended may break again

BARS_MAX = 4
# Beyond each of these a bar goes; the web client judges what it sees itself by the same (`quality.ts`).
# Source: ITU-T G.114 (delay), and what Opus with FEC conceals well (loss).
ROUND_TRIP_S = (0.2, 0.3, 0.4)
LOSS = (0.02, 0.04, 0.08)
BARS_OF_HELD_PICTURES = 3  # some are smaller than they could be
BARS_OF_PAUSED_PICTURES = 2  # some are
BARS_OF_NO_PICTURE = 1  # all are paused


@dataclass(frozen=True, slots=True)
class Grade:
    """What one look says, with the figure of its cause; without a cause all is well."""

    bars: int
    cause: ConnectionCause | None = None
    loss: float | None = None
    round_trip_s: float | None = None


def grade(stats: ParticipantStats, *, rests: bool = False) -> Grade | None:
    """The weakest of loss, delay and room for pictures decides; ``None`` while nothing was measured.

    ``rests``: they send no pictures for want of room, so that little else is lost.
    """
    up, down, trip_s = stats.loss_up, stats.loss_down, stats.round_trip_s
    if up is None and down is None and trip_s is None:
        return None
    looks = (
        Grade(_bars(up, LOSS), ConnectionCause.LOSS_UP, loss=up),
        Grade(_bars(down, LOSS), ConnectionCause.LOSS_DOWN, loss=down),
        Grade(_bars(trip_s, ROUND_TRIP_S), ConnectionCause.DELAY, round_trip_s=trip_s),
        Grade(BARS_OF_NO_PICTURE if rests else _bars_of_pictures(stats), ConnectionCause.BANDWIDTH),
    )
    worst = min(looks, key=lambda look: look.bars)
    return worst if worst.bars < BARS_MAX else Grade(BARS_MAX)


def _bars(value: float | None, limits: tuple[float, ...]) -> int:
    return BARS_MAX - sum(value > limit for limit in limits) if value is not None else BARS_MAX


def _bars_of_pictures(stats: ParticipantStats) -> int:
    """The allocator's word: an estimate alone says little while less than it is sent."""
    held = [slot for slot in stats.slots if slot.reason is QualityReason.NETWORK]
    if not held:
        return BARS_MAX
    if all(slot.layer is not None for slot in held):
        return BARS_OF_HELD_PICTURES
    is_any_shown = any(slot.layer is not None for slot in stats.slots)
    return BARS_OF_PAUSED_PICTURES if is_any_shown else BARS_OF_NO_PICTURE


@dataclass(slots=True)
class Steadied:
    """A grade that moves after several looks in a row in the same direction, and then to the nearest of them."""

    shown: Grade | None = None
    _pending: tuple[Grade, ...] = ()

    def see(self, look: Grade) -> bool:
        """Take a look; whether what is shown changed."""
        shown = self.shown
        if shown is None:
            self.shown = look
            return True
        is_worse = look.bars < shown.bars
        is_same_way = self._pending and (self._pending[0].bars < shown.bars) is is_worse
        self._pending = (*(self._pending if is_same_way else ()), look)
        if (look.bars, look.cause) == (shown.bars, shown.cause):
            self._pending = ()
        if len(self._pending) < (WORSE_AFTER if is_worse else BETTER_AFTER):
            return False
        nearest = max if is_worse else min
        self.shown = nearest(self._pending, key=lambda each: each.bars)
        self._pending = ()
        return True
