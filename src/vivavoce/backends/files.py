"""Blobs as files in a folder: written beside their place, synced, then renamed into it.

A rename within a file system is atomic (POSIX ``rename``), so a reader sees the old blob or the new one. The folder
is synced after it, so that the blob is still there after a power cut.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vivavoce.kernel.blobs import BlobNotFound, BlobStat, check_key
from vivavoce.kernel.errors import Invalid, Unavailable

CHUNK_BYTES = 1 << 20
_DRAFT = ".draft-"  # no key has a part that begins with a dot


class FileBlobs:
    """The ``Blobs`` port on a folder of its own. Only one process may use the folder."""

    def __init__(self, root: Path) -> None:
        """Makes the folder if it is missing and removes what a killed process left half-written."""
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for draft in root.rglob(f"{_DRAFT}*"):
            draft.unlink(missing_ok=True)

    async def put(self, key: str, content: bytes | AsyncIterator[bytes]) -> BlobStat:
        target = self._root / check_key(key)
        draft, output = await asyncio.to_thread(_open_draft, target)
        try:
            async for chunk in _chunks(content):
                await asyncio.to_thread(_write, output, chunk)
            size = await asyncio.to_thread(_finish, draft, output, target, self._root)
            return BlobStat(key, size)
        finally:
            output.close()
            draft.unlink(missing_ok=True)

    async def get(self, key: str, *, start: int = 0, end: int | None = None) -> bytes:
        """Raises ``ValueError`` if ``start`` is negative or behind ``end``."""
        if start < 0 or (end is not None and end < start):
            raise ValueError("0 <= start <= end")
        return await asyncio.to_thread(_read, self._root / check_key(key), start, end)

    async def stat(self, key: str) -> BlobStat | None:
        return await asyncio.to_thread(_stat, self._root / check_key(key), key)

    async def list(self, prefix: str) -> list[BlobStat]:
        return await asyncio.to_thread(lambda: sorted(_walk(self._root, prefix), key=_key_of))

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(_delete, self._root / check_key(key))


def _key_of(stat: BlobStat) -> str:
    return stat.key


async def _chunks(content: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    async for chunk in content:
        yield chunk


@contextmanager
def _told() -> Generator[None]:
    """Failures of the disk, not those of whoever sends the content, as callers know them."""
    try:
        yield
    except (NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        message = "This name cannot be stored: another name begins with it."
        raise Invalid(message) from error
    except OSError as error:
        message = "The server could not store this file. Its disk may be full."
        raise Unavailable(message) from error


@_told()
def _open_draft(target: Path) -> tuple[Path, BinaryIO]:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f"{_DRAFT}{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return draft, os.fdopen(descriptor, "wb", buffering=CHUNK_BYTES)


@_told()
def _write(output: BinaryIO, chunk: bytes) -> None:
    output.write(chunk)


@_told()
def _finish(draft: Path, output: BinaryIO, target: Path, root: Path) -> int:
    output.flush()
    os.fsync(output.fileno())
    size = output.tell()
    draft.replace(target)
    for folder in [target.parent, *target.parent.parents]:
        _sync_folder(folder)
        if folder == root:
            break
    return size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(file: Path, start: int, end: int | None) -> bytes:
    try:
        with file.open("rb") as source:
            source.seek(start)
            return source.read() if end is None else source.read(end - start)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise BlobNotFound("This file does not exist any more.") from None


def _stat(file: Path, key: str) -> BlobStat | None:
    return BlobStat(key, file.stat().st_size) if file.is_file() else None


def _walk(root: Path, prefix: str) -> Iterator[BlobStat]:
    for file in root.rglob("*"):
        key = file.relative_to(root).as_posix()
        if key.startswith(prefix) and not file.name.startswith(_DRAFT) and file.is_file():
            yield BlobStat(key, file.stat().st_size)


def _delete(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except (IsADirectoryError, NotADirectoryError, PermissionError):
        return
    if file.parent.exists():
        _sync_folder(file.parent)
