"""One connection's place in one document."""

from collections.abc import Callable
from dataclasses import dataclass, field

from vivavoce.contracts.rights import Role
from vivavoce.kernel.errors import AppError
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.collab.checks import Check


@dataclass(eq=False, slots=True)
class Seat:
    """``send`` never blocks; ``cut`` ends the connection.

    ``is_synced``: gets every update; ``is_left``: given up; ``is_stopped``: must load the document anew before it may write again; ``is_asked``: was sent
    a step 1 and has not answered; ``owed``: acknowledgements that its next step 2 earns; ``lacks``: what must arrive from others
    before that can be applied; ``clients``: the Yjs client ids it is present with.
    """

    participant: ParticipantId
    name: str
    color: str
    role: Role
    may_write: bool
    send: Callable[[bytes], None]
    cut: Callable[[AppError], None]
    is_synced: bool = False
    is_left: bool = False
    is_stopped: bool = False
    is_asked: bool = False
    owed: int = 0
    lacks: dict[int, int] = field(default_factory=dict[int, int])
    clients: set[int] = field(default_factory=set[int])
    check: Check = field(default_factory=Check)
