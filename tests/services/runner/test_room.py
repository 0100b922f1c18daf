"""What each watcher is sent, at its own pace."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.contracts.runs import Languages, RunPong, RunQueued, RunResult, Verdict
from vivavoce.kernel.ids import ParticipantId
from vivavoce.services.runner.output import Chunk
from vivavoce.services.runner.room import DIRECT_FRAMES_MAX, Room, Watcher


def head(run: str) -> RunQueued:
    return RunQueued(
        run=run, by="par", by_name="Caro", language="python", entry="main.py", ahead=0, at=1
    )


def result(run: str) -> RunResult:
    return RunResult(
        run=run,
        verdict=Verdict.OK,
        exit_code=0,
        signal=None,
        wall_ms=1,
        cpu_ms=1,
        peak_bytes=1,
        sentence="Finished in 1 ms.",
    )


def watching(room: Room) -> Watcher:
    watcher = Watcher(
        room,
        ParticipantId("par"),
        first=lambda: Languages(languages=[], unavailable=None),
        wake=lambda: None,
    )
    room.watchers.add(watcher)
    return watcher


def taken(watcher: Watcher, count: int = 1000) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = []
    while len(frames) < count and (frame := watcher.next_frame()) is not None:
        frames.append(json.loads(frame))
    return frames


def types(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["type"] for frame in frames]


def test_a_watcher_first_gets_the_languages_and_what_was_there() -> None:
    room = Room()
    room.begin(head("one"))
    room.enter("run")
    room.write([Chunk("stdout", "a")])
    room.write([Chunk("stdout", "b")])
    watcher = watching(room)
    languages, snapshot = taken(watcher)
    assert languages["type"] == "languages"
    assert (snapshot["queued"]["run"], snapshot["stage"]) == ("one", "run")
    assert [chunk["text"] for chunk in snapshot["output"]] == ["ab"]
    room.finish(result("one"))
    assert types(taken(watcher)) == ["finished"]


def test_a_slow_watcher_goes_on_with_the_next_run() -> None:
    room = Room()
    watcher = watching(room)
    taken(watcher)
    room.begin(head("one"))
    room.write([Chunk("stdout", "never read")])
    assert types(taken(watcher, 1)) == ["queued"]
    room.begin(head("two"))
    room.write([Chunk("stdout", "read")])
    assert [frame["run"] for frame in taken(watcher)] == ["two", "two"]


def test_answers_go_to_one_watcher_and_are_bounded() -> None:
    room = Room()
    one, other = watching(room), watching(room)
    for watcher in (one, other):
        taken(watcher)
    assert all(one.answer(RunPong()) for _ in range(DIRECT_FRAMES_MAX))
    assert not one.answer(RunPong())
    assert taken(other) == []
    assert types(taken(one)) == ["pong"] * DIRECT_FRAMES_MAX


OUTPUTS = st.lists(st.text(min_size=1, max_size=5), max_size=20)


@given(OUTPUTS, st.integers(0, 20), st.lists(st.integers(0, 3), max_size=20))
def test_whenever_one_comes_and_however_one_reads_the_text_is_whole(
    outputs: list[str], comes_after: int, reads: list[int]
) -> None:
    room, watcher = Room(), None
    room.begin(head("one"))
    seen: list[dict[str, Any]] = []
    for index, text in enumerate(outputs):
        if index == comes_after:
            watcher = watching(room)
        room.write([Chunk("stdout", text)])
        if watcher is not None and index < len(reads):
            seen += taken(watcher, reads[index])
    watcher = watcher or watching(room)
    seen += taken(watcher)
    text = ""
    for frame in seen:
        if frame["type"] == "snapshot":
            text = "".join(chunk["text"] for chunk in frame["output"])
        elif frame["type"] == "output":
            text += frame["text"]
    assert text == "".join(outputs)
