"""The contract of ``Blobs``, and what files alone promise."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.backends.files import FileBlobs
from vivavoce.kernel.blobs import KEY_LENGTH_MAX, BlobNotFound, Blobs, BlobStat, check_key
from vivavoce.kernel.errors import Invalid

ESCAPING = [
    "",
    "/etc/passwd",
    "../secret",
    "a/../../secret",
    "a/..",
    "a//b",
    "a/",
    ".hidden",
    "a/.draft-1",
    "~root",
    "a\\b",
    "a\x00b",
    "a b",
    "ä",
    "a\n",
    "x" * (KEY_LENGTH_MAX + 1),
]


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_what_was_put_is_got(blobs: Blobs) -> None:
    assert await blobs.put("a/b/c.bin", b"hello") == BlobStat("a/b/c.bin", 5)
    assert await blobs.get("a/b/c.bin") == b"hello"
    assert await blobs.stat("a/b/c.bin") == BlobStat("a/b/c.bin", 5)


async def test_a_stream_is_put_whole(blobs: Blobs) -> None:
    parts = [bytes([n]) * 300_000 for n in range(5)]
    assert (await blobs.put("a", chunks(*parts))).size == 1_500_000
    assert await blobs.get("a") == b"".join(parts)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, None, b"0123456789"), (3, 5, b"34"), (8, 99, b"89"), (20, None, b""), (4, 4, b"")],
)
async def test_a_range_is_cut_at_the_end(
    blobs: Blobs, start: int, end: int | None, expected: bytes
) -> None:
    await blobs.put("a", b"0123456789")
    assert await blobs.get("a", start=start, end=end) == expected


async def test_a_second_put_replaces(blobs: Blobs) -> None:
    await blobs.put("a", b"first and longer")
    await blobs.put("a", b"second")
    assert await blobs.get("a") == b"second"


async def test_what_does_not_exist(blobs: Blobs) -> None:
    assert await blobs.stat("a") is None
    with pytest.raises(BlobNotFound):
        await blobs.get("a")
    await blobs.delete("a")


async def test_a_folder_of_keys_is_no_blob(blobs: Blobs) -> None:
    await blobs.put("a/b", b"x")
    assert await blobs.stat("a") is None
    with pytest.raises(BlobNotFound):
        await blobs.get("a")
    await blobs.delete("a")
    assert await blobs.get("a/b") == b"x"


async def test_list_is_by_prefix_and_sorted(blobs: Blobs) -> None:
    for key in ("b/2", "a/1", "ab", "b/1"):
        await blobs.put(key, b"xy")
    assert [each.key for each in await blobs.list("")] == ["a/1", "ab", "b/1", "b/2"]
    assert [each.key for each in await blobs.list("a")] == ["a/1", "ab"]
    assert await blobs.list("b/") == [BlobStat("b/1", 2), BlobStat("b/2", 2)]


async def test_what_was_deleted_is_gone(blobs: Blobs) -> None:
    await blobs.put("a/b", b"x")
    await blobs.delete("a/b")
    assert await blobs.stat("a/b") is None
    assert await blobs.list("") == []


@pytest.mark.parametrize("key", ESCAPING)
async def test_a_key_that_could_climb_is_refused_everywhere(
    blobs: Blobs, key: str, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(b"outside")
    for attempt in (blobs.put(key, b"x"), blobs.get(key), blobs.stat(key), blobs.delete(key)):
        with pytest.raises(Invalid):
            await attempt
    assert (tmp_path / "secret").read_bytes() == b"outside"


@given(st.text(alphabet="ab./\\~-_\x00", max_size=12))
def test_every_key_that_passes_stays_in_the_folder(key: str) -> None:
    root = Path("/root/of/blobs")
    try:
        check_key(key)
    except Invalid:
        return
    target = root / key
    assert target.is_relative_to(root)
    assert ".." not in target.parts
    assert target != root


async def test_half_a_blob_is_never_seen_and_a_failed_put_leaves_the_old_one(
    blobs: Blobs,
) -> None:
    halfway, go_on = asyncio.Event(), asyncio.Event()

    async def breaking() -> AsyncIterator[bytes]:
        yield b"new" * 1_000_000
        halfway.set()
        await go_on.wait()
        raise ConnectionError("the uploader is gone")

    await blobs.put("a", b"old")
    put = asyncio.create_task(blobs.put("a", breaking()))
    await halfway.wait()
    assert await blobs.get("a") == b"old"
    assert await blobs.list("") == [BlobStat("a", 3)]
    go_on.set()
    with pytest.raises(ConnectionError):
        await put
    assert await blobs.get("a") == b"old"


async def test_a_cancelled_put_leaves_nothing(tmp_path: Path) -> None:
    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            started.set()
            await asyncio.sleep(0)

    blobs = FileBlobs(tmp_path)
    put = asyncio.create_task(blobs.put("a", endless()))
    await started.wait()
    put.cancel()
    with pytest.raises(asyncio.CancelledError):
        await put
    assert list(tmp_path.iterdir()) == []


async def test_writers_of_one_key_leave_one_whole_blob(blobs: Blobs) -> None:
    contents = [bytes([n]) * 100_000 for n in range(8)]
    await asyncio.gather(*(blobs.put("a", content) for content in contents))
    assert await blobs.get("a") in contents


async def test_a_name_that_is_taken_by_a_folder_is_refused(blobs: Blobs) -> None:
    await blobs.put("a/b", b"x")
    with pytest.raises(Invalid):
        await blobs.put("a", b"y")
    with pytest.raises(Invalid):
        await blobs.put("a/b/c", b"y")
    assert await blobs.list("") == [BlobStat("a/b", 1)]


async def test_a_new_start_clears_what_a_kill_left_half_written(tmp_path: Path) -> None:
    await FileBlobs(tmp_path).put("a/b", b"whole")
    (tmp_path / "a" / ".draft-0011").write_bytes(b"half")
    blobs = FileBlobs(tmp_path)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
    assert await blobs.get("a/b") == b"whole"


async def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    await FileBlobs(tmp_path / "blobs").put("a/b", b"x")
    assert (tmp_path / "blobs").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "blobs" / "a").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "blobs" / "a" / "b").stat().st_mode & 0o777 == 0o600
