"""Two and four people hold an interview: they see, hear, type, run and chat, and come back after a reload."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from .people import Person, Program

pytestmark = pytest.mark.e2e
Arrive = Callable[[str], Awaitable[Person]]
Pair = tuple[Person, Person]


async def test_two_people_see_and_hear_each_other(pair: Pair) -> None:
    ines, caro = pair
    await ines.sees(caro)
    await caro.sees(ines)
    await ines.hears(1)
    await caro.hears(1)
    assert not ines.problems + caro.problems


async def test_four_people_see_and_hear_each_other_and_nobody_hears_themselves(
    program: Program, person: Arrive
) -> None:
    interview = program.create_interview()
    everybody = [await person(name) for name in ("Ines", "Jon", "Caro", "Mei")]
    roles = ["interviewer", "interviewer", "candidate", "candidate"]
    for somebody, role in zip(everybody, roles, strict=True):
        await somebody.join(interview.links[role])
    for somebody in everybody:
        for other in everybody:
            if other is not somebody:
                await somebody.sees(other)
        await somebody.hears(3)
        video = [stream for stream in await somebody.inbound() if stream["kind"] == "video"]
        assert len(video) == 3


async def test_an_observer_sees_and_hears_and_is_not_seen(program: Program, person: Arrive) -> None:
    interview = program.create_interview()
    ines, olga = await person("Ines"), await person("Olga")
    await ines.join(interview.links["interviewer"])
    await olga.join(interview.links["observer"])
    await olga.sees(ines)
    await olga.hears(1)
    await expect(ines.camera_of(olga)).to_have_count(0)
    assert [stream for stream in await ines.inbound() if stream["kind"] == "audio"] == []


async def test_typed_text_appears_at_all_and_concurrent_typing_converges(pair: Pair) -> None:
    ines, caro = pair
    await ines.write("first line\nsecond line\n")
    await expect(caro.editor).to_contain_text("second line")

    async def type_at(somebody: Person, where: str, text: str) -> None:
        await somebody.editor.click()
        await somebody.page.keyboard.press(where)
        await somebody.page.keyboard.type(text, delay=15)

    await asyncio.gather(
        type_at(ines, "Control+Home", "INES WROTE THIS. "),
        type_at(caro, "Control+End", "CARO WROTE THIS."),
    )
    await expect(caro.editor).to_contain_text("INES WROTE THIS.")
    await expect(ines.editor).to_contain_text("CARO WROTE THIS.")
    assert await ines.code() == await caro.code()
    await expect(ines.page.get_by_role("status", name="Saved")).to_be_visible()


async def test_the_output_of_a_run_appears_at_all(pair: Pair) -> None:
    ines, caro = pair
    await caro.write('print("the answer is", 6 * 7)')
    await caro.button("Run").click()
    await expect(caro.output).to_contain_text("the answer is 42")
    await expect(ines.output).to_contain_text("the answer is 42")


async def test_chat_reaches_everybody(pair: Pair) -> None:
    ines, caro = pair
    await caro.page.get_by_role("textbox", name="Message").fill("Can you hear me?")
    await caro.button("Send").click()
    await expect(ines.page.get_by_role("list", name="Chat")).to_contain_text("Can you hear me?")


async def test_a_reloaded_page_is_back_in_the_call_with_its_text(pair: Pair) -> None:
    ines, caro = pair
    await caro.write("kept = True")
    await expect(caro.page.get_by_role("status", name="Saved")).to_be_visible()
    await caro.page.reload()
    await expect(caro.editor).to_contain_text("kept = True")
    await caro.sees(ines)
    await ines.sees(caro)
    await caro.hears(1)
    await expect(ines.camera_of(caro)).to_have_count(1)


async def test_the_server_dies_and_comes_back_and_nothing_is_lost(
    program: Program, pair: Pair
) -> None:
    ines, caro = pair
    await caro.write("before = 1")
    await expect(caro.page.get_by_role("status", name="Saved")).to_be_visible()
    program.kill()
    await caro.editor.click()
    await caro.page.keyboard.press("Control+End")
    await caro.page.keyboard.insert_text("\nwhile_away = 2")
    program.start()
    await expect(ines.editor).to_contain_text("while_away = 2", timeout=30_000)
    await expect(ines.editor).to_contain_text("before = 1")
    await ines.sees(caro)
    await caro.sees(ines)
