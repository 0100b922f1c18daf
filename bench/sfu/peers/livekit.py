"""LiveKit over its WebSocket: the client offers what it sends, the server offers what it receives.

Source of the messages' numbers: livekit/protocol, protobufs/livekit_rtc.proto, v1.50.
"""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlencode

from generator import Line, until
from joserfc import jwt
from joserfc.jwk import OctKey
from pair import DEVICE, SFU_ADDRESS
from websockets.asyncio.client import ClientConnection, connect

from peers.base import Peer, forget
from peers.protobuf import decoded, encoded

PORT = 7880
VERSION = "v1.13.5"  # the newest whose go.mod replaces no module, which `go install` refuses
MODULE = f"github.com/livekit/livekit-server/cmd/server@{VERSION}"
KEY, SECRET = "bench", "only-this-benchmark-knows-this-secret"
PROTOCOL = 16
TOKEN_LIFE_S = 3600
OFFER, ANSWER, TRICKLE, ADD_TRACK = 1, 2, 3, 4  # of SignalRequest
IS_ANSWER, IS_OFFER, IS_TRICKLE = 2, 3, 4  # of SignalResponse
TRACK_KINDS = {"audio": (0, 2), "video": (1, 1)}  # TrackType; TrackSource: microphone, camera
SETTINGS = {
    "port": PORT,
    "bind_addresses": [SFU_ADDRESS],
    "rtc": {
        "udp_port": 7882,
        "tcp_port": 0,
        "use_external_ip": False,
        "node_ip": SFU_ADDRESS,
        "interfaces": {"includes": [DEVICE]},
    },
    "keys": {KEY: SECRET},
    "logging": {"level": "error"},
}


@dataclass
class Member:
    """One client's connection."""

    number: int
    socket: ClientConnection
    candidates: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Those that came before the endpoint was there, by its name."""
    known: set[str] = field(default_factory=set[str])

    @property
    def up(self) -> str:
        return f"m{self.number}-up"

    @property
    def down(self) -> str:
        return f"m{self.number}-down"


class LiveKit(Peer):
    """On one core, so that Go's scheduler runs one thread at a time."""

    name: ClassVar[str] = "livekit"

    @classmethod
    def why_missing(cls) -> str | None:
        return None if program() else f"not installed: go install {MODULE}, or LIVEKIT=PROGRAM"

    @classmethod
    def version(cls) -> str:
        command = [str(program()), "--version"]
        told = subprocess.run(command, capture_output=True, text=True, check=True)
        return told.stdout.strip().removeprefix("livekit-server version ")

    async def open(self) -> None:
        settings = self.folder / "livekit.yaml"
        settings.write_text(json.dumps(SETTINGS))  # every JSON is YAML
        process = await self.start(str(program()), "--config", str(settings))
        assert process.stdout
        self._tasks = [asyncio.create_task(forget(process.stdout))]
        self._members: list[Member] = []
        await until(listens, "LiveKit listens", 15)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for member in self._members:
            await member.socket.close()

    async def join(self, room: int, member: int) -> None:
        query = {
            "access_token": token(f"room-{room}", f"m{member}"),
            "protocol": PROTOCOL,
            "auto_subscribe": 1,
            "sdk": "go",
        }
        address = f"ws://{SFU_ADDRESS}:{PORT}/rtc?{urlencode(query)}"
        socket = await connect(address, compression=None, max_size=None, proxy=None)
        client = Member(member, socket)
        self._members.append(client)
        self._tasks.append(asyncio.create_task(self._serve(client)))
        lines: list[Line] = [{**line, "track": f"m{member}-{line['kind']}"} for line in self.sent]
        for line in self.sent:
            name, (kind, source) = f"m{member}-{line['kind']}", TRACK_KINDS[line["kind"]]
            await socket.send(encoded({ADD_TRACK: encoded({1: name, 2: name, 3: kind, 8: source})}))
        offer = await self.generator.offer(client.up, member, lines)
        await socket.send(encoded({OFFER: encoded({1: "offer", 2: offer, 3: 1})}))
        await self.generator.connected(client.up, client.down)

    async def _serve(self, client: Member) -> None:
        """Answers what the server sends, in its order."""
        async for message in client.socket:
            if not isinstance(message, bytes):
                continue
            for number, content in decoded(message).items():
                if isinstance(content, bytes):
                    await self._heard(client, number, decoded(content) if number in HEARD else {})

    async def _heard(self, client: Member, number: int, content: dict[int, int | bytes]) -> None:
        if number == IS_ANSWER:
            await self.generator.accept(client.up, _text(content[2]))
            await self._endpoint_is_there(client, client.up)
        elif number == IS_OFFER:
            answer = await self.generator.answer(client.down, client.number, _text(content[2]))
            await self._endpoint_is_there(client, client.down)
            reply = encoded({1: "answer", 2: answer, 3: int(content.get(3, 0))})
            await client.socket.send(encoded({ANSWER: reply}))
        elif number == IS_TRICKLE and 1 in content:
            candidate = json.loads(_text(content[1]))["candidate"]
            name = client.down if content.get(2, 0) else client.up
            if name in client.known:
                await self._add(name, candidate)
            else:
                client.candidates.setdefault(name, []).append(candidate)

    async def _endpoint_is_there(self, client: Member, name: str) -> None:
        client.known.add(name)
        for candidate in client.candidates.pop(name, []):
            await self._add(name, candidate)

    async def _add(self, name: str, candidate: str) -> None:
        if " udp " in candidate.lower():
            await self.generator.order("candidate", name=name, candidate=candidate)


HEARD = {IS_ANSWER, IS_OFFER, IS_TRICKLE}


def program() -> Path | None:
    """The server: the one named by LIVEKIT, or where packages and ``go install`` put it."""
    candidates = [
        os.environ.get("LIVEKIT"),
        shutil.which("livekit-server"),
        Path.home() / "go" / "bin" / "server",
    ]
    return next((Path(path) for path in candidates if path and Path(path).exists()), None)


async def listens() -> bool:
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection(SFU_ADDRESS, PORT)
        writer.close()
        return True
    return False


def token(room: str, identity: str) -> str:
    now = int(time.time())
    claims = {
        "iss": KEY,
        "sub": identity,
        "nbf": now - 1,
        "exp": now + TOKEN_LIFE_S,
        "video": {"roomJoin": True, "room": room},
    }
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))


def _text(value: int | bytes) -> str:
    assert isinstance(value, bytes)
    return value.decode()
