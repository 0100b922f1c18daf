"""Janus' VideoRoom (Debian's package) over its WebSocket: one peer connection to send, one to receive everybody."""

import asyncio
import contextlib
import json
import shutil
import subprocess
from typing import Any, ClassVar

from generator import until
from pair import DEVICE, SFU_ADDRESS
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from peers.base import Peer, forget

PORT = 8188
ANSWER_S = 10.0
MODULES = "/usr/lib/x86_64-linux-gnu/janus"
GENERAL = """
general: {{ configs_folder = "{folder}"  debug_level = 1  session_timeout = 0  {event_loops} }}
media: {{ ipv6 = false }}
nat: {{ full_trickle = false  ice_enforce_list = "{device}" }}
plugins: {{ disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so" }}
transports: {{ disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so" }}
loggers: {{ disable = "libjanus_jsonlog.so" }}
"""
WEBSOCKETS = 'general: {{ ws = true  ws_port = {port}  ws_ip = "{address}"  wss = false }}'


class Janus(Peer):
    """As Debian starts it: a thread for each peer connection."""

    name: ClassVar[str] = "janus"
    event_loops: ClassVar[int] = 0

    @classmethod
    def why_missing(cls) -> str | None:
        return None if shutil.which("janus") else "not installed: apt-get install janus"

    @classmethod
    def version(cls) -> str:
        told = subprocess.run(["janus", "--version"], capture_output=True, text=True, check=False)
        return told.stdout.splitlines()[0].removeprefix("Janus version: ")

    async def open(self) -> None:
        loops = f"event_loops = {self.event_loops}" if self.event_loops else ""
        general = GENERAL.format(folder=self.folder, event_loops=loops, device=DEVICE)
        (self.folder / "janus.jcfg").write_text(general)
        sockets = WEBSOCKETS.format(port=PORT, address=SFU_ADDRESS)
        (self.folder / "janus.transport.websockets.jcfg").write_text(sockets)
        (self.folder / "janus.plugin.videoroom.jcfg").write_text("general: { }")
        process = await self.start("janus", "-F", str(self.folder))
        assert process.stdout
        self._tasks = [asyncio.create_task(forget(process.stdout))]
        self._answers: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._transactions = 0
        self._rooms: dict[int, dict[int, int]] = {}
        self._subscribers: dict[int, int] = {}
        await until(self._connects, "Janus listens", 10)
        self._tasks.append(asyncio.create_task(self._read()))
        self._session = (await self._ask({"janus": "create"}))["data"]["id"]

    async def close(self) -> None:
        await self._socket.close()
        for task in self._tasks:
            task.cancel()

    async def join(self, room: int, member: int) -> None:
        feeds = self._rooms.get(room)
        publisher = await self._attach()
        if feeds is None:
            await self._room(publisher, request="create", room=room + 1, publishers=8)
            feeds = self._rooms[room] = {}
        joined = await self._room(publisher, request="join", ptype="publisher", room=room + 1)
        up, down = f"m{member}-up", f"m{member}-down"
        offer = await self.generator.offer(up, member, self.sent)
        published = await self._room(publisher, {"type": "offer", "sdp": offer}, request="publish")
        await self.generator.accept(up, published["jsep"]["sdp"])
        await self.generator.connected(up)
        others = dict(feeds)
        feeds[member] = joined["data"]["id"]
        if others:
            await self._subscribe(room, member, list(others.values()), down)
        for other in others:
            await self._subscribe(room, other, [feeds[member]], f"m{other}-down")

    async def _subscribe(self, room: int, member: int, feeds: list[int], name: str) -> None:
        streams = [{"feed": feed} for feed in feeds]
        subscriber = self._subscribers.get(member)
        if subscriber is None:
            subscriber = self._subscribers[member] = await self._attach()
            request: dict[str, Any] = {"request": "join", "ptype": "subscriber", "room": room + 1}
        else:
            request = {"request": "subscribe"}
        offered = await self._room(subscriber, streams=streams, **request)
        answer = await self.generator.answer(name, member, offered["jsep"]["sdp"])
        await self._room(subscriber, {"type": "answer", "sdp": answer}, request="start")
        await self.generator.connected(name)

    async def _connects(self) -> bool:
        address = f"ws://{SFU_ADDRESS}:{PORT}"
        with contextlib.suppress(OSError, WebSocketException):
            self._socket: ClientConnection = await connect(
                address,
                subprotocols=[Subprotocol("janus-protocol")],
                compression=None,
                max_size=None,
            )
            return True
        return False

    async def _attach(self) -> int:
        request = {"janus": "attach", "plugin": "janus.plugin.videoroom"}
        return (await self._ask(request | {"session_id": self._session}))["data"]["id"]

    async def _room(
        self, handle: int, jsep: dict[str, str] | None = None, **body: Any
    ) -> dict[str, Any]:
        """A request to the VideoRoom; its event, with ``data`` and ``jsep``."""
        request: dict[str, Any] = {"janus": "message", "body": body}
        request |= {"session_id": self._session, "handle_id": handle}
        if jsep:
            request["jsep"] = jsep
        answer = await self._ask(request)
        data = answer["plugindata"]["data"]
        if "error" in data:
            raise RuntimeError(f"Janus refused {body}: {data['error']}")
        return {"data": data, "jsep": answer.get("jsep")}

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self._transactions += 1
        transaction = str(self._transactions)
        answers = self._answers[transaction] = asyncio.Queue()
        await self._socket.send(json.dumps(request | {"transaction": transaction}))
        async with asyncio.timeout(ANSWER_S):
            while (answer := await answers.get())["janus"] == "ack":
                pass
        if answer["janus"] == "error":
            raise RuntimeError(f"Janus refused {request}: {answer['error']}")
        return answer

    async def _read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            answers = self._answers.get(message.get("transaction", ""))
            if answers:
                answers.put_nowait(message)


class JanusOneLoop(Janus):
    """All peer connections on one thread, which its documentation offers for many of them."""

    name: ClassVar[str] = "janus event_loops=1"
    event_loops: ClassVar[int] = 1
