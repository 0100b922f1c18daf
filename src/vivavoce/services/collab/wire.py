"""Hocuspocus frames: a document's name, a message type, a payload; knows no document and no rights.

Source: @hocuspocus/provider 4.8.0, ``types.ts``, ``MessageReceiver.ts``, ``OutgoingMessages/``; y-protocols 1.0, ``sync.js``.
"""

from enum import IntEnum

from vivavoce.services.collab.lib0 import Cursor, Malformed, varbytes, varstring, varuint

NAME_BYTES_MAX = 127  # keeps the length of a name in one byte
PING = b"\x09"
PONG = b"\x0a"

SCOPE_READ_WRITE = "read-write"
SCOPE_READ_ONLY = "readonly"


class Kind(IntEnum):
    """Message types."""

    SYNC = 0
    AWARENESS = 1
    AUTH = 2
    QUERY_AWARENESS = 3
    STATELESS = 5
    CLOSE = 7
    SYNC_STATUS = 8


class Sync(IntEnum):
    """Kinds of sync message."""

    STEP1 = 0
    STEP2 = 1
    UPDATE = 2


class Auth(IntEnum):
    """Kinds of authentication message."""

    TOKEN = 0
    DENIED = 1
    AUTHENTICATED = 2


def split(frame: bytes) -> tuple[bytes, int]:
    """A frame's document name, still encoded, and where its message type stands.

    Raises:
        Malformed: there is no whole name, or nothing after it.
    """
    end = frame[0] + 1 if frame else 0
    if not frame or frame[0] > NAME_BYTES_MAX or end >= len(frame):
        raise Malformed("the frame names no document")
    return frame[:end], end


def read_payload(frame: bytes, start: int) -> bytes:
    """The one byte string from ``start`` to the frame's end.

    Raises:
        Malformed: there is another thing.
    """
    cursor = Cursor(frame, start)
    try:
        payload = cursor.varbytes()
    except IndexError:
        raise Malformed("the frame ends early") from None
    cursor.finish()
    return payload


def read_token(frame: bytes, start: int) -> str:
    """The token of an authentication message; what follows it (the provider's version) is passed over.

    Raises:
        Malformed: there is none.
    """
    cursor = Cursor(frame, start)
    try:
        if cursor.varuint() != Auth.TOKEN:
            raise Malformed("a client can only send its token")
        return cursor.varstring()
    except (IndexError, UnicodeDecodeError):
        raise Malformed("the token ends early") from None


class Frames:
    """Writes the frames of one document; the frames that never change are made once."""

    def __init__(self, name: str) -> None:
        self.prefix = varstring(name)
        self._sync = self.prefix + bytes((Kind.SYNC,))
        self.saved = self._of(Kind.SYNC_STATUS, b"\x01")
        self.not_saved = self._of(Kind.SYNC_STATUS, b"\x00")
        self.closed = self._of(Kind.CLOSE, varstring("closed"))

    def step1(self, vector: bytes) -> bytes:
        return self._sync + b"\x00" + varbytes(vector)

    def step2(self, update: bytes) -> bytes:
        return self._sync + b"\x01" + varbytes(update)

    def update(self, update: bytes) -> bytes:
        return self._sync + b"\x02" + varbytes(update)

    def awareness(self, states: bytes) -> bytes:
        return self._of(Kind.AWARENESS, varbytes(states))

    def stateless(self, text: str) -> bytes:
        return self._of(Kind.STATELESS, varstring(text))

    def authenticated(self, *, may_write: bool) -> bytes:
        scope = SCOPE_READ_WRITE if may_write else SCOPE_READ_ONLY
        return self._of(Kind.AUTH, varuint(Auth.AUTHENTICATED) + varstring(scope))

    def _of(self, kind: Kind, payload: bytes) -> bytes:
        return self.prefix + bytes((kind,)) + payload


def denied(name: bytes) -> bytes:
    """The one refusal for a bad ticket, a forbidden document and one that does not exist; ``name`` is encoded."""
    return name + bytes((Kind.AUTH, Auth.DENIED)) + varstring("permission-denied")
