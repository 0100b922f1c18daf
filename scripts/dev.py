"""Develop: the server restarts when Python changes, Vite reloads the web client. Ends with Ctrl-C."""

import subprocess
import sys
from pathlib import Path

from watchfiles import run_process

ROOT = Path(__file__).resolve().parent.parent
SERVE = f"{ROOT}/.venv/bin/vivavoce serve --public-url http://localhost:5173"


def main() -> int:
    """Run both until interrupted."""
    vite = subprocess.Popen(["npm", "run", "dev"], cwd=ROOT / "web")
    try:
        run_process(ROOT / "src", target=SERVE, target_type="command")
    finally:
        vite.terminate()
        vite.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
