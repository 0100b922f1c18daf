"""The rooms in which runs are watched, and who may not watch any more. Pure; knows no queue and no box."""

from collections.abc import Iterator, Set

from vivavoce.contracts.sockets import CLOSE_FORBIDDEN
from vivavoce.contracts.tokens import JoinClaims
from vivavoce.kernel.errors import Forbidden
from vivavoce.kernel.ids import InterviewId, ParticipantId
from vivavoce.services.runner.room import Room, Watcher

IDLE_ROOMS_MAX = (
    500  # rooms without a watcher whose last run is remembered; the oldest is forgotten
)
REMOVED_MAX = (
    10_000  # participants remembered as removed; their tokens are long dead when one is forgotten
)


class Rooms:
    """By interview; the lately used are last."""

    def __init__(self) -> None:
        self._rooms: dict[InterviewId, Room] = {}
        self._removed: dict[ParticipantId, None] = {}

    def open(self, interview: InterviewId, *, busy: Set[InterviewId]) -> Room:
        """The interview's room. Those of ``busy`` interviews are never forgotten."""
        room = self._rooms.pop(interview, None) or Room()
        self._rooms[interview] = room
        self._forget_idle(busy)
        return room

    def _forget_idle(self, busy: Set[InterviewId]) -> None:
        if len(self._rooms) <= IDLE_ROOMS_MAX:
            return
        quiet = (name for name, room in self._rooms.items() if not room.watchers)
        idle = [name for name in quiet if name not in busy]
        for interview in idle[: len(self._rooms) - IDLE_ROOMS_MAX]:
            del self._rooms[interview]

    def everybody(self) -> Iterator[Watcher]:
        for room in self._rooms.values():
            yield from room.watchers

    def watchers(self, interview: InterviewId) -> Set[Watcher]:
        room = self._rooms.get(interview)
        return room.watchers if room else frozenset()

    def close(self, interview: InterviewId, code: int) -> None:
        """Send its watchers away and forget it."""
        for watcher in self.watchers(interview):
            watcher.close(code)
        self._rooms.pop(interview, None)

    def remove(self, interview: InterviewId, participant: ParticipantId) -> None:
        """They may not watch again."""
        self._removed[participant] = None
        while len(self._removed) > REMOVED_MAX:
            del self._removed[next(iter(self._removed))]
        for watcher in self.watchers(interview):
            if watcher.participant == participant:
                watcher.close(CLOSE_FORBIDDEN)

    def check_not_removed(self, claims: JoinClaims) -> None:
        """Raises ``Forbidden``."""
        if claims.participant in self._removed:
            message = "You were removed from this interview."
            raise Forbidden(message)
