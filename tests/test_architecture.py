"""Each import rule, proved by breaking it in a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT = Path(sys.executable).with_name("lint-imports")

VIOLATIONS = {
    "the kernel imports contracts": ("kernel/clock.py", "import vivavoce.contracts.rights"),
    "contracts import a service": ("contracts/rights.py", "import vivavoce.services.auth"),
    "a service imports the app": ("services/auth/model.py", "import vivavoce.app.settings"),
    "a service imports a backend": ("services/auth/model.py", "import vivavoce.backends.memory"),
    "a backend imports a service": ("backends/memory.py", "import vivavoce.services.auth"),
    "a service imports another": ("services/collab/room.py", "import vivavoce.services.signaling"),
    "signaling touches the SFU": ("services/signaling/room.py", "import vivavoce_sfu"),
    "the runner touches the CRDT": ("services/runner/model.py", "import pycrdt"),
    "a service touches a database": ("services/interviews/model.py", "import sqlite3"),
    "the kernel knows the web framework": ("kernel/errors.py", "import fastapi"),
    "a new part has no layer": ("helpers.py", '"""Nobody said where this belongs."""'),
}


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(tree / "src")}
    return subprocess.run(
        [LINT, "--no-cache"], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_as_it_is_keeps_every_rule(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_broken_rule_is_found(tree: Path, violation: str) -> None:
    name, line = VIOLATIONS[violation]
    file = tree / "src" / "vivavoce" / name
    file.write_text((file.read_text() if file.exists() else "") + f"\n{line}\n")
    assert lint(tree).returncode != 0
