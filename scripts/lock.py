"""Renew ``requirements/*.lock``: exact versions with hashes and without hosts, so that a company's mirror serves them too."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
COMMON = [
    "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url",
    "--no-emit-package", "vivavoce-sfu", "--python-version", "3.11",
]  # fmt: skip


def main() -> int:
    """Resolve the build and run time packages, then those plus the developers'."""
    run = ["--group", "build", "-o", "requirements/run.lock"]
    dev = ["--group", "build", "--group", "dev", "-c", "requirements/run.lock", "-o", "requirements/dev.lock"]  # fmt: skip
    for arguments in (run, dev):
        subprocess.run(
            [UV, "pip", "compile", "pyproject.toml", *COMMON, *arguments], cwd=ROOT, check=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
