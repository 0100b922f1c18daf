"""Update logs as append-only files: ``<directory>/<interview>/<document>.log``.

A file is a magic line and records: length (u32), CRC-32 of the body (u32), body; little-endian. A body is a kind (u8), a time in
ms (u64), a sequence number (u64), a client id (u32), the author's length (u8), the author, the rest. Each record is one ``write``, so
a killed process leaves at most one torn record at the end; it is cut off when the file is opened. A bad record with a good one
behind it is no torn tail but damage, and the log stays closed. An exclusive ``flock`` keeps a second process away.
"""

import fcntl
import os
import struct
import zlib
from pathlib import Path

from vivavoce.kernel.clock import Millis
from vivavoce.kernel.ids import InterviewId, is_id
from vivavoce.services.collab.log import Entry, History, LogDamaged, Snapshot

MAGIC = b"vivavoce log 1\n"
RECORD_BYTES_MAX = 16 << 20
_HEAD = struct.Struct("<II")
_BODY = struct.Struct("<BQQIB")
_UPDATE, _REFUSED, _SNAPSHOT = 1, 2, 3


class FileLogStore:
    """Logs under one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def open(self, interview: InterviewId, document: str) -> tuple["FileLog", History]:
        if not is_id(interview, kind="itv"):
            raise LogDamaged("There is no such interview.")
        folder = self._directory / interview
        folder.mkdir(parents=True, exist_ok=True)
        log = FileLog(folder / f"{document}.log")
        try:
            return log, log.read()
        except BaseException:
            log.close()
            raise


class FileLog:
    """One open file; ``cut_bytes`` tells how much of a torn tail was cut off when it was opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.cut_bytes = 0
        self._last = 0
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._size = self._recover()
        except BlockingIOError:
            os.close(self._fd)
            raise LogDamaged("Another process holds this document.") from None
        except BaseException:
            os.close(self._fd)
            raise

    @property
    def last(self) -> int:
        return self._last

    @property
    def size_bytes(self) -> int:
        return self._size

    def append(self, at: Millis, author: str, client: int, update: bytes) -> int:
        self._write(_record(_UPDATE, at, self._last + 1, client, author, update))
        self._last += 1
        return self._last

    def refuse(self, seq: int) -> None:
        self._write(_record(_REFUSED, Millis(0), seq, 0, "", b""))

    def add_snapshot(self, snapshot: Snapshot) -> None:
        self._write(_record(_SNAPSHOT, Millis(0), snapshot.seq, 0, "", snapshot.state))

    def sync(self) -> None:
        os.fdatasync(self._fd)

    def read(self) -> History:
        history = History()
        content = self._content()
        end = len(MAGIC)
        while (body := _body_at(content, end)) is not None:
            _add(history, body)
            end += _HEAD.size + len(body)
        return history

    def close(self) -> None:
        os.close(self._fd)

    def _content(self) -> bytes:
        with os.fdopen(os.dup(self._fd), "rb") as file:
            file.seek(0)
            return file.read()

    def _write(self, record: bytes) -> None:
        try:
            written = os.write(self._fd, record)
        except OSError as error:
            raise LogDamaged("The server's disk does not take the edit.") from error
        if written != len(record):
            os.ftruncate(self._fd, self._size)
            raise LogDamaged("The server's disk is full.")
        self._size += written

    def _recover(self) -> int:
        """Cut a torn tail off; the size after it."""
        content = self._content()
        if len(content) < len(MAGIC) and MAGIC.startswith(content):
            return self._begin()
        if not content.startswith(MAGIC):
            raise LogDamaged("This document's log is damaged: it does not begin as one.")
        end = len(MAGIC)
        while (body := _body_at(content, end)) is not None:
            self._last += body[0] == _UPDATE
            end += _HEAD.size + len(body)
        if end < len(content):
            self._cut(content, end)
        return end

    def _begin(self) -> int:
        os.ftruncate(self._fd, 0)
        os.write(self._fd, MAGIC)
        os.fsync(self._fd)
        for folder in (self._path.parent, self._path.parent.parent):
            _sync_folder(folder)
        return len(MAGIC)

    def _cut(self, content: bytes, end: int) -> None:
        if _is_followed_by_good(content, end):
            raise LogDamaged("This document's log is damaged before its end.")
        self.cut_bytes = len(content) - end
        os.ftruncate(self._fd, end)
        os.fsync(self._fd)


def _record(kind: int, at: Millis, seq: int, client: int, author: str, rest: bytes) -> bytes:
    name = author.encode()
    body = _BODY.pack(kind, at, seq, client, len(name)) + name + rest
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def _body_at(content: bytes, start: int) -> bytes | None:
    """The body of the whole, undamaged record at ``start``."""
    if start + _HEAD.size > len(content):
        return None
    length, crc = _HEAD.unpack_from(content, start)
    body = content[start + _HEAD.size : start + _HEAD.size + length]
    is_whole = _BODY.size <= length <= RECORD_BYTES_MAX and len(body) == length
    return body if is_whole and zlib.crc32(body) == crc else None


def _is_followed_by_good(content: bytes, start: int) -> bool:
    if start + _HEAD.size > len(content):
        return False
    length, _ = _HEAD.unpack_from(content, start)
    return _body_at(content, start + _HEAD.size + length) is not None


def _add(history: History, body: bytes) -> None:
    kind, at, seq, client, author_length = _BODY.unpack_from(body)
    rest = _BODY.size + author_length
    if kind == _UPDATE:
        author = body[_BODY.size : rest].decode()
        history.entries.append(Entry(seq, Millis(at), author, client, body[rest:]))
    elif kind == _REFUSED:
        history.refused.add(seq)
    elif kind == _SNAPSHOT:
        history.snapshots.append(Snapshot(seq, body[rest:]))


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
