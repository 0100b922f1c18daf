"""Instructions that the media core takes a forwarded packet, counted by callgrind: the same on a busy machine as on a quiet one.

    python bench/sfu/instructions.py [PEOPLE]

A room on the emulated network and its virtual clock (rust/sfu-sim/examples/forwarding_cost.rs): the core alone, without
system calls. Needs ``valgrind``.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from generator import BUILT, ROOT

EXAMPLE = BUILT / "examples" / "forwarding_cost"
SECONDS = 3
# Everything that the core does happens in one of these.
PARTS = {"receiving": "receive_session", "sending": "advance_room"}


def count(people: int) -> tuple[int, dict[str, int]]:
    """Packets forwarded, and instructions by part."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "callgrind.out"
        forwarded = _run(
            "valgrind", "--tool=callgrind", "--collect-atstart=no",
            "--toggle-collect=*forwarding_cost*measured*", f"--callgrind-out-file={profile}",
            str(EXAMPLE), str(people), str(SECONDS),
        )  # fmt: skip
        listing = _run("callgrind_annotate", "--inclusive=yes", str(profile))
    return int(forwarded), {part: _inclusive(listing, name) for part, name in PARTS.items()}


def _inclusive(listing: str, function: str) -> int:
    # In whichever file of `sfu::node` it stands, callgrind names that too.
    name = rf":sfu::node::(?:\S+<impl sfu::node::)?Node>?::{function}"
    found = re.search(rf"^\s*([\d,]+) .*{name} \[", listing, re.MULTILINE)
    if not found:
        raise LookupError(f"callgrind saw no Node::{function}")
    return int(found[1].replace(",", ""))


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        sys.exit(f"$ {' '.join(command)}\n{done.stderr[-2000:]}")
    return done.stdout


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    _run(
        "cargo", "build", "--release", "--locked", "-q", "-p", "sfu-sim",
        "--example", "forwarding_cost",
    )  # fmt: skip
    forwarded, parts = count(people)
    for part, instructions in parts.items():
        print(f"{part:10} {instructions / forwarded:8.0f} instructions a forwarded packet")
    print(f"{'both':10} {sum(parts.values()) / forwarded:8.0f}, {forwarded} packets")


if __name__ == "__main__":
    main()
