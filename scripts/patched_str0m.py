"""Make ``.build/str0m``, which ``Cargo.toml`` takes in the place of the published crate: the crate and our patch.

``docs/adr/0009-a-patched-str0m.md`` says why. The crate comes from the registry that cargo uses, and is the one with the
checksum below or none. Runs on the system's Python with nothing but its standard library.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.25.0"
CHECKSUM = "357c7e453c033c8bb59e912312f9f9ff07c2a9ce7268bcb94f0c828a5b47e58f"
PATCH = ROOT / "rust" / "patches" / f"str0m-{VERSION}.patch"
FETCHING = ROOT / ".build" / "str0m-published"
PATCHED = ROOT / ".build" / "str0m"
MANIFEST = f"""\
[package]
name = "published"
version = "0.0.0"
edition = "2024"

[lib]
path = "lib.rs"

[dependencies]
str0m = {{ version = "={VERSION}", default-features = false, features = ["aws-lc-rs"] }}

[workspace]
"""


def main() -> None:
    """Fetch, check, copy and patch; an earlier copy is replaced."""
    published = fetch()
    shutil.rmtree(PATCHED, ignore_errors=True)
    shutil.copytree(published, PATCHED)
    run("patch", "--strip=1", "--directory", str(PATCHED), "--input", str(PATCH))
    (PATCHED / "rustfmt.toml").write_text("disable_all_formatting = true\n")


def fetch() -> Path:
    """The folder of the published crate's source."""
    FETCHING.mkdir(parents=True, exist_ok=True)
    (FETCHING / "Cargo.toml").write_text(MANIFEST)
    (FETCHING / "lib.rs").write_text("")
    # The versions that we lock anyway, so that nothing is fetched twice.
    shutil.copy(ROOT / "Cargo.lock", FETCHING / "Cargo.lock")
    manifest = str(FETCHING / "Cargo.toml")
    run("cargo", "fetch", "--manifest-path", manifest)
    if CHECKSUM not in (FETCHING / "Cargo.lock").read_text():
        sys.exit(
            f"The registry's str0m {VERSION} is not the one that we know; its checksum differs."
        )
    described = run("cargo", "metadata", "--format-version", "1", "--manifest-path", manifest)
    packages = json.loads(described)["packages"]
    return next(Path(p["manifest_path"]).parent for p in packages if p["name"] == "str0m")


def run(*command: str) -> str:
    """What the command prints; this process ends with its complaint if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"$ {' '.join(command)}\n{done.stdout[-2000:]}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
