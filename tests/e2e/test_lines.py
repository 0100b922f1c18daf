"""A line that is cut loses no text; who was removed stays out, and so does who has a replaced link."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from .people import Interview, Person, Program

pytestmark = pytest.mark.e2e
Arrive = Callable[[str], Awaitable[Person]]
COLLAB_SOCKET = re.compile(r"/api/rooms/[^/]+/collab")
RECONNECT_DEADLINE_MS = 30_000


class Line:
    """A page's line to the shared code, which can be cut. Holds for sockets opened after ``of``."""

    def __init__(self) -> None:
        self.is_cut = False

    @classmethod
    async def of(cls, page: Page) -> "Line":
        line = cls()
        await page.route_web_socket(COLLAB_SOCKET, line._pass)
        return line

    async def _pass(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            await socket.close()
        else:
            socket.connect_to_server()


async def meet(program: Program, person: Arrive) -> tuple[Interview, Person, Person]:
    """An interviewer and a candidate in one room."""
    interview = program.create_interview()
    ines, caro = await person("Ines"), await person("Caro")
    await ines.join(interview.links["interviewer"])
    await caro.join(interview.links["candidate"])
    return interview, ines, caro


async def remove(interviewer: Person, other: Person) -> None:
    """Through the people panel, and through the question whether it is meant."""
    page = interviewer.page
    await interviewer.button("Show people").click()
    panel = page.get_by_role("list", name="In the call")
    await panel.get_by_role("button", name=f"More about {other.name}").click()
    await page.get_by_role("menuitem", name="Remove from the room…").click()
    await interviewer.button(f"Remove {other.name}").click()


_IS_REFUSED = """
async ([door, invitation]) => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ invitation });
  return (await fetch(door, { method: 'POST', headers, body })).status >= 400;
}
"""


async def is_closed(page: Page, link: str) -> None:
    """Wait until the link lets nobody in: what follows from a removal follows a little later."""
    address, secret = link.split("#")
    door = address.replace("/i/", "/api/interviews/") + "/greeting"
    await page.wait_for_function(_IS_REFUSED, arg=[door, secret], polling=200)


async def test_text_is_there_after_a_reload_without_a_line_and_travels_when_it_is_back(
    program: Program, person: Arrive
) -> None:
    _, ines, caro = await meet(program, person)
    await caro.write("kept = 1")
    await expect(ines.editor).to_contain_text("kept = 1")
    await expect(caro.page.get_by_role("status", name="Saved")).to_be_visible()
    line = await Line.of(caro.page)
    line.is_cut = True
    await caro.page.reload()
    await expect(caro.editor).to_contain_text("kept = 1", timeout=RECONNECT_DEADLINE_MS)
    offline = caro.page.get_by_role("status", name="Offline: kept on this device")
    await expect(offline).to_be_visible(timeout=RECONNECT_DEADLINE_MS)
    await caro.editor.click()
    await caro.page.keyboard.press("Control+End")
    await caro.page.keyboard.insert_text("\nmeanwhile = 2")
    await expect(caro.editor).to_contain_text("meanwhile = 2")
    assert "meanwhile" not in await ines.code()
    line.is_cut = False
    await expect(ines.editor).to_contain_text("meanwhile = 2", timeout=RECONNECT_DEADLINE_MS)
    await expect(caro.page.get_by_role("status", name="Saved")).to_be_visible()
    assert await ines.code() == await caro.code() == "kept = 1\nmeanwhile = 2"


async def test_a_removed_candidate_is_told_and_a_reload_does_not_bring_them_back(
    program: Program, person: Arrive
) -> None:
    interview, ines, caro = await meet(program, person)
    await ines.sees(caro)
    await remove(ines, caro)
    told = caro.page.get_by_role("heading", name="You were taken out of the room")
    await expect(told).to_be_visible(timeout=RECONNECT_DEADLINE_MS)
    await expect(ines.camera_of(caro)).to_have_count(0)
    await caro.page.reload()
    await expect(told).to_be_visible(timeout=RECONNECT_DEADLINE_MS)
    await caro.page.goto("about:blank")
    await caro.page.goto(interview.links["candidate"])
    await expect(told).to_be_visible(timeout=RECONNECT_DEADLINE_MS)
    await expect(ines.page.get_by_role("list", name="In the call")).not_to_contain_text("Caro")
    await is_closed(ines.page, interview.links["candidate"])


async def test_a_replaced_link_opens_no_room_and_the_new_one_does(
    program: Program, person: Arrive
) -> None:
    old = program.create_interview("A link gone astray").links["candidate"]
    ines, stranger, caro = await person("Ines"), await person("Stranger"), await person("Caro")
    await ines.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await ines.page.goto(program.cli("owner-link").strip())
    await ines.button("More about A link gone astray").click()
    await ines.page.get_by_role("menuitem", name="Replace a link…").click()
    await ines.button("Replace the candidate link").click()
    await expect(ines.page.get_by_text("The old link no longer works.")).to_be_visible()
    await ines.button("Copy new link for the candidate").click()
    await expect(ines.button("Copied")).to_be_visible()
    fresh = await ines.page.evaluate("() => navigator.clipboard.readText()")
    await stranger.page.goto(old)
    refused = stranger.page.get_by_role("heading", name="This link does not open a room")
    await expect(refused).to_be_visible()
    await caro.join(fresh)
