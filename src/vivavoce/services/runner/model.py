"""Which run goes next: one a room, first come first served across rooms, a fixed number at work at once. Pure; knows no sandbox."""

from collections.abc import Iterable

from vivavoce.kernel.errors import Conflict, LimitExceeded
from vivavoce.kernel.ids import InterviewId, RunId

WAITING_MAX = 200
RESTING_A_PLACE = 3  # they take no processor, but memory


class RunInProgress(Conflict):
    """The room has a run that has not ended."""

    code = "run_in_progress"


class QueueFull(LimitExceeded):
    """``WAITING_MAX`` runs wait already."""

    code = "queue_full"


class RunQueue:
    """Waiting and running runs; every change is followed by ``startable``."""

    def __init__(self, places: int) -> None:
        assert places > 0
        self._places = places
        self._waiting: dict[RunId, InterviewId] = {}  # in the order of arrival
        self._running: dict[RunId, InterviewId] = {}
        self._resting: set[RunId] = set()

    def submit(self, run: RunId, room: InterviewId) -> None:
        """Line up.

        Raises:
            RunInProgress: the room has one already.
            QueueFull: too many wait.
        """
        if room in self._waiting.values() or room in self._running.values():
            message = "A program is running already. Stop it first."
            raise RunInProgress(message)
        if len(self._waiting) >= WAITING_MAX:
            message = "Too many programs are waiting to run. Try again in a moment."
            raise QueueFull(message)
        self._waiting[run] = room

    def startable(self) -> list[RunId]:
        """Moves runs to running while there are places; those that moved."""
        moved: list[RunId] = []
        while self._waiting and self._has_place():
            run = next(iter(self._waiting))
            self._running[run] = self._waiting.pop(run)
            moved.append(run)
        return moved

    def _has_place(self) -> bool:
        working = len(self._running) - len(self._resting)
        return working < self._places and len(self._running) < self._places * (1 + RESTING_A_PLACE)

    def rest(self, run: RunId) -> None:
        """It waits for input or for time to pass: for good, its place is the next one's. Unknown runs are fine."""
        if run in self._running:
            self._resting.add(run)

    def leave(self, run: RunId) -> None:
        """It ended, or was stopped while it waited; unknown runs are fine."""
        self._waiting.pop(run, None)
        self._running.pop(run, None)
        self._resting.discard(run)

    def is_waiting(self, run: RunId) -> bool:
        return run in self._waiting

    def waiting(self) -> Iterable[tuple[RunId, int]]:
        """Each with how many go first: those that wait longer; those that run take a place, not a turn."""
        return [(run, ahead) for ahead, run in enumerate(self._waiting)]
