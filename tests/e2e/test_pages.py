"""Every page, in dark and light, wide and narrow: axe finds nothing to mend, and nothing is cut off."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from .people import Person, Program

pytestmark = pytest.mark.e2e
Arrive = Callable[[str], Awaitable[Person]]
AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1440, 1024, 360)
FILLED_MIN = 0.75  # of the stage, by the other's face


async def violations(page: Page) -> list[str]:
    """What axe finds: rule, and the first place."""
    await page.evaluate(AXE.read_text() + "; window.axe = axe;")
    found: list[dict[str, Any]] = await page.evaluate(
        "async (rules) => (await axe.run({ runOnly: rules })).violations", RULES
    )
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


async def overflow(page: Page) -> int:
    """How many pixels the page is wider than the window."""
    return await page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


async def look(page: Page, name: str) -> None:
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            assert await overflow(page) <= 0, f"{name} at {width}"
            assert await violations(page) == [], f"{name}, {scheme}, {width}"


async def test_the_pages_before_the_room(program: Program, person: Arrive) -> None:
    ines = await person("Ines")
    await ines.page.goto(program.url)
    await expect(ines.page.get_by_role("main")).to_be_visible()
    await look(ines.page, "not signed in")
    await ines.page.goto(program.cli("owner-link").strip())
    await expect(ines.button("New interview")).to_be_visible()
    await look(ines.page, "home")
    await ines.button("New interview").click()
    await expect(ines.page.get_by_role("dialog")).to_be_visible()
    await look(ines.page, "new interview")
    await ines.page.goto(program.create_interview().links["candidate"])
    await expect(ines.page.get_by_role("textbox", name="Your name")).to_be_visible()
    await look(ines.page, "green room")


async def test_the_room_and_after(program: Program, person: Arrive) -> None:
    interview = program.create_interview()
    ines, caro = await person("Ines"), await person("Caro")
    await ines.join(interview.links["interviewer"])
    await caro.join(interview.links["candidate"])
    await ines.sees(caro)
    await look(ines.page, "the interviewer's room")
    await look(caro.page, "the candidate's room")
    await caro.page.set_viewport_size({"width": 1440, "height": 800})
    await caro.button("Leave").click()
    await expect(caro.page.get_by_role("heading", level=1)).to_be_visible()
    await look(caro.page, "ended")


async def test_join_says_when_the_name_is_missing(program: Program, person: Arrive) -> None:
    caro = await person("Caro")
    await caro.page.goto(program.create_interview().links["candidate"])
    await caro.button("Join").click()
    name = caro.page.get_by_role("textbox", name="Your name")
    await expect(name).to_be_focused()
    await expect(name).to_have_accessible_description("Type your name, then press Join.")
    await name.fill("Caro")
    await expect(name).not_to_have_accessible_description("Type your name, then press Join.")


async def test_a_second_tab_is_told_of_the_first(program: Program, person: Arrive) -> None:
    link = program.create_interview().links["candidate"]
    caro = await person("Caro")
    await caro.join(link)
    tab = await caro.page.context.new_page()
    await tab.goto(link)
    await expect(tab.get_by_text("You are in this interview already")).to_be_visible()


async def test_an_owner_who_is_alone_copies_the_candidates_link(
    program: Program, person: Arrive
) -> None:
    interview = program.create_interview()
    ines = await person("Ines")
    await ines.page.goto(program.cli("owner-link").strip())
    await expect(ines.button("New interview")).to_be_visible()
    await ines.page.context.grant_permissions(["camera", "microphone", "clipboard-read"])
    await ines.join(f"{program.url}/i/{interview.id}")
    await ines.button("Copy candidate link").click()
    await expect(ines.button("Copied")).to_be_visible()
    copied = await ines.page.evaluate("navigator.clipboard.readText()")
    assert copied == interview.links["candidate"]


async def test_a_file_is_downloaded(program: Program, person: Arrive) -> None:
    caro = await person("Caro")
    await caro.join(program.create_interview().links["candidate"])
    await caro.write("print(1)")
    await caro.button("More about main.py").click()
    async with caro.page.expect_download() as downloading:
        await caro.page.get_by_role("menuitem", name="Download").click()
    download = await downloading.value
    assert download.suggested_filename == "main.py"
    assert Path(await download.path()).read_text() == "print(1)"


async def test_two_people_fill_the_stage(program: Program, person: Arrive) -> None:
    interview = program.create_interview()
    ines, caro = await person("Ines"), await person("Caro")
    await ines.join(interview.links["interviewer"])
    await caro.join(interview.links["candidate"])
    await ines.sees(caro)
    await ines.button("Show faces").click()
    for width, height in ((1440, 900), (360, 740)):
        await ines.page.set_viewport_size({"width": width, "height": height})
        faces = await ines.page.get_by_role("list", name="Faces").bounding_box()
        other = await ines.camera_of(caro).bounding_box()
        assert faces
        assert other
        filled = other["width"] * other["height"] / (faces["width"] * faces["height"])
        assert filled > FILLED_MIN, f"{filled:.2f} of the stage at {width}"


async def test_the_owner_makes_an_interview_with_the_keyboard_alone(
    program: Program, person: Arrive
) -> None:
    ines = await person("Ines")
    await ines.page.goto(program.cli("owner-link").strip())
    await expect(ines.button("New interview")).to_be_visible()
    await tab_to(ines.page, "New interview")
    await ines.page.keyboard.press("Enter")
    await expect(ines.page.get_by_role("textbox", name="Title")).to_be_focused()
    await ines.page.keyboard.type("By keyboard")
    await ines.page.keyboard.press("Enter")
    await expect(ines.page.get_by_text("By keyboard").first).to_be_visible()


async def test_a_candidate_joins_runs_and_leaves_with_the_keyboard_alone(
    program: Program, person: Arrive
) -> None:
    caro = await person("Caro")
    await caro.page.goto(program.create_interview().links["candidate"])
    await tab_to(caro.page, "Your name")
    await caro.page.keyboard.type("Caro")
    await tab_to(caro.page, "Join")
    await caro.page.keyboard.press("Enter")
    await expect(caro.button("Leave")).to_be_visible(timeout=20_000)
    await tab_to(caro.page, "Code editor")
    await caro.page.keyboard.press("Control+A")
    await caro.page.keyboard.insert_text("print(6 * 7)")
    await caro.page.keyboard.press("Control+Enter")
    await expect(caro.output).to_contain_text("42", timeout=20_000)
    await caro.page.keyboard.press("Escape")  # closes what the editor suggests
    await caro.page.keyboard.press("Escape")
    await tab_to(caro.page, "Leave")
    await caro.page.keyboard.press("Enter")
    await expect(caro.button("Rejoin")).to_be_visible()


async def tab_to(page: Page, name: str, stops_max: int = 60) -> None:
    """Press Tab until the control with this accessible name has the focus."""
    for _ in range(stops_max):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(
            "() => { const e = document.activeElement; const label = e?.labels?.[0]?.textContent;"
            " return (e?.getAttribute('aria-label') ?? label ?? e?.textContent ?? '').trim(); }"
        )
        if focused.removesuffix(" *") == name:
            return
    message = f"{name} was not reached by keyboard"
    raise AssertionError(message)
