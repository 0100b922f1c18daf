"""Who is where in a document: the states of its clients, with names that the server sets; pure.

The server gives every state its own clock, taken from the time: clients then accept a state after a reconnect, a
takeover by a new socket and a restart of the server, without anything kept on disk.
Source: y-protocols 1.0, ``awareness.js``.
"""

import json
import math
from dataclasses import dataclass
from typing import Any, cast

from vivavoce.kernel.clock import Millis
from vivavoce.services.collab.guard import CLIENT_ID_MAX, Refused
from vivavoce.services.collab.lib0 import Cursor, Malformed, varstring, varuint

STATE_BYTES_MAX = 2 << 10
STATES_MAX = 4  # in one message of a client, which has one client id, or two after a reload


@dataclass(frozen=True, slots=True)
class State:
    """One client's state; ``None`` says that it went away."""

    client: int
    value: dict[str, Any] | None


def decode(data: bytes) -> list[State]:
    """The states of a client's message.

    Raises:
        Refused: malformed, too many or too large.
    """
    cursor = Cursor(data)
    try:
        count = cursor.varuint()
        if count > STATES_MAX:
            raise Refused("too many presence states")
        states = [_state(cursor) for _ in range(count)]
        cursor.finish()
    except Refused:
        raise
    except (Malformed, IndexError, ValueError, RecursionError) as error:
        raise Refused(f"the presence is malformed: {error}") from None
    return states


def _state(cursor: Cursor) -> State:
    client, _clock, text = cursor.varuint(), cursor.varuint(), cursor.varbytes()
    if client > CLIENT_ID_MAX or len(text) > STATE_BYTES_MAX:
        raise Refused("a presence state is too large")
    value: Any = json.loads(text.decode(), parse_float=_number, parse_constant=_number)
    if value is None:
        return State(client, None)
    if not isinstance(value, dict):
        raise Refused("a presence state is no object")
    return State(client, cast("dict[str, Any]", value))


def _number(text: str) -> float:
    """Python reads ``NaN`` and ``1e999`` and writes what no browser reads."""
    value = float(text)
    if not math.isfinite(value):
        raise Refused("a presence state has a number that JSON has not")
    return value


class Presence:
    """The present clients of one document, and which of them the others have not been told of yet."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._clocks: dict[int, int] = {}
        self._changed: set[int] = set()

    def put(self, client: int, value: dict[str, Any], now: Millis) -> None:
        """Take the client's state, already with its server-set ``user``."""
        self._texts[client] = json.dumps(
            value, separators=(",", ":")
        )  # half a character has no UTF-8
        self._touch(client, now)

    def remove(self, client: int, now: Millis) -> None:
        """Forget the client, if it is known."""
        if self._texts.pop(client, None) is not None:
            self._touch(client, now)

    def _touch(self, client: int, now: Millis) -> None:
        self._clocks[client] = max(self._clocks.get(client, 0) + 1, now)
        self._changed.add(client)

    @property
    def has_changes(self) -> bool:
        return bool(self._changed)

    def take_changes(self) -> set[int]:
        """The clients that changed since the last call."""
        changed, self._changed = self._changed, set()
        return changed

    def everything(self, *, without: set[int]) -> bytes | None:
        """The message for a newcomer; ``None`` if nobody else is there."""
        clients = self._texts.keys() - without
        return self.encode(clients) if clients else None

    def encode(self, clients: set[int]) -> bytes:
        """The message that tells of these clients."""
        parts = [varuint(len(clients))]
        for client in sorted(clients):
            text = self._texts.get(client, "null")
            parts += (varuint(client), varuint(self._clocks[client]), varstring(text))
        return b"".join(parts)
