"""The command line beside a server that runs, was killed, or cannot start."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .people import START_DEADLINE_S, Program

pytestmark = pytest.mark.e2e

VIVAVOCE = Path(sys.executable).with_name("vivavoce")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Program]:
    """A server of the test's own, to be killed."""
    program = Program(VIVAVOCE, tmp_path)
    program.start()
    yield program
    program.stop()


def vivavoce(
    *arguments: str | bytes, data: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [VIVAVOCE, *arguments, "--data-dir", data],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=START_DEADLINE_S,
        check=False,
    )


def test_a_killed_server_is_not_taken_for_a_running_one(own: Program) -> None:
    assert own.process
    own.process.kill()
    own.process.wait()
    assert (own.data_dir / "server.json").exists()
    asked = vivavoce("owner-link", data=own.data_dir)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "No Vivavoce server is running" in asked.stderr
    (own.data_dir / "server.json").unlink()
    own.start()
    assert "/signin#" in own.cli("owner-link")


def test_no_proxy_of_the_environment_comes_in_between(program: Program) -> None:
    nobody = "http://127.0.0.1:9"
    asked = vivavoce("owner-link", data=program.data_dir, HTTP_PROXY=nobody, ALL_PROXY=nobody)
    assert asked.returncode == 0, asked.stderr


@pytest.mark.parametrize("title", ["", "x" * 121, "x" * 10_000, "a\x1b[31m", b"\xff"])
def test_a_title_that_is_none_is_refused_in_a_sentence(
    program: Program, title: str | bytes
) -> None:
    asked = vivavoce("interview", "create", "--title", title, data=program.data_dir)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert len(asked.stderr.splitlines()) == 1


def test_a_second_server_leaves_the_first_alone(program: Program) -> None:
    second = vivavoce("serve", "--port", "0", "--media-port", "0", data=program.data_dir)
    assert second.returncode == 1
    assert "Another Vivavoce server" in second.stderr
    assert "/signin#" in program.cli("owner-link")


def test_what_fails_while_services_run_already_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "server.json").mkdir()
    started = vivavoce("serve", "--port", "0", "--media-port", "0", data=tmp_path)
    assert started.returncode == 1
    assert "server.json cannot be used" in started.stderr
    assert "Traceback" not in started.stderr
