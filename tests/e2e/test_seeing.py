"""What people see of their connections: before the call, in it and after it."""

import json
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from .people import MEDIA_DEADLINE_MS, Person, Program

pytestmark = pytest.mark.e2e
Arrive = Callable[[str], Awaitable[Person]]

CHECK_DEADLINE_MS = 40_000  # up to twelve seconds for each of three paths


async def test_the_check_says_in_one_sentence_how_the_connection_is(
    program: Program, person: Arrive
) -> None:
    caro = await person("Caro")
    await caro.page.goto(program.create_interview().links["candidate"])
    await expect(caro.page.get_by_label("Microphone level")).to_be_visible()
    await caro.button("Check my connection").click()
    check = caro.page.get_by_role("region", name="Connection check")
    await expect(caro.button("Check again")).to_be_visible(timeout=CHECK_DEADLINE_MS)
    for words in ("Direct (UDP): works", "Microphone: heard", "Camera: gives a picture"):
        await expect(check).to_contain_text(words)
    await expect(check).to_contain_text("kbit/s up")
    await expect(check.get_by_role("status")).to_contain_text("connection")
    assert caro.problems == []


async def test_everybody_has_bars_that_say_how_their_connection_is(
    pair: tuple[Person, Person],
) -> None:
    ines, caro = pair
    for viewer, of in ((ines, "Caro's"), (ines, "Your"), (caro, "Ines's"), (caro, "Your")):
        bars = viewer.page.get_by_role("img", name=f"{of} connection is")
        await expect(bars.first).to_be_visible(timeout=MEDIA_DEADLINE_MS)
    await ines.page.get_by_role("tab", name="People").click()
    people = ines.page.get_by_role("list", name="In the call")
    await expect(people.get_by_role("img", name="Caro's connection is")).to_be_visible()


async def test_the_call_is_noted_and_reported_to_the_interviewer_only(
    program: Program, person: Arrive
) -> None:
    interview = program.create_interview()
    ines, caro = await person("Ines"), await person("Caro")
    await ines.join(interview.links["interviewer"])
    await caro.join(interview.links["candidate"])
    await ines.sees(caro)
    await caro.hears(1)
    await caro.notes('"sample"')
    await ines.button("Start interview").click()
    await ines.button("End interview…").click()
    await ines.page.get_by_role("dialog").get_by_role("button", name="End interview").click()

    await expect(caro.page.get_by_text("The interview has ended")).to_be_visible()
    await expect(caro.page.get_by_text("How the call went")).to_have_count(0)
    report = ines.page.get_by_role("region", name="How the call went")
    row = report.get_by_role("listitem").filter(has=ines.page.get_by_role("heading", name="Caro"))
    await expect(row).to_contain_text("Round trip")
    await expect(row).to_contain_text("Joined within")

    async with ines.page.expect_download() as download:
        await report.get_by_role("button", name="Download log").click()
    path = await (await download.value).path()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["name"] for line in lines} == {"Ines", "Caro"}
    kinds = {(line["kind"], line.get("of"), line.get("state")) for line in lines}
    assert {("state", "ice", "connected"), ("state", "dtls", "connected")} <= kinds
    samples = [line for line in lines if line["kind"] == "sample" and line["name"] == "Caro"]
    voices = [one for each in samples for one in each["lines"] if one["source"] == "microphone"]
    assert {one["way"] for one in voices} == {"up", "down"}
    assert {each["path"] for each in samples} == {"udp"}
    assert [ines.problems, caro.problems] == [[], []]
