"""As much of the Protocol Buffers wire format as a few signalling messages need: varints and byte strings.

Source: protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterator

_VARINT, _BYTES = 0, 2


def encoded(fields: dict[int, int | str | bytes]) -> bytes:
    """A message of these fields: numbers as varints, text and messages as bytes."""
    out = bytearray()
    for number, value in fields.items():
        if isinstance(value, int):
            out += _varint(number << 3 | _VARINT) + _varint(value)
            continue
        content = value.encode() if isinstance(value, str) else value
        out += _varint(number << 3 | _BYTES) + _varint(len(content)) + content
    return bytes(out)


def decoded(message: bytes) -> dict[int, int | bytes]:
    """The last value of each field."""
    return dict(_fields(message))


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        match key & 7:
            case 0:
                value, at = _read_varint(message, at)
                yield key >> 3, value
                continue
            case 1:
                length = 8
            case 5:
                length = 4
            case 2:
                length, at = _read_varint(message, at)
            case kind:
                raise ValueError(f"no wire type of a message: {kind}")
        yield key >> 3, message[at : at + length]
        at += length


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
