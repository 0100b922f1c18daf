"""The few lib0 encodings that Yjs and Hocuspocus frames are made of; knows neither of them.

Source: lib0 0.2.119, ``encoding.js`` and ``decoding.js``.
"""

from collections.abc import Iterable

VARUINT_BYTES_MAX = 8  # 53 bits, JavaScript's safe integers, need no more


class Malformed(ValueError):
    """The bytes are not what they claim to be."""


class Cursor:
    """Reads forward through a buffer; every read past the end raises ``Malformed`` or ``IndexError``."""

    __slots__ = ("data", "pos")

    def __init__(self, data: bytes, pos: int = 0) -> None:
        self.data = data
        self.pos = pos

    def byte(self) -> int:
        value = self.data[self.pos]
        self.pos += 1
        return value

    def varuint(self) -> int:
        """An unsigned integer, seven bits a byte, least significant first."""
        value = self.data[self.pos]
        self.pos += 1
        if value < 0x80:
            return value
        return self._long_varuint(value & 0x7F)

    def _long_varuint(self, value: int) -> int:
        for shift in range(7, 7 * VARUINT_BYTES_MAX, 7):
            byte = self.data[self.pos]
            self.pos += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Malformed("an integer is too long")

    def take(self, length: int) -> bytes:
        """The next ``length`` bytes."""
        end = self.pos + length
        if end > len(self.data):
            raise Malformed("the data end early")
        taken = self.data[self.pos : end]
        self.pos = end
        return taken

    def varbytes(self) -> bytes:
        """Bytes with their length before them."""
        return self.take(self.varuint())

    def varstring(self) -> str:
        """UTF-8 with its length in bytes before it."""
        return self.take(self.varuint()).decode()

    def finish(self) -> None:
        """Raises:
        Malformed: something is left.
        """
        if self.pos != len(self.data):
            raise Malformed("there is more than there should be")


def varuint(value: int) -> bytes:
    """The bytes that ``Cursor.varuint`` reads."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varbytes(value: bytes) -> bytes:
    """The bytes that ``Cursor.varbytes`` reads."""
    return varuint(len(value)) + value


def varstring(value: str) -> bytes:
    """The bytes that ``Cursor.varstring`` reads."""
    return varbytes(value.encode())


def decode_state_vector(data: bytes) -> dict[int, int]:
    """Client id to the clock that follows its last known struct.

    Raises:
        Malformed: it is no state vector.
    """
    cursor = Cursor(data)
    try:
        count = cursor.varuint()
        vector = {cursor.varuint(): cursor.varuint() for _ in range(min(count, len(data)))}
        cursor.finish()
    except IndexError:
        raise Malformed("the state vector ends early") from None
    return vector


def encode_state_vector(vector: Iterable[tuple[int, int]]) -> bytes:
    """The bytes that ``decode_state_vector`` reads."""
    pairs = list(vector)
    return varuint(len(pairs)) + b"".join(
        varuint(client) + varuint(clock) for client, clock in pairs
    )
