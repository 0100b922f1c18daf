"""The data folder: closed to others, held by one server, with keys that stay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vivavoce.app.data_dir import DataDirError, exclusive, prepare, write_private

HOLD = """
import sys, time
from pathlib import Path
from vivavoce.app.data_dir import exclusive, prepare
with exclusive(prepare(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_folder_is_made_and_closed_to_others(tmp_path: Path) -> None:
    data = prepare(tmp_path / "deep" / "data")
    assert data.root.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirError, match="cannot be used"):
        prepare(tmp_path / "file" / "data")


def test_keys_are_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    data = prepare(tmp_path)
    first, again = (
        data.signing_key().as_dict(private=True),
        data.signing_key().as_dict(private=True),
    )
    assert first == again
    assert data.invitation_key() == data.invitation_key()
    for name in ("signing-key.json", "invitation-key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_a_failed_write_leaves_the_earlier_file(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    write_private(file, "first")
    with pytest.raises(UnicodeEncodeError):
        write_private(file, "\ud800")
    assert file.read_text() == "first"


def test_a_second_server_is_refused_until_the_first_is_gone_however_it_went(tmp_path: Path) -> None:
    data = prepare(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=-1, stdout=-1, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DataDirError, match="Another Vivavoce server"), exclusive(data):
            pass
        os.kill(holder.pid, 9)
        holder.wait()
    with exclusive(data):
        pass
