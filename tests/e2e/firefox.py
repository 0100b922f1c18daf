"""Somebody at Firefox: the verbs of ``people.Person``, over WebDriver BiDi."""

from collections.abc import Awaitable, Callable
from typing import Any

from .bidi import Firefox, Node
from .people import INBOUND, LAYERS, PIXELS, WATCH_PEER_CONNECTIONS, Named, until

CONTROL = "\ue009"
BACKSPACE = "\ue003"
_TEXT = "(node) => node.innerText"


class FirefoxPerson:
    """Somebody at Firefox."""

    def __init__(self, name: str, firefox: Firefox) -> None:
        self.name = name
        self.firefox = firefox

    @classmethod
    async def arrive(cls, firefox: Firefox, name: str) -> "FirefoxPerson":
        await firefox.on_each_page(WATCH_PEER_CONNECTIONS)
        return cls(name, firefox)

    @property
    def problems(self) -> list[str]:
        """What the page complained of."""
        return self.firefox.problems

    async def join(self, link: str) -> None:
        """Through the green room into the room."""
        await self.firefox.goto(link)
        await self.firefox.click(await self.waits_for("textbox", "Your name"))
        await self.firefox.type(self.name)
        await self.click("Join")
        await self.waits_for("button", "Leave")

    async def click(self, name: str, role: str = "button") -> None:
        await self.firefox.click(await self.waits_for(role, name))

    async def waits_for(self, role: str, name: str) -> Node:
        """The node with this role and accessible name, once it is there."""
        return await self._waits_for(lambda: self.firefox.find(role, name))

    async def waits_for_css(self, css: str) -> Node:
        """The first node that this selects, once it is there."""
        return await self._waits_for(lambda: self.firefox.select(css))

    async def _waits_for(self, look: Callable[[], Awaitable[Node | None]]) -> Node:
        node = await until(look, lambda found: found is not None)
        assert node
        return node

    async def write(self, text: str) -> None:
        """Replace the code, one line of it."""
        await self.click("Code editor", "textbox")
        await self.firefox.press(CONTROL, "a")
        await self.firefox.type(BACKSPACE + text)

    async def reads(self, text: str) -> None:
        """The text is in the editor."""
        await self.reads_in("textbox", "Code editor", text)

    async def sees_output(self, text: str) -> None:
        """The text is in the output of the last run."""
        await self.reads_in("region", "Output", text)

    async def reads_in(self, role: str, name: str, text: str) -> None:
        """The text is in the part of the page with this role and name."""
        await until(lambda: self.text_of(role, name), lambda shown: text in shown)

    async def text_of(self, role: str, name: str) -> str:
        """What is written there."""
        return await self.firefox.evaluate(_TEXT, await self.waits_for(role, name))

    async def inbound(self) -> list[dict[str, Any]]:
        """The streams that packets arrive on (``getStats``)."""
        return await self.firefox.evaluate(INBOUND)

    async def layers(self) -> dict[str, dict[str, Any]]:
        """What the camera is sent in, by layer (``getStats``)."""
        return await self.firefox.evaluate(LAYERS)

    async def picture(self) -> dict[str, Any]:
        """The one picture that arrives."""
        (picture,) = [stream for stream in await self.inbound() if stream["kind"] == "video"]
        return picture

    async def sees(self, other: Named) -> None:
        """The other's picture is there and changes, pixel by pixel."""
        await self._sees_change(f"Camera of {other.name}")

    async def sees_screen(self, other: Named) -> None:
        """The other's screen is there and changes."""
        await self._sees_change(f"Screen of {other.name}")

    async def _sees_change(self, label: str) -> None:
        first = await self._looks_at(label, lambda seen: seen is not None and seen["sum"] > 0)
        await self._looks_at(label, lambda seen: seen is not None and seen["hash"] != first["hash"])

    async def _looks_at(self, label: str, is_so: Callable[[Any], bool]) -> Any:
        async def look() -> Any:
            video = await self.firefox.select(f'video[aria-label="{label}"]')
            return None if video is None else await self.firefox.evaluate(PIXELS, video)

        return await until(look, is_so)

    async def hears(self, people: int) -> None:
        """Sound with energy arrives from exactly this many others."""

        async def audible() -> list[dict[str, Any]]:
            sounds = [stream for stream in await self.inbound() if stream["kind"] == "audio"]
            return [sound for sound in sounds if sound["energy"] > 0]

        heard = await until(audible, lambda sounds: len(sounds) >= people)
        assert len(heard) == people, f"{self.name} hears {heard}, not {people}"

    async def reload(self) -> None:
        await self.firefox.reload()
