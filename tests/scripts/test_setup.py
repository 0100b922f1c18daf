"""What `make run` says of a machine that lacks something, and when it makes its environment anew."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "setup.py"
REMEDY = "Get it there."


@pytest.fixture(scope="module")
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_script", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def tool(folder: Path, script: str) -> None:
    (folder / "tool").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "tool").chmod(0o755)


def test_a_missing_tool_is_named_with_its_remedy(setup: ModuleType, tools: Path) -> None:
    assert not list(tools.iterdir())
    with pytest.raises(setup.SetupError, match=f"tool is missing. {REMEDY}"):
        setup.need("tool", (1,), REMEDY)


def test_an_old_tool_is_told_with_its_version(setup: ModuleType, tools: Path) -> None:
    tool(tools, "echo tool v1.88.2")
    with pytest.raises(setup.SetupError, match=r"1\.89 or newer is needed; this is 1\.88\.2"):
        setup.need("tool", (1, 89), REMEDY)
    setup.need("tool", (1, 88), REMEDY)


def test_a_tool_that_does_not_work_is_told_with_its_own_words(
    setup: ModuleType, tools: Path
) -> None:
    """A rustup without a toolchain has a cargo that only complains."""
    tool(tools, "echo no default toolchain >&2; exit 1")
    with pytest.raises(setup.SetupError, match=f"no default toolchain\n{REMEDY}"):
        setup.need("tool", (1, 89), REMEDY)


def environment(venv: Path, *, made_at: Path, version: str) -> Path:
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / "pyvenv.cfg").write_text(
        f"home = /usr/bin\nversion = {version}\ncommand = /usr/bin/python3 -m venv --clear {made_at}\n"
    )
    return venv


def test_an_environment_is_used_where_it_was_made_by_the_python_that_made_it(
    setup: ModuleType, tmp_path: Path
) -> None:
    ours = ".".join(map(str, sys.version_info[:3]))
    here, moved, old = (tmp_path / "a place" / name for name in ("here", "moved", "old"))
    assert setup.fits(environment(here, made_at=here, version=ours))
    assert not setup.fits(environment(moved, made_at=here, version=ours))
    assert not setup.fits(environment(old, made_at=old, version="2.7.18"))


def test_an_environment_whose_python_is_gone_is_not_used(setup: ModuleType, tmp_path: Path) -> None:
    venv = environment(tmp_path / "venv", made_at=tmp_path / "venv", version="3.11.1")
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to(tmp_path / "gone")
    assert not setup.fits(venv)
