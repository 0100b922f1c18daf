"""The data folder: closed to others, held by one server, with keys that stay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vivavoce.app.data_dir import DataDir, DataDirError, exclusive, prepare, write_private

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


@pytest.mark.parametrize("content", ["", "{}", '{"kty": "OKP"}', "not a key", "abc"])
def test_a_damaged_key_is_named_and_never_replaced(tmp_path: Path, content: str) -> None:
    data = prepare(tmp_path)
    for name, read in (
        ("signing-key.json", data.signing_key),
        ("invitation-key", data.invitation_key),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(DataDirError, match=f"{name} is damaged"):
            read()
        assert (tmp_path / name).read_text() == content


def test_a_folder_that_cannot_be_written_to_is_explained() -> None:
    """The kernel's own folder: root may not write there either."""
    data = DataDir(Path("/proc/sys"))
    for use in (lambda: exclusive(data).__enter__(), data.signing_key):
        with pytest.raises(DataDirError, match="cannot be used"):
            use()


def test_a_server_is_known_while_it_lives_and_not_by_what_it_left(tmp_path: Path) -> None:
    data = prepare(tmp_path)
    assert data.server_url() is None
    with exclusive(data):
        assert data.server_url() is None
        data.announce_server("http://localhost:1")
        assert data.server_url() == "http://localhost:1"
    assert data.server_url() is None
    data.announce_server("http://localhost:1")
    assert data.server_url() is None


def test_a_failed_write_leaves_the_earlier_file(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    write_private(file, "first")
    with pytest.raises(UnicodeEncodeError):
        write_private(file, "\ud800")
    assert file.read_text() == "first"


def test_a_write_that_is_cut_short_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(IsADirectoryError):
        write_private(tmp_path / "taken", "text")
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


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
