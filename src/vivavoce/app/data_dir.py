"""The folder for everything that lasts: who may read it, that one server has it, and the keys in it."""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

INVITATION_KEY_BYTES = 32

K = TypeVar("K")


class DataDirError(Exception):
    """The folder cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class DataDir:
    """Paths inside the folder."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "vivavoce.db"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def documents(self) -> Path:
        """The logs of the shared documents."""
        return self.root / "documents"

    @property
    def runner_caches(self) -> Path:
        """What the runner prepares once, such as Go's compiled library."""
        return self.root / "runner"

    @property
    def lock(self) -> Path:
        """Held by the running server."""
        return self.root / "lock"

    @property
    def server_file(self) -> Path:
        """Where the running server says its address to the command line."""
        return self.root / "server.json"

    def announce_server(self, url: str) -> None:
        """The server that holds the folder answers at this URL.

        Raises:
            DataDirError: the folder cannot be written to.
        """
        with _told(self.server_file):
            write_private(self.server_file, json.dumps({"url": url}))

    def server_url(self) -> str | None:
        """Where the running server answers; ``None`` if none runs, whatever a killed one left.

        Raises:
            DataDirError: the folder is somebody else's.
        """
        with _told(self.root):
            if not (self.lock.exists() and self.server_file.exists() and _is_held(self.lock)):
                return None
            return str(json.loads(self.server_file.read_text())["url"])

    def signing_key(self) -> OKPKey:
        """The Ed25519 key that signs tokens; made at first use.

        Raises:
            DataDirError: it cannot be made or read.
        """
        return self._secret("signing-key.json", _new_signing_key, _read_signing_key)

    def invitation_key(self) -> bytes:
        """The key that invitation secrets are derived with; made at first use.

        Raises:
            DataDirError: it cannot be made or read.
        """
        return self._secret("invitation-key", _new_invitation_key, _read_invitation_key)

    def _secret(self, name: str, make: Callable[[], str], read: Callable[[str], K]) -> K:
        file = self.root / name
        with _told(file):
            if not file.exists():
                write_private(file, make())
            text = file.read_text()
        try:
            return read(text)
        except (ValueError, KeyError, TypeError, JoseError) as error:
            message = f"The key {file} is damaged. Restore it from a backup, or remove it: all links and sessions then end."
            raise DataDirError(message) from error


def _new_signing_key() -> str:
    return json.dumps(OKPKey.generate_key("Ed25519", auto_kid=True).as_dict(private=True))


def _read_signing_key(text: str) -> OKPKey:
    return OKPKey.import_key(json.loads(text))


def _new_invitation_key() -> str:
    return secrets.token_hex(INVITATION_KEY_BYTES)


def _read_invitation_key(text: str) -> bytes:
    key = bytes.fromhex(text)
    if len(key) != INVITATION_KEY_BYTES:
        raise ValueError("a key of another length")
    return key


def write_private(file: Path, text: str) -> None:
    """Write whole or not at all, readable by the owner only."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    content = text.encode()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as output:
            output.write(content)
            output.flush()
            os.fsync(output.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Generator[None]:
    """Failures of the disk as a person can act on them."""
    try:
        yield
    except OSError as error:
        message = f"{path} cannot be used: {error.strerror}. Give another data folder with --data-dir, or mend this one."
        raise DataDirError(message) from error


def _is_held(lock: Path) -> bool:
    """Whether a server lives; one that starts in the moment of asking would be refused."""
    with lock.open() as probe:
        try:
            fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def prepare(root: Path) -> DataDir:
    """Make the folder if it is not there, closed to others.

    Raises:
        DataDirError: it cannot be made.
    """
    with _told(root):
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (root / "blobs", root / "documents"):
            folder.mkdir(exist_ok=True, mode=0o700)
    return DataDir(root)


@contextmanager
def exclusive(data: DataDir) -> Generator[None]:
    """Hold the folder alone; the kernel lets go when the process dies, however it dies.

    Raises:
        DataDirError: another server holds it, or it cannot be written to.
    """
    with _told(data.root):
        lock = data.lock.open("a")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Another Vivavoce server is using {data.root}. Stop it, or give this one another --data-dir."
            raise DataDirError(message) from None
        try:
            yield
        finally:
            with suppress(OSError):  # a file that stays is known to be stale by the lock
                data.server_file.unlink()
