"""What a person at a browser waits for: the first picture, another's keystroke, the output of a run.

``python bench/browser/run.py [--joins 20] [--keys 200] [--runs 40]`` starts the program on an empty data folder and two
Chromium profiles on this machine, prints a table and writes ``bench/results/browser.json``. All times are taken
inside the pages, from the input event to the change on the screen's document.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.e2e.people import Interview, Person, Program, chromium  # noqa: E402

RESULTS = ROOT / "bench" / "results" / "browser.json"

FIRST_FRAME = """
(label) => new Promise((resolve) => {
  let started = null;
  addEventListener('click', () => { started ??= performance.now(); }, { capture: true });
  const look = () => {
    const video = document.querySelector(`video[aria-label="Camera of ${label}"]`);
    if (!video) { requestAnimationFrame(look); return; }
    video.requestVideoFrameCallback(() => resolve(performance.now() - started));
  };
  window.firstFrame = new Promise((done) => { const first = resolve; resolve = (ms) => { first(ms); done(ms); }; });
  look();
})
"""

WATCH_KEYS = """
() => {
  window.pressed = [];
  addEventListener('keydown', (e) => {
    if (e.key.length === 1) window.pressed.push(performance.timeOrigin + e.timeStamp);
  }, { capture: true });
}
"""

WATCH_TEXT = """
() => {
  window.seen = [];
  const editor = document.querySelector('[role=textbox][aria-label="Code editor"]');
  let length = editor.textContent.replace(/\\u200b|\\u2060/g, '').length;
  new MutationObserver(() => {
    const now = performance.timeOrigin + performance.now();
    const lines = [...editor.querySelectorAll('.cm-line')];
    const text = lines.map((l) => { const c = l.cloneNode(true);
      c.querySelectorAll('.cm-ySelectionCaret, .cm-widgetBuffer').forEach((x) => x.remove()); return c.textContent; }).join('');
    const marks = (text.match(/x/g) ?? []).length;
    while (window.seen.length < marks) window.seen.push(now);
  }).observe(editor, { childList: true, subtree: true, characterData: true });
}
"""

RUN_ONCE = """
() => new Promise((resolve) => {
  const region = document.querySelector('[role=region][aria-label="Output"], section[aria-label="Output"]');
  const before = region.textContent.match(/hello [0-9.]+/)?.[0];
  let started = null;
  addEventListener('click', () => { started = performance.now(); }, { capture: true, once: true });
  const observer = new MutationObserver(() => {
    const now = region.textContent.match(/hello [0-9.]+/)?.[0];
    if (started !== null && now && now !== before) { observer.disconnect(); resolve(performance.now() - started); }
  });
  observer.observe(region, { childList: true, subtree: true, characterData: true });
  [...document.querySelectorAll('button')].find((b) => b.getAttribute('aria-label') === 'Run' || b.textContent.trim() === 'Run').click();
})
"""


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def summary(values: list[float]) -> dict[str, float]:
    return {
        "n": len(values),
        "p50_ms": round(percentile(values, 0.5), 1),
        "p95_ms": round(percentile(values, 0.95), 1),
        "max_ms": round(max(values), 1),
    }


async def measure_joins(
    browser: Browser, interview: Interview, host: Person, n: int
) -> list[float]:
    """Click on Join → first frame of the host's camera painted."""
    times: list[float] = []
    for number in range(n):
        guest = await Person.arrive(browser, f"Guest {number}")
        await guest.page.goto(interview.links["candidate"])
        await guest.page.get_by_role("textbox", name="Your name").fill(guest.name)
        waiting = asyncio.create_task(guest.page.evaluate(FIRST_FRAME, host.name))
        await guest.page.wait_for_function("() => window.firstFrame !== undefined")
        await guest.page.get_by_role("button", name="Join", exact=True).click()
        times.append(await asyncio.wait_for(waiting, 30))
        await guest.button("Leave").click()
        await guest.page.context.close()
    return times


async def measure_keys(one: Person, other: Person, n: int) -> list[float]:
    """keydown at one → the character in the other's editor."""
    await one.write("")
    await other.page.evaluate(WATCH_TEXT)
    await one.page.evaluate(WATCH_KEYS)
    await one.editor.click()
    await one.page.keyboard.type("x" * n, delay=80)
    await other.page.wait_for_function(f"() => window.seen.length >= {n}", timeout=20_000)
    pressed = await one.page.evaluate("() => window.pressed")
    seen = await other.page.evaluate("() => window.seen")
    return [there - here for here, there in zip(pressed, seen, strict=True)]


async def measure_runs(one: Person, n: int) -> list[float]:
    """Click on Run → the output in the same person's window."""
    await one.write('import random\nprint("hello", random.random())')
    times: list[float] = []
    for _ in range(n + 1):
        times.append(await asyncio.wait_for(one.page.evaluate(RUN_ONCE), 30))
        await one.button("Run").wait_for()
    return times[1:]  # the first run warms the caches of the file system


def resident_mib(program: Program) -> float:
    """Anonymous and file pages of the server, without its children."""
    assert program.process
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return round(kib / 1024, 1)


async def measure(joins: int, keys: int, runs: int) -> dict[str, dict[str, float]]:
    data = Path(tempfile.mkdtemp(prefix="vivavoce-bench-"))
    program = Program(Path(sys.executable).with_name("vivavoce"), data)
    program.start()
    try:
        async with chromium() as browser:
            interview = program.create_interview()
            idle_mib = resident_mib(program)
            ines = await Person.arrive(browser, "Ines")
            await ines.join(interview.links["interviewer"])
            first_frames = await measure_joins(browser, interview, ines, joins)
            caro = await Person.arrive(browser, "Caro")
            await caro.join(interview.links["candidate"])
            await caro.sees(ines)
            keystrokes = await measure_keys(ines, caro, keys)
            outputs = await measure_runs(caro, runs)
            return {
                "resident memory": {"idle_mib": idle_mib, "two_people_mib": resident_mib(program)},
                "join to first remote frame": summary(first_frames),
                "key to the other's editor": summary(keystrokes),
                "click to output of a Python hello": summary(outputs),
            }
    finally:
        program.stop()
        shutil.rmtree(data, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--joins", type=int, default=20)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--runs", type=int, default=40)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.joins, options.keys, options.runs))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    memory = figures.pop("resident memory")
    print(
        f"{'resident memory of the server':<36} "
        + "   ".join(f"{k} {v}" for k, v in memory.items())
    )
    for name, figure in figures.items():
        print(
            f"{name:<36} p50 {figure['p50_ms']:7.1f} ms   p95 {figure['p95_ms']:7.1f} ms   n {figure['n']}"
        )


if __name__ == "__main__":
    main()
