"""Page objects: a program that runs, and people who see, hear and type. Locators use accessible names only."""

import asyncio
import gzip
import json
import shutil
import subprocess
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from playwright.async_api import Browser, Locator, Page, Request, async_playwright, expect

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Compiled once, not for every program.
RUNNER_CACHES = Path(__file__).parents[2] / ".pytest_cache" / "runner"
START_DEADLINE_S = 30.0
STOP_DEADLINE_S = 30.0  # on a loaded machine
MEDIA_DEADLINE_MS = 20_000
CHANGE_DEADLINE_S = 60.0  # estimates of a path grow slowly on a loaded machine
LOOK_EVERY_S = 0.1
LOG_DEADLINE_MS = 60_000  # two samples and the turn that sends them

Seen = TypeVar("Seen")

WATCH_PEER_CONNECTIONS = """
window.peerConnections = [];
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(...args) { super(...args); window.peerConnections.push(this); }
};
"""

INBOUND = """
async () => {
  const found = [];
  for (const pc of window.peerConnections) {
    if (pc.connectionState === 'closed') continue;
    for (const report of (await pc.getStats()).values()) {
      // SSRC 0 probes how wide the path is and carries no sound and no picture.
      if (report.type === 'inbound-rtp' && report.packetsReceived > 0 && report.ssrc !== 0) {
        found.push({ kind: report.kind, mid: report.mid, frames: report.framesDecoded ?? 0,
                     height: report.frameHeight ?? 0,
                     packets: report.packetsReceived,  // padding and all
                     bytes: report.bytesReceived,  // of sound and picture alone
                     energy: report.totalAudioEnergy ?? 0, lost: report.packetsLost });
      }
    }
  }
  return found;
}
"""

LAYERS = """
async () => {
  const found = {};
  for (const pc of window.peerConnections) {
    if (pc.connectionState === 'closed') continue;
    for (const report of (await pc.getStats()).values()) {
      if (report.type === 'outbound-rtp' && report.rid) {
        found[report.rid] = { active: report.active, frames: report.framesSent ?? 0,
                              height: report.frameHeight ?? 0,
                              limit: report.qualityLimitationReason };
      }
    }
  }
  return found;
}
"""

PIXELS = """
(video) => {
  if (video.videoWidth === 0) return null;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [64, 48];
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 64, 48);
  const data = context.getImageData(0, 0, 64, 48).data;
  let hash = 0, sum = 0;
  for (let i = 0; i < data.length; i++) { hash = (hash * 31 + data[i]) | 0; if (i % 4 < 3) sum += data[i]; }
  return { hash, sum };
}
"""


def body_of(request: Request) -> str:
    """What it says, unpacked."""
    body = request.post_data_buffer or b""
    is_packed = request.headers.get("content-encoding") == "gzip"
    return (gzip.decompress(body) if is_packed else body).decode()


async def until(
    look: Callable[[], Awaitable[Seen]],
    is_so: Callable[[Seen], bool],
    *,
    within_s: float = CHANGE_DEADLINE_S,
) -> Seen:
    """Look until it is so; what was seen then."""
    deadline = time.monotonic() + within_s
    while not is_so(seen := await look()):
        assert time.monotonic() < deadline, f"It never came about; last seen: {seen}"
        await asyncio.sleep(LOOK_EVERY_S)
    return seen


@dataclass(frozen=True)
class Interview:
    """An interview and its three links."""

    id: str
    links: dict[str, str]


@asynccontextmanager
async def chromium(*flags: str) -> AsyncGenerator[Browser]:
    """Debian's, with a fake camera and microphone."""
    path = shutil.which("chromium")
    assert path, "Chromium is missing: make setup-dev installs it"
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=path, args=[*CHROMIUM_FLAGS, *flags]
        )
        yield launched
        await launched.close()


class Program:
    """``vivavoce serve`` as a child process."""

    def __init__(
        self, command: Path, data_dir: Path, *options: str, prefix: tuple[str, ...] = ()
    ) -> None:
        self.command = (*prefix, str(command))
        self.data_dir = data_dir
        self.options = options
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start, or start again on the same port, and wait until it answers."""
        arguments = ["serve", "--data-dir", str(self.data_dir), "--port", str(self.port)]
        media = [] if "--media-port" in self.options else ["--media-port", "0"]
        if not (self.data_dir / "runner").exists():
            RUNNER_CACHES.mkdir(parents=True, exist_ok=True)
            (self.data_dir / "runner").symlink_to(RUNNER_CACHES)
        log = (self.data_dir / "server.log").open("a")
        self.process = subprocess.Popen(
            [*self.command, *arguments, *media, *self.options], stdout=log, stderr=log, text=True
        )
        log.close()
        deadline = time.monotonic() + START_DEADLINE_S
        while not (self.data_dir / "server.json").exists():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.02)
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process
        self.process.terminate()
        return self.process.wait(timeout=STOP_DEADLINE_S)

    def kill(self) -> None:
        """SIGKILL, as power loss would."""
        assert self.process
        self.process.kill()
        self.process.wait()
        (self.data_dir / "server.json").unlink(missing_ok=True)

    @property
    def url(self) -> str:
        return str(json.loads((self.data_dir / "server.json").read_text())["url"])

    def log(self) -> str:
        return (self.data_dir / "server.log").read_text()

    def cli(self, *arguments: str) -> str:
        """Run the command line against this program; what it printed."""
        done = subprocess.run(
            [*self.command, *arguments, "--data-dir", str(self.data_dir)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def create_interview(self, title: str = "Backend interview") -> Interview:
        created = json.loads(self.cli("interview", "create", "--title", title, "--json"))
        return Interview(created["id"], created["links"])


class Named(Protocol):
    """Somebody, at whichever browser."""

    name: str


class Person:
    """Somebody at a browser."""

    def __init__(self, name: str, page: Page) -> None:
        self.name = name
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    @classmethod
    async def arrive(cls, browser: Browser, name: str) -> "Person":
        context = await browser.new_context(
            permissions=["camera", "microphone"], viewport={"width": 1280, "height": 800}
        )
        await context.add_init_script(WATCH_PEER_CONNECTIONS)
        return cls(name, await context.new_page())

    async def join(self, link: str) -> None:
        """Through the green room into the room."""
        await self.page.goto(link)
        await self.page.get_by_role("textbox", name="Your name").fill(self.name)
        await self.page.get_by_role("button", name="Join", exact=True).click()
        await expect(self.button("Leave")).to_be_visible(timeout=MEDIA_DEADLINE_MS)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def camera_of(self, other: "Named") -> Locator:
        return self.page.locator(f'video[aria-label="Camera of {other.name}"]')

    @property
    def editor(self) -> Locator:
        return self.page.get_by_role("textbox", name="Code editor")

    @property
    def output(self) -> Locator:
        return self.page.get_by_role("region", name="Output")

    async def code(self) -> str:
        """The text in the editor, as its lines show it."""
        lines = await self.editor.locator(".cm-line").all_text_contents()
        return "\n".join(lines)

    async def write(self, text: str) -> None:
        """Replace the code."""
        await self.editor.click()
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.press("Delete")
        await self.page.keyboard.insert_text(text)

    async def reads(self, text: str) -> None:
        """The text is in the editor."""
        await expect(self.editor).to_contain_text(text)

    async def sees_output(self, text: str) -> None:
        """The text is in the output of the last run."""
        await expect(self.output).to_contain_text(text)

    async def inbound(self) -> list[dict[str, Any]]:
        """The streams that packets arrive on (``getStats``)."""
        return await self.page.evaluate(INBOUND)

    async def picture(self) -> dict[str, Any]:
        """The one picture that arrives."""
        (picture,) = [stream for stream in await self.inbound() if stream["kind"] == "video"]
        return picture

    async def layers(self) -> dict[str, dict[str, Any]]:
        """What the camera is sent in, by layer (``getStats``)."""
        return await self.page.evaluate(LAYERS)

    async def is_held_by_its_processor(self) -> bool:
        """Whether the browser scales its camera down for want of processor time."""
        return any(layer["limit"] == "cpu" for layer in (await self.layers()).values())

    async def sees(self, other: "Named") -> None:
        """The other's picture is there and changes, pixel by pixel."""
        video = self.camera_of(other).first
        await expect(video).to_be_visible(timeout=MEDIA_DEADLINE_MS)
        handle = await video.element_handle()
        assert handle
        await self.page.wait_for_function(
            f"(video) => {{ const p = ({PIXELS})(video); return p !== null && p.sum > 0; }}",
            arg=handle,
            timeout=MEDIA_DEADLINE_MS,
        )
        first = await handle.evaluate(PIXELS)
        await self.page.wait_for_function(
            f"([video, hash]) => ({PIXELS})(video).hash !== hash",
            arg=[handle, first["hash"]],
            timeout=MEDIA_DEADLINE_MS,
        )

    async def notes(self, text: str) -> None:
        """Their page sends a log in which this is."""

        def has_it(request: Request) -> bool:
            return request.url.endswith("/log") and text in body_of(request)

        async with self.page.expect_request(has_it, timeout=LOG_DEADLINE_MS):
            pass

    async def hears(self, people: int) -> None:
        """Sound with energy arrives from exactly this many others."""
        await self.page.wait_for_function(
            f"async (people) => {{ const found = await ({INBOUND})();"
            " return found.filter((s) => s.kind === 'audio' && s.energy > 0).length >= people; }",
            arg=people,
            timeout=MEDIA_DEADLINE_MS,
        )
        audio = [stream for stream in await self.inbound() if stream["kind"] == "audio"]
        assert len(audio) == people, (
            f"{self.name} hears {len(audio)} streams, not {people}: {audio}"
        )
