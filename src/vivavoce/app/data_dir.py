"""The folder for everything that lasts: who may read it, that one server has it, and the keys in it."""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import OKPKey

INVITATION_KEY_BYTES = 32


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
    def server_file(self) -> Path:
        """Where the running server says its address to the command line."""
        return self.root / "server.json"

    def signing_key(self) -> OKPKey:
        """The Ed25519 key that signs tokens; made at first use."""
        text = self._secret("signing-key.json", _new_signing_key)
        return OKPKey.import_key(json.loads(text))

    def invitation_key(self) -> bytes:
        """The key that invitation secrets are derived with; made at first use."""
        return bytes.fromhex(self._secret("invitation-key", _new_invitation_key))

    def _secret(self, name: str, make: Callable[[], str]) -> str:
        file = self.root / name
        if not file.exists():
            write_private(file, make())
        return file.read_text().strip()


def _new_signing_key() -> str:
    return json.dumps(OKPKey.generate_key("Ed25519", auto_kid=True).as_dict(private=True))


def _new_invitation_key() -> str:
    return secrets.token_hex(INVITATION_KEY_BYTES)


def write_private(file: Path, text: str) -> None:
    """Write whole or not at all, readable by the owner only."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    content = text.encode()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())
    draft.replace(file)


def prepare(root: Path) -> DataDir:
    """Make the folder if it is not there, closed to others.

    Raises:
        DataDirError: it cannot be made or written to.
    """
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (root / "blobs", root / "documents"):
            folder.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        message = f"The data folder {root} cannot be used: {error.strerror}. Choose another with --data-dir."
        raise DataDirError(message) from error
    return DataDir(root)


@contextmanager
def exclusive(data: DataDir) -> Generator[None]:
    """Hold the folder alone; the kernel lets go when the process dies, however it dies.

    Raises:
        DataDirError: another server holds it.
    """
    with (data.root / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Another Vivavoce server is using {data.root}. Stop it, or give this one another --data-dir."
            raise DataDirError(message) from None
        try:
            yield
        finally:
            data.server_file.unlink(missing_ok=True)
