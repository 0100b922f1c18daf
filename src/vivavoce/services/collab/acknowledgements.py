"""Who is to be told "saved" once the disk has what they sent; pure."""

from collections import deque
from typing import NamedTuple

from vivavoce.services.collab.seat import Seat


class _Debt(NamedTuple):
    seq: int
    seat: Seat
    times: int


class Acknowledgements:
    """Debts in the order of the log. ``saved`` is the frame that settles one."""

    def __init__(self, saved: bytes) -> None:
        self._saved = saved
        self._debts: deque[_Debt] = deque()
        self._synced = 0

    def owe(self, seat: Seat, count: int, seq: int) -> None:
        """``count`` acknowledgements, due when the log is on the disk up to ``seq``; at once if it is."""
        if seq <= self._synced:
            self._pay(seat, count)
        else:
            self._debts.append(_Debt(seq, seat, count))

    def settle(self, seq: int) -> None:
        """The log is on the disk up to ``seq``."""
        self._synced = max(self._synced, seq)
        while self._debts and self._debts[0].seq <= self._synced:
            debt = self._debts.popleft()
            if not debt.seat.is_left:
                self._pay(debt.seat, debt.times)

    def forget(self) -> None:
        """Nothing owed will ever be paid: the disk failed."""
        self._debts.clear()

    def _pay(self, seat: Seat, count: int) -> None:
        for _ in range(count):
            seat.send(self._saved)
