"""Develop: the server restarts when Python changes, Vite reloads the web client. Ends with Ctrl-C."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from watchfiles import run_process

ROOT = Path(__file__).resolve().parent.parent
VIVAVOCE = shlex.quote(str(ROOT / ".venv" / "bin" / "vivavoce"))
SERVE = f"{VIVAVOCE} serve --public-url http://localhost:5173"


def main() -> int:
    """Run both until interrupted."""
    server = f"http://localhost:{os.environ.get('VIVAVOCE_PORT', '8080')}"
    vite = subprocess.Popen(
        ["node_modules/.bin/vite", "--strictPort"],  # npm would not pass a signal on
        cwd=ROOT / "web",
        env=os.environ | {"DEV_SERVER": server},
    )
    try:
        run_process(ROOT / "src", target=SERVE, target_type="command")
    finally:
        vite.terminate()
        vite.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
