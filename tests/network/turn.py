"""As much of a TURN client as it takes to ask a server for what it must refuse (RFC 8656, RFC 6062)."""

import hashlib
import hmac
import ipaddress
import os
import socket
import struct
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from vivavoce.contracts.media import Relay

MAGIC = 0x2112A442
ALLOCATE, SEND, CREATE_PERMISSION, CHANNEL_BIND, CONNECT = 3, 6, 8, 9, 10
INDICATION = 0x010
USERNAME, MESSAGE_INTEGRITY, ERROR_CODE, CHANNEL_NUMBER = 0x06, 0x08, 0x09, 0x0C
PEER_ADDRESS, PAYLOAD, REALM, NONCE, REQUESTED_TRANSPORT = 0x12, 0x13, 0x14, 0x15, 0x19
UDP, TCP = 17, 6
FIRST_CHANNEL = 0x4000
PEER_PORT = 7882
ANSWER_WITHIN_S = 5.0
OK = 200

Attributes = list[tuple[int, bytes]]


@dataclass
class TurnClient:
    """One client of the server at ``address``. A context: leaving it closes the socket."""

    address: tuple[str, int]
    relay: Relay
    over: socket.SocketKind = socket.SOCK_DGRAM
    _socket: socket.socket = field(init=False)
    _channel: int = FIRST_CHANNEL
    _realm: bytes = b""
    _nonce: bytes = b""

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, self.over)
        self._socket.settimeout(ANSWER_WITHIN_S)
        self._socket.connect(self.address)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None
    ) -> None:
        self._socket.close()

    def allocate(self, transport: int = UDP) -> int:
        """``OK``, or the number of the error."""
        wanted = (REQUESTED_TRANSPORT, bytes([transport, 0, 0, 0]))
        first = self._ask(ALLOCATE, _transaction(), [wanted])
        self._realm, self._nonce = first.get(REALM, b""), first.get(NONCE, b"")
        return self._request(ALLOCATE, _transaction(), wanted) if self._nonce else _code(first)

    def permit(self, peer: str) -> int:
        return self._about(peer, CREATE_PERMISSION)

    def bind_channel(self, peer: str) -> int:
        """A channel of its own."""
        self._channel += 1
        number = (CHANNEL_NUMBER, struct.pack("!HH", self._channel, 0))
        return self._about(peer, CHANNEL_BIND, number)

    def connect_to(self, peer: str) -> int:
        """A connection over TCP to the peer (RFC 6062)."""
        return self._about(peer, CONNECT)

    def send(self, peer: str, port: int, payload: bytes) -> None:
        """Nobody answers; what is not permitted is dropped."""
        transaction = _transaction()
        to = (PEER_ADDRESS, _address(peer, port, transaction))
        self._socket.send(_message(SEND | INDICATION, transaction, [to, (PAYLOAD, payload)]))

    def _about(self, peer: str, method: int, *attributes: tuple[int, bytes]) -> int:
        transaction = _transaction()
        address = (PEER_ADDRESS, _address(peer, PEER_PORT, transaction))
        return self._request(method, transaction, *attributes, address)

    def _request(self, method: int, transaction: bytes, *attributes: tuple[int, bytes]) -> int:
        """Authenticated with the relay's name."""
        who = [
            (USERNAME, self.relay.username.encode()),
            (REALM, self._realm),
            (NONCE, self._nonce),
        ]
        return _code(self._ask(method, transaction, [*attributes, *who], self._key()))

    def _key(self) -> bytes:
        """Long-term credentials (RFC 8489 §9.2.2)."""
        parts = (self.relay.username, self._realm.decode(), self.relay.credential)
        return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).digest()

    def _ask(
        self, method: int, transaction: bytes, attributes: Attributes, key: bytes | None = None
    ) -> dict[int, bytes]:
        self._socket.send(_message(method, transaction, attributes, key))
        while True:
            answer = self._socket.recv(2048)
            if answer[8:20] == transaction:
                return _attributes(answer[20:])


def _transaction() -> bytes:
    return os.urandom(12)


def _message(
    kind: int, transaction: bytes, attributes: Attributes, key: bytes | None = None
) -> bytes:
    body = b"".join(_attribute(*each) for each in attributes)
    if key is not None:  # the length that is signed counts the signature (RFC 8489 §14.5)
        signed = struct.pack("!HHI", kind, len(body) + 24, MAGIC) + transaction + body
        body += _attribute(MESSAGE_INTEGRITY, hmac.digest(key, signed, "sha1"))
    return struct.pack("!HHI", kind, len(body), MAGIC) + transaction + body


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _attributes(body: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while len(body) >= 4:
        kind, length = struct.unpack_from("!HH", body)
        found[kind] = body[4 : 4 + length]
        body = body[4 + length + -length % 4 :]
    return found


def _code(attributes: dict[int, bytes]) -> int:
    error = attributes.get(ERROR_CODE)
    return OK if error is None else error[2] * 100 + error[3]


def _address(peer: str, port: int, transaction: bytes) -> bytes:
    """XOR-PEER-ADDRESS (RFC 8489 §14.2)."""
    address = ipaddress.ip_address(peer)
    family, mask = (1 if address.version == 4 else 2), struct.pack("!I", MAGIC) + transaction
    hidden = bytes(byte ^ over for byte, over in zip(address.packed, mask, strict=False))
    return struct.pack("!BBH", 0, family, port ^ (MAGIC >> 16)) + hidden
