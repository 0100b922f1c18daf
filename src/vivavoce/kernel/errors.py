"""The tree of expected failures.

    AppError                a failure the other side can act on; carries a stable code and a sentence
    ├── Invalid             the request is malformed or breaks a rule of its own
    ├── Unauthenticated     we do not know who asks
    ├── Forbidden           we know, and they may not
    ├── NotFound            what they name does not exist, or not for them
    ├── Conflict            the state does not allow it, or somebody was faster
    ├── LimitExceeded       too much, too large or too often
    └── Unavailable         a part we need is missing or down; trying again may help

Nothing here knows HTTP or WebSockets: each transport has one table from class to status or close code.
Bugs are not in this tree: they are assertions and ordinary exceptions.
"""

from typing import ClassVar


class AppError(Exception):
    """An expected failure. Subclasses fix the ``code``; the message is for the person who asked."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(AppError):
    """The request is malformed or breaks a rule of its own."""

    code = "invalid"


class Unauthenticated(AppError):
    """The request carries no valid proof of identity."""

    code = "unauthenticated"


class Forbidden(AppError):
    """The identity is known and lacks the right."""

    code = "forbidden"


class NotFound(AppError):
    """The named thing does not exist, or not for this identity."""

    code = "not_found"


class Conflict(AppError):
    """The current state does not allow it, or another writer was faster."""

    code = "conflict"


class LimitExceeded(AppError):
    """A named limit was reached: size, rate or count."""

    code = "limit_exceeded"


class Unavailable(AppError):
    """A part that is needed is missing or down."""

    code = "unavailable"
