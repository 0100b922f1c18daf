"""Fuzz every parser of bytes from strangers, and the room: ``fuzz.py [--seconds 20] [TARGET …]``.

libFuzzer is compiled in by ``rust/fuzz``; the instructions to the compiler that it needs are part of the stable one. New
inputs are kept in ``.build/fuzz/corpus``, what fails in ``.build/fuzz/failures``, with the command that runs it again.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CRATE = ROOT / "rust" / "fuzz"
BUILT = ROOT / ".build" / "fuzz"
TARGETS = sorted(path.stem for path in (CRATE / "fuzz_targets").glob("*.rs"))
MORE_SEEDS = {"offer": [ROOT / "rust" / "sfu" / "tests" / "offers"]}
INPUT_BYTES_MAX = {"offer": 65_536, "room": 8192}
OTHER_INPUT_BYTES_MAX = 4096
MEMORY_MB_MAX = 2048
INPUT_SECONDS_MAX = 10
# What cargo-fuzz passes for coverage (its src/project.rs), without the sanitizers, which need another compiler.
COVERAGE = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
]


def main() -> int:
    """The number of targets that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", default=TARGETS)
    parser.add_argument("--seconds", type=int, default=20)
    arguments = parser.parse_args()
    build()
    failed = [name for name in arguments.targets if not fuzz(name, arguments.seconds)]
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nnothing failed")
    return len(failed)


def build() -> None:
    """All targets at once. A target is named, or build scripts would be instrumented too."""
    host = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    triple = next(line.split()[1] for line in host.splitlines() if line.startswith("host:"))
    environment = os.environ | {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(COVERAGE)}
    command = ["cargo", "build", "--release", "--manifest-path", "rust/fuzz/Cargo.toml"]
    command += ["--target", triple, "--target-dir", str(BUILT / "target")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    programs = BUILT / "programs"
    programs.unlink(missing_ok=True)
    programs.symlink_to(BUILT / "target" / triple / "release")


def fuzz(name: str, seconds: int) -> bool:
    """Whether nothing failed."""
    print(f"\n── {name}", flush=True)
    found, failures = BUILT / "corpus" / name, BUILT / "failures"
    for folder in (found, failures):
        folder.mkdir(parents=True, exist_ok=True)
    command = [
        str(BUILT / "programs" / name),
        *map(str, [found, CRATE / "corpus" / name, *MORE_SEEDS.get(name, [])]),
        f"-max_total_time={seconds}",
        f"-max_len={INPUT_BYTES_MAX.get(name, OTHER_INPUT_BYTES_MAX)}",
        f"-rss_limit_mb={MEMORY_MB_MAX}",
        f"-timeout={INPUT_SECONDS_MAX}",
        f"-artifact_prefix={failures}/{name}-",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
