"""Judges Yjs updates (format v1) before the CRDT sees them; knows no document's content.

``parse`` reads every byte and refuses what no honest Yjs client writes. Whether what is left can be applied to a document
is told by ``fit``.

Source: yjs 13.6, ``src/utils/encoding.js``, ``src/structs/*.js``, ``src/utils/DeleteSet.js``.
"""

from vivavoce.services.collab.lib0 import Cursor, Malformed
from vivavoce.services.collab.update import Border, Need, Range, Run, Update

UPDATE_BYTES_MAX = (
    1 << 20
) - 256  # the frame around it stays within 1 MiB, the largest that the program lets in
STRUCTS_MAX = 20_000  # of one update; more would let one frame block the process for long
CLIENTS_MAX = 64  # with structs in one update
DELETE_CLIENTS_MAX = 4_096
DELETE_RANGES_MAX = 50_000
CLIENT_ID_MAX = (1 << 32) - 1  # Yjs draws 32 random bits
CLOCK_MAX = (1 << 31) - 1  # yrs keeps clocks in 32 bits
ANY_DEPTH_MAX = 32
KEY_BYTES_MAX = 256

_HAS_ORIGIN = 0x80
_HAS_RIGHT_ORIGIN = 0x40
_HAS_PARENT_SUB = 0x20
_CONTENT = 0x1F
_GC, _DELETED, _BINARY, _STRING, _TYPE, _ANY, _SKIP = 0, 1, 3, 4, 7, 8, 10
_SHARED_TYPES = (0, 1, 2)  # YArray, YMap, YText


class Refused(Malformed):
    """No honest client sends this update to this document."""


def parse(data: bytes, roots: frozenset[str]) -> Update:
    """The structure of an update that writes only under the root types named in ``roots``.

    Raises:
        Refused: it is malformed, of another format version, over a limit, or writes elsewhere.
    """
    if len(data) > UPDATE_BYTES_MAX:
        raise Refused("the update is too large")
    cursor = Cursor(data)
    try:
        runs = _runs(cursor, roots)
        deletes_at = cursor.pos
        deletes = _deletes(cursor)
        cursor.finish()
    except Refused:
        raise
    except (Malformed, IndexError, UnicodeDecodeError) as error:
        raise Refused(f"the update is malformed: {error}") from None
    return Update(runs, deletes, sum([run.inner_types for run in runs]), deletes_at)


def _runs(cursor: Cursor, roots: frozenset[str]) -> list[Run]:
    count = cursor.varuint()
    if count > CLIENTS_MAX:
        raise Refused("the update has too many authors")
    runs: list[Run] = []
    budget = STRUCTS_MAX
    for _ in range(count):
        structs = cursor.varuint()
        budget -= structs
        if budget < 0 or structs == 0:
            raise Refused("the update has too many structs, or none")
        runs.append(_run(cursor, structs, roots))
    if count > 1 and len({run.client for run in runs}) < count:
        raise Refused("the update names an author twice")
    return runs


def _run(cursor: Cursor, structs: int, roots: frozenset[str]) -> Run:
    client = _client(cursor)
    start = clock = cursor.varuint()
    run = Run(client, start, start)
    for _ in range(structs):
        run.places.append((clock, cursor.pos))
        info = cursor.byte()
        kind = info & _CONTENT
        if kind in (_GC, _SKIP):
            if info != kind:
                raise Refused("a struct has flags that it cannot have")
            run.has_hole = run.has_hole or kind == _SKIP
            length = cursor.varuint()
        else:
            is_under_root = _links(cursor, info, run, clock, roots)
            length = _content(cursor, kind, run, clock)
            run.inner_types += kind == _TYPE and not is_under_root
        clock += length
        if length == 0 or clock > CLOCK_MAX:
            raise Refused("a struct is empty or its clock too large")
    run.end = clock
    run.places.append((clock, cursor.pos))
    return run


def _client(cursor: Cursor) -> int:
    client = cursor.varuint()
    if client > CLIENT_ID_MAX:
        raise Refused("a client id is too large")
    return client


def _links(cursor: Cursor, info: int, run: Run, at: int, roots: frozenset[str]) -> bool:
    """Read what the struct is set between, or its parent; whether it says that its parent is a root."""
    if info & _HAS_ORIGIN:
        client, clock = _need(cursor, run, at)
        run.cuts.append((client, clock + 1))
    if info & _HAS_RIGHT_ORIGIN:
        run.cuts.append(_need(cursor, run, at))
    if info & (_HAS_ORIGIN | _HAS_RIGHT_ORIGIN):
        return False
    is_under_root = cursor.varuint() == 1
    if not is_under_root:
        _need(cursor, run, at)
    elif cursor.varstring() not in roots:
        raise Refused("the update writes under an unknown root")
    if info & _HAS_PARENT_SUB:
        _key(cursor)
    return is_under_root


def _need(cursor: Cursor, run: Run, at: int) -> Border:
    client = cursor.varuint()
    clock = cursor.varuint()
    if client != run.client:
        run.needs.append(Need(at, client, clock))
    elif clock >= at:
        raise Refused("a struct builds on a later one of its own author")
    return client, clock


def _key(cursor: Cursor) -> None:
    length = cursor.varuint()
    if length > KEY_BYTES_MAX:
        raise Refused("a key is too long")
    cursor.take(length).decode()


def _content(cursor: Cursor, kind: int, run: Run, at: int) -> int:
    """Read past the content; how many clock ticks it takes."""
    if kind == _STRING:
        return _text(cursor.varbytes(), run, at)
    if kind == _DELETED:
        return cursor.varuint()
    if kind == _ANY:
        count = cursor.varuint()
        for _ in range(count):
            _any(cursor, ANY_DEPTH_MAX)
        return count
    if kind == _TYPE:
        if cursor.varuint() not in _SHARED_TYPES:
            raise Refused("the update creates a type that no document uses")
    elif kind == _BINARY:
        cursor.varbytes()
    else:
        raise Refused("the update has content that no document uses")
    return 1


def _text(encoded: bytes, run: Run, at: int) -> int:
    if encoded.isascii():
        return len(encoded)
    text = encoded.decode()
    length = len(text.encode("utf-16-le")) >> 1
    if length > len(text):
        for char in text:
            at += 1
            if char > "\uffff":
                run.pairs.append(at)
                at += 1
    return length


def _any(cursor: Cursor, depth: int) -> None:
    """Read past one value of lib0's ``any`` encoding."""
    if depth == 0:
        raise Refused("a value is nested too deeply")
    kind = cursor.byte()
    if kind in (127, 126, 121, 120):  # undefined, null, false, true
        return
    if kind in (119, 116):  # string, bytes
        value = cursor.varbytes()
        if kind == 119:
            value.decode()
    elif kind == 125:
        _varint(cursor)
    elif kind in (124, 123, 122):  # float32, float64, bigint
        cursor.take(4 if kind == 124 else 8)
    elif kind in (118, 117):  # object, array
        for _ in range(cursor.varuint()):
            if kind == 118:
                _key(cursor)
            _any(cursor, depth - 1)
    else:
        raise Refused("a value has an unknown type")


def _varint(cursor: Cursor) -> None:
    for _ in range(8):
        if cursor.byte() < 0x80:
            return
    raise Refused("an integer is too long")


def _deletes(cursor: Cursor) -> list[Range]:
    clients = cursor.varuint()
    if clients > DELETE_CLIENTS_MAX:
        raise Refused("the update deletes of too many authors")
    deletes: list[Range] = []
    for _ in range(clients):
        client = _client(cursor)
        count = cursor.varuint()
        if len(deletes) + count > DELETE_RANGES_MAX:
            raise Refused("the update deletes too many ranges")
        for _ in range(count):
            start = cursor.varuint()
            length = cursor.varuint()
            if length == 0 or start + length > CLOCK_MAX:
                raise Refused("a deleted range is empty or too far")
            deletes.append(Range(client, start, start + length))
    return deletes
