"""Bytes into text that a browser can take."""

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.contracts.runs import RunOutput
from vivavoce.services.runner.output import BATCH_BYTES, Chunk, OutputBatch, joined


@given(st.binary(), st.lists(st.integers(0, 200)))
def test_however_bytes_are_cut_the_text_is_the_same(content: bytes, cuts: list[int]) -> None:
    batch, text = OutputBatch(), ""
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    for start, end in itertools.pairwise(edges):
        batch.add("stdout", content[start:end])
        text += "".join(chunk.text for chunk in batch.take())
    text += "".join(chunk.text for chunk in batch.finish())
    assert text == content.decode(errors="replace")


def test_hostile_bytes_pass_as_text_inside_json() -> None:
    """Row 28: escapes, NUL and broken UTF-8 reach the browser as characters and nothing else."""
    batch = OutputBatch()
    batch.add("stdout", b"\x1b]52;c;aGk=\x07\x00\xff\xed\xa0\x80</script>\r\n")
    (chunk,) = batch.finish()
    frame = RunOutput(run="run", stream="stdout", text=chunk.text).model_dump_json()
    assert frame.isascii() or "\ufffd" in frame
    assert "\x1b" not in frame
    assert "\x00" not in frame
    assert (
        json.loads(frame)["text"] == "\x1b]52;c;aGk=\x07\x00\ufffd\ufffd\ufffd\ufffd</script>\r\n"
    )


def test_streams_keep_their_order_and_neighbours_are_joined() -> None:
    batch = OutputBatch()
    for stream, text in [("stdout", b"a"), ("stdout", b"b"), ("stderr", b"c"), ("stdout", b"d")]:
        batch.add(stream, text)  # pyright: ignore[reportArgumentType]
    batch.add_text("stdin", "typed")
    expected = [Chunk("stdout", "ab"), Chunk("stderr", "c"), Chunk("stdout", "d")]
    assert batch.take() == [*expected, Chunk("stdin", "typed")]
    assert batch.take() == []


def test_a_batch_says_when_it_is_full() -> None:
    batch = OutputBatch()
    assert not batch.add("stdout", b"x" * (BATCH_BYTES - 1))
    assert batch.add("stdout", b"x")
    batch.take()
    assert not batch.add("stdout", b"x")


def test_chunks_are_joined_without_changing_the_text() -> None:
    chunks = [Chunk("stdout", "a"), Chunk("stdout", "b"), Chunk("stderr", "c")]
    assert joined(chunks) == [Chunk("stdout", "ab"), Chunk("stderr", "c")]
