"""Lint and test: ``check.py`` for everything, or ``check.py STAGE …`` for some of it.

All stages run even if one fails, so that one run tells everything; the exit code says whether all passed.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"

Command = list[str]

STAGES: dict[str, list[Command]] = {
    "lint": [
        [f"{BIN}/ruff", "check", "src", "tests", "scripts", "bench"],
        [f"{BIN}/ruff", "format", "--check", "src", "tests", "scripts", "bench"],
        [f"{BIN}/pyright"],
        [f"{BIN}/lint-imports"],
        [f"{BIN}/python", "-m", "mypy.stubtest", "vivavoce_sfu"],
        ["cargo", "fmt", "--all", "--check"],
        [
            "cargo",
            "clippy",
            "--release",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
        ["npm", "--prefix", "web", "run", "--silent", "check"],
    ],
    "rust": [["cargo", "test", "--release", "--locked", "--workspace", "--exclude", "sfu-py"]],
    "python": [[f"{BIN}/python", "-m", "pytest", "-q", "-m", "not e2e and not chaos"]],
    "web": [["npm", "--prefix", "web", "run", "--silent", "test"]],
    "chaos": [[f"{BIN}/python", "-m", "pytest", "-q", "-m", "chaos"]],
    "e2e": [[f"{BIN}/python", "-m", "pytest", "-q", "-m", "e2e"]],
}


def main(names: list[str]) -> int:
    """Run the stages; 0 if every command succeeded."""
    results: list[tuple[str, float, int]] = []
    for name in names or STAGES:
        for command in STAGES[name]:
            results.append(run(name, command))
    print("\n" + "\n".join(line(*result) for result in results))
    return 1 if any(code for _, _, code in results) else 0


def run(stage: str, command: Command) -> tuple[str, float, int]:
    """Run one command with its output shown."""
    title = f"{stage}: {' '.join(command).replace(f'{BIN}/', '')}"
    print(f"\n── {title}", flush=True)
    started = time.monotonic()
    environment = os.environ | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "VIRTUAL_ENV": str(BIN.parent),
    }
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    return title, time.monotonic() - started, code


def line(title: str, seconds: float, code: int) -> str:
    """One line of the summary."""
    return f"{'ok    ' if code == 0 else 'FAILED'} {seconds:6.1f} s  {title}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
