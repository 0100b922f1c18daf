"""The published figures: every benchmark one after the other, each in its own process (docs/benchmarks.md).

``python bench/run.py [NAME …]`` runs all, or those named. Results go to ``bench/results/*.json``. Nothing else should run meanwhile.
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"

BENCHMARKS: dict[str, list[str]] = {
    "browser": [sys.executable, "bench/browser/run.py"],
    "collab": [sys.executable, "bench/collab/run.py", "--json", "bench/results/collab.json"],
    "runner": [sys.executable, "bench/runner/run.py", "--json", "bench/results/runner.json"],
    "soak": [sys.executable, "bench/soak/run.py", "--minutes", "10"],
    "sfu": ["cargo", "run", "--release", "--locked", "-q", "-p", "sfu-sim", "--bin", "sfu-load"],
}
WRITTEN_BY_US = {"sfu"}  # prints its JSON


def main(names: list[str]) -> int:
    """The number of benchmarks that failed."""
    RESULTS.mkdir(exist_ok=True)
    failures = 0
    for name in names or BENCHMARKS:
        print(f"\n── {name}", flush=True)
        started = time.monotonic()
        done = subprocess.run(
            BENCHMARKS[name],
            cwd=ROOT,
            check=False,
            stdout=subprocess.PIPE if name in WRITTEN_BY_US else None,
        )
        if name in WRITTEN_BY_US and done.returncode == 0:
            print(done.stdout.decode())
            (RESULTS / f"{name}.json").write_bytes(done.stdout)
        failures += done.returncode != 0
        print(
            f"   {'failed' if done.returncode else 'done'} after {time.monotonic() - started:.0f} s"
        )
    return failures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
