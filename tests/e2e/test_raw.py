"""What the page would never send, sent by hand to the whole program: refused, and the room lives on."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
import websockets
from pycrdt import Doc, Text

from .people import Interview, Program

pytestmark = pytest.mark.e2e

ENDS_WITHIN_S = 30.0  # a socket that proves nothing is closed after 10 s at the latest
RUBBISH = ["", "{", "[]", '"hello"', b"\x00\xff", b"\xff" * 70_000, "x" * 900_000]
AUTH, SYNC, STATUS = 2, 0, 8  # Hocuspocus message types (protocol/collab.md)


class Visitor:
    """Somebody without a browser, holding a join token."""

    def __init__(self, program: Program, joined: dict[str, Any]) -> None:
        self.program = program
        self.token = joined["token"]
        self.id = joined["participant"]
        self.urls: dict[str, str] = joined["urls"]
        self.interview = joined["interview"]["id"]

    @classmethod
    def join(cls, program: Program, interview: Interview, role: str) -> "Visitor":
        secret = interview.links[role].split("#")[1]
        answer = httpx.post(
            f"{program.url}/api/interviews/{interview.id}/join",
            json={"invitation": secret, "name": role.title()},
        )
        assert answer.status_code == 200, answer.text
        return cls(program, answer.json())

    def post(self, path: str, body: object = None) -> httpx.Response:
        return httpx.post(
            self.program.url + path, json=body, headers={"authorization": f"Bearer {self.token}"}
        )

    def ticket(self, socket: str) -> str:
        answer = self.post(f"/api/rooms/{self.interview}/{socket}/ticket")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["ticket"])

    def connect(self, socket: str, origin: str | None = None) -> Any:
        return websockets.connect(self.urls[socket], origin=origin or self.program.url)  # type: ignore[arg-type]

    @asynccontextmanager
    async def signaling(self) -> AsyncGenerator[Any]:
        async with self.connect("signaling") as socket:
            hello = {"type": "hello", "ticket": self.ticket("signaling")}
            await socket.send(json.dumps({"seq": 0, "ack": 0, "body": hello}))
            await until_type(socket, "welcome")
            yield socket


async def until_type(socket: Any, kind: str) -> dict[str, Any]:
    """The body of the next message of this type."""
    while True:
        message = json.loads(await socket.recv())
        body = message.get("body", message)
        if body["type"] == kind:
            return body


@pytest.mark.parametrize(
    "message",
    [
        {"type": "mute", "source": "microphone"},
        {"type": "remove"},
    ],
    ids=lambda message: message["type"],
)
async def test_a_candidate_cannot_moderate(program: Program, message: dict[str, str]) -> None:
    interview = program.create_interview()
    ines = Visitor.join(program, interview, "interviewer")
    caro = Visitor.join(program, interview, "candidate")
    async with ines.signaling() as hers, caro.signaling() as his:
        await his.send(
            json.dumps({"seq": 1, "ack": 0, "body": {**message, "participant": ines.id}})
        )
        assert (await until_type(his, "error"))["code"] == "forbidden"
        chat = {"type": "send_chat", "id": "1", "text": "still here"}
        await his.send(json.dumps({"seq": 2, "ack": 0, "body": chat}))
        assert (await until_type(hers, "chat"))["line"]["text"] == "still here"


async def test_an_observer_cannot_speak_or_chat_or_run(program: Program) -> None:
    interview = program.create_interview()
    olga = Visitor.join(program, interview, "observer")
    async with olga.signaling() as socket:
        switches = {"type": "set_tracks", "tracks": {"microphone": True}}
        await socket.send(json.dumps({"seq": 1, "ack": 0, "body": switches}))
        assert (await until_type(socket, "error"))["code"] == "forbidden"
        chat = {"type": "send_chat", "id": "1", "text": "hello"}
        await socket.send(json.dumps({"seq": 2, "ack": 0, "body": chat}))
        assert (await until_type(socket, "error"))["code"] == "forbidden"
    async with olga.connect("runs") as socket:
        await socket.send(json.dumps({"type": "hello", "ticket": olga.ticket("runs")}))
        await until_type(socket, "languages")
        files = [{"name": "main.py", "text": "print(1)"}]
        start = {"type": "start", "language": "python", "entry": "main.py", "files": files}
        await socket.send(json.dumps(start))
        assert (await until_type(socket, "error"))["code"] == "forbidden"


@pytest.mark.parametrize("role", ["candidate", "observer"])
@pytest.mark.parametrize("deed", ["start", "end"])
def test_only_an_interviewer_starts_and_ends(program: Program, role: str, deed: str) -> None:
    interview = program.create_interview()
    visitor = Visitor.join(program, interview, role)
    answer = visitor.post(f"/api/interviews/{interview.id}/{deed}")
    assert answer.status_code == 403


async def test_a_candidate_cannot_write_the_brief(program: Program) -> None:
    interview = program.create_interview()
    caro = Visitor.join(program, interview, "candidate")
    doc: Doc[Any] = Doc(client_id=77)
    doc["text"] = Text()
    before = doc.get_state()
    doc.get("text", type=Text).insert(0, "the solution is")
    update = doc.get_update(before)
    name = _string("brief")
    async with caro.connect("collab") as socket:
        await socket.send(name + bytes([AUTH, 0]) + _string(caro.ticket("collab")))
        await socket.send(name + bytes([SYNC, 2]) + _bytes(update))
        status = await _frame(socket, name, STATUS)
        assert status == b"\x00"


@pytest.mark.parametrize("socket", ["signaling", "collab", "runs"])
async def test_a_page_of_another_origin_opens_no_socket(program: Program, socket: str) -> None:
    caro = Visitor.join(program, program.create_interview(), "candidate")
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with caro.connect(socket, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_a_ticket_works_once(program: Program) -> None:
    caro = Visitor.join(program, program.create_interview(), "candidate")
    hello = {"type": "hello", "ticket": caro.ticket("signaling")}
    frame = json.dumps({"seq": 0, "ack": 0, "body": hello})
    async with caro.connect("signaling") as first, caro.connect("signaling") as second:
        await first.send(frame)
        await until_type(first, "welcome")
        await second.send(frame)
        assert (await until_type(second, "error"))["code"] == "unauthenticated"


def test_a_token_of_one_interview_opens_no_other(program: Program) -> None:
    caro = Visitor.join(program, program.create_interview(), "candidate")
    other = program.create_interview()
    for socket in ("signaling", "collab", "runs"):
        assert caro.post(f"/api/rooms/{other.id}/{socket}/ticket").status_code in (401, 403, 404)


@pytest.mark.parametrize("socket", ["signaling", "collab", "runs"])
async def test_rubbish_ends_its_own_socket_and_nothing_else(program: Program, socket: str) -> None:
    caro = Visitor.join(program, program.create_interview(), "candidate")
    await asyncio.gather(*(_send_until_closed(caro, socket, frame) for frame in RUBBISH))
    assert httpx.get(f"{program.url}/api/health").json()["status"] == "ok"
    async with caro.signaling():
        pass


async def _send_until_closed(visitor: Visitor, name: str, frame: str | bytes) -> None:
    async with visitor.connect(name) as socket:
        with suppress(websockets.ConnectionClosed):
            for _ in range(20):
                await socket.send(frame)
        await asyncio.wait_for(socket.wait_closed(), ENDS_WITHIN_S)


async def _frame(socket: Any, name: bytes, kind: int) -> bytes:
    """The payload of the next frame of this kind for this document."""
    while True:
        frame: bytes = await socket.recv()
        if frame.startswith(name) and frame[len(name)] == kind:
            return frame[len(name) + 1 :]


def _bytes(content: bytes) -> bytes:
    assert len(content) < 128
    return bytes([len(content)]) + content


def _string(text: str) -> bytes:
    return _bytes(text.encode())
