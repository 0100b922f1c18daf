"""Which run goes next: one a room, first come first served across rooms, a fixed number at once. Pure; knows no sandbox."""

from collections.abc import Iterable

from vivavoce.kernel.errors import Conflict, LimitExceeded
from vivavoce.kernel.ids import InterviewId, RunId

WAITING_MAX = 200


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
        while self._waiting and len(self._running) < self._places:
            run = next(iter(self._waiting))
            self._running[run] = self._waiting.pop(run)
            moved.append(run)
        return moved

    def leave(self, run: RunId) -> None:
        """It ended, or was stopped while it waited; unknown runs are fine."""
        self._waiting.pop(run, None)
        self._running.pop(run, None)

    def is_waiting(self, run: RunId) -> bool:
        return run in self._waiting

    def waiting(self) -> Iterable[tuple[RunId, int]]:
        """Each with how many go first: those that wait longer; those that run take a place, not a turn."""
        return [(run, ahead) for ahead, run in enumerate(self._waiting)]
