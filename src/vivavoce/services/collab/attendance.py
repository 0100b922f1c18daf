"""Presence in a room: which seat speaks for which client, and what each seat is told. The clocks are ``awareness``'s."""

from collections.abc import Iterable
from typing import Any

from vivavoce.kernel.clock import Clock
from vivavoce.services.collab import awareness
from vivavoce.services.collab.guard import Refused
from vivavoce.services.collab.ledger import Ledger
from vivavoce.services.collab.seat import Seat
from vivavoce.services.collab.wire import Frames


class Attendance:
    """Nobody is told of themselves, which would undo what they did since."""

    def __init__(self, frames: Frames, clock: Clock) -> None:
        self._frames = frames
        self._clock = clock
        self._presence = awareness.Presence()
        self._speakers: dict[int, Seat] = {}

    @property
    def has_changes(self) -> bool:
        return self._presence.has_changes

    def hear(self, seat: Seat, payload: bytes, ledger: Ledger) -> None:
        """Take the states that a seat sends of its own clients; of others' they are passed over.

        Raises:
            Refused: malformed, or too many.
        """
        for state in awareness.decode(payload):
            if not ledger.claim(seat.participant, state.client):
                continue
            if state.value is None:
                self._presence.remove(state.client, self._clock.now())
            else:
                self._put(seat, state.client, state.value)

    def _put(self, seat: Seat, client: int, value: dict[str, Any]) -> None:
        if client not in seat.clients and len(seat.clients) >= awareness.STATES_MAX:
            raise Refused("too many presence states")
        seat.clients.add(client)
        self._speakers[client] = seat
        self._presence.put(client, value | {"user": _user(seat)}, self._clock.now())

    def leave(self, seat: Seat) -> None:
        """A client that meanwhile speaks from another seat stays."""
        for client in seat.clients:
            if self._speakers.get(client) is seat:
                del self._speakers[client]
                self._presence.remove(client, self._clock.now())

    def greet(self, seat: Seat) -> None:
        """Tell a newcomer of all others."""
        if states := self._presence.everything(without=seat.clients):
            seat.send(self._frames.awareness(states))

    def flush(self, seats: Iterable[Seat]) -> None:
        """Tell everybody what changed since the last flush."""
        changed = self._presence.take_changes()
        whole = self._frames.awareness(self._presence.encode(changed))
        for seat in seats:
            if seat.clients.isdisjoint(changed):
                seat.send(whole)
            elif others := changed - seat.clients:
                seat.send(self._frames.awareness(self._presence.encode(others)))


def _user(seat: Seat) -> dict[str, str]:
    return {"id": seat.participant, "name": seat.name, "color": seat.color, "role": seat.role.value}
