"""Why the server ends a socket, and the close code that says so."""

from vivavoce.contracts.sockets import (
    CLOSE_ENDED,
    CLOSE_REPLACED,
    CLOSE_SILENT,
    CLOSE_TOO_LARGE,
    close_code_of,
)
from vivavoce.kernel.errors import AppError, LimitExceeded, Unavailable
from vivavoce.services.collab.service import Ended, Replaced

CLOSE_RESET = 4205


class TooLarge(LimitExceeded):
    """A frame is larger than any honest one."""

    code = "too_large"


class Silent(Unavailable):
    """Nothing came for too long."""

    code = "silent"


class Ambiguous(Unavailable):
    """It cannot be told which updates the client counts; a new socket can tell."""

    code = "reset"


class SlowReader(LimitExceeded):
    """The other side does not read what it is sent."""

    code = "slow_reader"


_CODES: dict[type[AppError], int] = {
    Ended: CLOSE_ENDED,
    Replaced: CLOSE_REPLACED,
    TooLarge: CLOSE_TOO_LARGE,
    Silent: CLOSE_SILENT,
    Ambiguous: CLOSE_RESET,
}


def close_code(error: AppError) -> int:
    """The code to close with."""
    return _CODES.get(type(error)) or close_code_of(error)
