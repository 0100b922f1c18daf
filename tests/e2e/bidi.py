"""Firefox driven over WebDriver BiDi: one socket, one page. Knows no page of ours."""

import asyncio
import base64
import itertools
import json
import shutil
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
START_DEADLINE_S = 60.0
CALL_DEADLINE_S = 60.0
LOOK_EVERY_S = 0.1
Node = dict[str, Any]  # what BiDi calls a shared reference
Preferences = Mapping[str, bool | int | str]
PREFERENCES: Preferences = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    # Without a sound card, as on servers, no sound would run.
    "media.cubeb.force_mock_context": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "network.proxy.type": 0,
    # Nothing may ask the outside.
    "browser.startup.homepage_override.mstone": "ignore",
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}


class Firefox:
    """One Firefox window. What it is told is done before the call returns.

    Source: WebDriver BiDi, W3C Working Draft.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._one_call = asyncio.Lock()
        self._page = ""
        self.problems: list[str] = []

    @classmethod
    @asynccontextmanager
    async def launch(
        cls, folder: Path, preferences: Preferences | None = None
    ) -> AsyncGenerator["Firefox"]:
        """A window of 1280 by 800 with a fake camera and microphone, and a new profile in ``folder``."""
        assert FIREFOX, "Firefox is missing: make setup-dev installs firefox-esr"
        profile = _profile(folder, {**PREFERENCES, **(preferences or {})})
        process = await asyncio.create_subprocess_exec(
            FIREFOX,
            *("--headless", "--no-remote", "--remote-debugging-port", "0"),
            *("--profile", str(profile)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with connect(f"{await _address(profile)}/session", max_size=None) as socket:
                firefox = cls(socket)
                await firefox._open()
                yield firefox
        finally:
            process.terminate()
            await process.wait()

    async def _open(self) -> None:
        await self.call("session.new", capabilities={})
        await self.call("session.subscribe", events=["log.entryAdded"])
        tree = await self.call("browsingContext.getTree")
        self._page = tree["contexts"][0]["context"]
        await self.resize(1280, 800)

    async def call(self, method: str, **params: Any) -> Any:
        """Send one command and wait for its result, noting what the page complains of meanwhile."""
        async with self._one_call, asyncio.timeout(CALL_DEADLINE_S):
            number = next(self._ids)
            await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
            while (message := json.loads(await self._socket.recv())).get("id") != number:
                self._note(message)
        assert message["type"] == "success", f"{method}: {message['error']}: {message['message']}"
        return message["result"]

    def _note(self, event: dict[str, Any]) -> None:
        entry = event.get("params", {})
        if entry.get("type") == "javascript" and entry.get("level") == "error":
            self.problems.append(str(entry["text"]))

    async def resize(self, width: int, height: int) -> None:
        await self.call(
            "browsingContext.setViewport",
            context=self._page,
            viewport={"width": width, "height": height},
        )

    async def on_each_page(self, script: str) -> None:
        """Run this before any script of a page."""
        await self.call("script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}")

    async def goto(self, url: str) -> None:
        await self.call("browsingContext.navigate", context=self._page, url=url, wait="complete")

    async def reload(self) -> None:
        await self.call("browsingContext.reload", context=self._page, wait="complete")

    async def evaluate(self, function: str, *arguments: Any) -> Any:
        """What the function gives; an argument is a node or anything of JSON, the result anything of JSON."""
        answer = await self.call(
            "script.callFunction",
            functionDeclaration=f"async (...given) => JSON.stringify((await ({function})(...given)) ?? null)",
            arguments=[_as_argument(argument) for argument in arguments],
            target={"context": self._page},
            awaitPromise=True,
            userActivation=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    async def find(self, role: str, name: str) -> Node | None:
        """The one node with this role and exact accessible name, if it is there."""
        found = await self.call(
            "browsingContext.locateNodes",
            context=self._page,
            locator={"type": "accessibility", "value": {"role": role, "name": name}},
        )
        return _node(found)

    async def select(self, css: str) -> Node | None:
        """The first node that this selects."""
        found = await self.call(
            "browsingContext.locateNodes",
            context=self._page,
            locator={"type": "css", "value": css},
        )
        return _node(found)

    async def click(self, node: Node) -> None:
        """With the mouse, where the page shows it."""
        await self.evaluate("(node) => node.scrollIntoView({ block: 'nearest' })", node)
        origin = {"type": "element", "element": node}
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": origin}
        press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        await self._act({"type": "pointer", "id": "mouse", "actions": [move, *press]})

    async def type(self, text: str) -> None:
        """Key by key, into what has the focus."""
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        await self._act({"type": "key", "id": "keyboard", "actions": keys})

    async def press(self, held: str, key: str) -> None:
        """One key while another is held."""
        order = [("keyDown", held), ("keyDown", key), ("keyUp", key), ("keyUp", held)]
        keys = [{"type": kind, "value": value} for kind, value in order]
        await self._act({"type": "key", "id": "keyboard", "actions": keys})

    async def _act(self, source: dict[str, Any]) -> None:
        await self.call("input.performActions", context=self._page, actions=[source])

    async def screenshot(self, path: Path) -> None:
        taken = await self.call("browsingContext.captureScreenshot", context=self._page)
        path.write_bytes(base64.b64decode(taken["data"]))


def _profile(folder: Path, preferences: Preferences) -> Path:
    profile = folder / "firefox"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in preferences.items()]
    (profile / "user.js").write_text("".join(lines))
    return profile


async def _address(profile: Path) -> str:
    """Where Firefox listens, as it writes into its profile."""
    written = profile / "WebDriverBiDiServer.json"
    deadline = time.monotonic() + START_DEADLINE_S
    while True:
        try:
            server = json.loads(written.read_text())
        except (FileNotFoundError, json.JSONDecodeError):  # not yet, or not whole
            assert time.monotonic() < deadline, "Firefox did not start"
            await asyncio.sleep(LOOK_EVERY_S)
        else:
            return f"ws://{server['ws_host']}:{server['ws_port']}"


def _node(found: dict[str, Any]) -> Node | None:
    return next(({"sharedId": node["sharedId"]} for node in found["nodes"]), None)


def _as_argument(value: Any) -> dict[str, Any]:
    """A BiDi local value."""
    match value:
        case {"sharedId": _}:
            return value
        case bool():
            return {"type": "boolean", "value": value}
        case int() | float():
            return {"type": "number", "value": value}
        case str():
            return {"type": "string", "value": value}
        case _:
            message = f"{type(value)} is not passed to pages"
            raise TypeError(message)
