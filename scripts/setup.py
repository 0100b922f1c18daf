"""Install and build what is missing or out of date: ``setup.py run`` to serve, ``setup.py dev`` to test as well.

Runs on the system's Python with nothing but its standard library. Each step has a fingerprint of its inputs;
a step whose fingerprint is unchanged is skipped, so that a second start takes no time.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMPS = ROOT / ".build" / "stamps"
LOGS = ROOT / ".build" / "logs"
VENV = ROOT / ".venv"
PYTHON_MIN = (3, 11)
NODE_MIN = 20
CARGO_MIN = (1, 89)
APT_RUN = {
    "cc": "build-essential",
    "cmake": "cmake",
    "bwrap": "bubblewrap",
    "git": "git",
    "patch": "patch",
}
APT_DEV = {
    "chromium": "chromium",
    "firefox-esr": "firefox-esr",
    "ruby": "ruby",
    "ip": "iproute2",
    "turnserver": "coturn",
}
STARTS_BY_ITSELF = {"coturn": "coturn.service"}
"""Debian runs it once it is installed; the tests start their own, and a developer's machine should serve nobody."""


class SetupError(Exception):
    """Something is missing that we may not or cannot install; the message says what to do."""


def main(kind: str) -> int:
    """Run the steps of ``kind``; 1 after a failure that was explained."""
    try:
        check_toolchains()
        install_system_packages(APT_RUN | (APT_DEV if kind == "dev" else {}))
        create_environment()
        for name, inputs, action in steps(kind):
            run_step(name, inputs, action)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


Step = tuple[str, Iterable[str], Callable[[Callable[..., None]], None]]


def steps(kind: str) -> list[Step]:
    """Name, input globs and action of each step, in order."""
    every: list[Step] = [
        ("Python packages", ["requirements/run.lock"], lambda sh: install_locked(sh, "run")),
        (
            "patched str0m",
            ["rust/patches/*", "scripts/patched_str0m.py"],
            lambda sh: sh(sys.executable, "scripts/patched_str0m.py"),
        ),
        (
            "media core (Rust)",
            [
                "Cargo.*",
                "rust/*/Cargo.toml",
                "rust/*/src/**/*.rs",
                "rust/patches/*",
                "rust/sfu-py/**/*.py*",
                "rust/sfu-py/*.toml",
            ],
            build_core,
        ),
        ("vivavoce", ["pyproject.toml"], install_self),
        (
            "web packages",
            ["web/package*.json"],
            lambda sh: sh("npm", "ci", "--no-audit", "--no-fund", cwd="web"),
        ),
        (
            "web client",
            [
                "web/package-lock.json",
                "web/*.html",
                "web/*.ts",
                "web/*.json",
                "web/src/**/*",
                "web/public/**/*",
            ],
            lambda sh: sh("npm", "run", "build", cwd="web"),
        ),
    ]
    if kind == "dev":
        every.insert(
            1,
            (
                "developers' packages",
                ["requirements/dev.lock"],
                lambda sh: install_locked(sh, "dev"),
            ),
        )
        every.append(
            (
                "link emulator (Rust)",
                ["Cargo.*", "rust/sfu-sim/Cargo.toml", "rust/sfu-sim/src/**/*.rs"],
                build_link_emulator,
            )
        )
    return every


def check_toolchains() -> None:
    """Python, Node and cargo must be there already: their Debian packages may be too old to install for you."""
    if sys.version_info < PYTHON_MIN:
        raise SetupError(
            f"Vivavoce needs Python {dotted(PYTHON_MIN)} or newer; this is {sys.version.split()[0]}. Set PYTHON=/path/to/python3 or install a newer one."
        )
    home_cargo = Path.home() / ".cargo" / "bin"
    if shutil.which("cargo") is None and (home_cargo / "cargo").exists():
        os.environ["PATH"] = f"{home_cargo}:{os.environ['PATH']}"
    need("node", (NODE_MIN,), "Install Node.js 20 or newer (https://nodejs.org).")
    need("npm", (), "Install npm, which comes with Node.js (https://nodejs.org).")
    need("cargo", CARGO_MIN, "Install Rust with rustup (https://rustup.rs).")


def need(tool: str, least: tuple[int, ...], remedy: str) -> None:
    """Raise unless ``tool`` is on the path in this version or a newer one."""
    if shutil.which(tool) is None:
        raise SetupError(f"{tool} is missing. {remedy}")
    if not least:
        return
    asked = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False)
    version = tuple(int(part) for part in re.findall(r"\d+", asked.stdout)[:3])
    if asked.returncode != 0 or not version:
        raise SetupError(f"{tool} does not work: {asked.stderr.strip()}\n{remedy}")
    if version < least:
        raise SetupError(
            f"{tool} {dotted(least)} or newer is needed; this is {dotted(version)}. {remedy}"
        )


def dotted(version: tuple[int, ...]) -> str:
    """``(1, 89)`` as ``1.89``."""
    return ".".join(map(str, version))


def install_system_packages(wanted: dict[str, str]) -> None:
    """Install the Debian packages of the missing commands, where we may."""
    missing = sorted(
        {package for command, package in wanted.items() if shutil.which(command) is None}
    )
    if not has_venv():
        missing.append("python3-venv")
    if not missing:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    by_hand = f"Install these packages and start again:\n  sudo {' '.join(command)}"
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"Missing on this system: {', '.join(missing)}. Install them with its package tool and start again."
        )
    prefix = root_prefix()
    if prefix is None:
        raise SetupError(by_hand)

    def install(sh: Callable[..., None]) -> None:
        environment = {"DEBIAN_FRONTEND": "noninteractive"}
        sh(*prefix, "apt-get", "update", "-q", env=environment)
        with kept_off(sh, prefix, missing):
            sh(*prefix, *command, env=environment)

    report(f"system packages: {' '.join(missing)}", install)


@contextmanager
def kept_off(
    sh: Callable[..., None], prefix: list[str], packages: Iterable[str]
) -> Generator[None]:
    """Their services are not started by their installation, nor at the next start of the machine."""
    services = [STARTS_BY_ITSELF[package] for package in packages if package in STARTS_BY_ITSELF]
    if not services or not Path("/run/systemd/system").is_dir():  # sd_booted(3)
        yield
        return
    sh(*prefix, "systemctl", "mask", *services)
    try:
        yield
    finally:
        sh(*prefix, "systemctl", "unmask", *services)
    sh(*prefix, "systemctl", "disable", *services)


def has_venv() -> bool:
    """Whether this Python can make environments (Debian splits that off)."""
    probe = [sys.executable, "-c", "import venv, ensurepip"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def root_prefix() -> list[str] | None:
    """How to run a command as root without asking for a password; ``None`` if we cannot."""
    if os.geteuid() == 0:
        return []
    can_sudo = (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    )
    return ["sudo", "-n"] if can_sudo else None


def create_environment() -> None:
    """``.venv`` with uv in it, at the version that the lock names."""
    if (VENV / "bin" / "uv").exists() and fits(VENV):
        return
    pinned = next(
        line.split()[0]
        for line in (ROOT / "requirements" / "run.lock").read_text().splitlines()
        if line.startswith("uv==")
    )

    def create(sh: Callable[..., None]) -> None:
        sh(sys.executable, "-m", "venv", "--clear", str(VENV))
        sh(
            str(VENV / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            pinned,
        )
        shutil.rmtree(STAMPS, ignore_errors=True)

    report("Python environment", create)


def fits(venv: Path) -> bool:
    """Whether the environment was made at this place, with this Python: its scripts name both."""
    if not (venv / "bin" / "python").exists():  # the Python behind it is gone
        return False
    lines = (venv / "pyvenv.cfg").read_text().splitlines()
    made = dict(line.split(" = ", 1) for line in lines if " = " in line)
    is_same_python = made.get("version", "").split(".")[:2] == list(map(str, sys.version_info[:2]))
    return is_same_python and made.get("command", "").endswith(f" {venv}")


def install_locked(sh: Callable[..., None], name: str) -> None:
    """Exactly the locked versions, checked by hash."""
    sh(
        str(VENV / "bin" / "uv"),
        "pip",
        "install",
        "--require-hashes",
        "-r",
        f"requirements/{name}.lock",
    )


def build_core(sh: Callable[..., None]) -> None:
    """The Rust extension as a release wheel, installed."""
    wheels = ROOT / ".build" / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    sh(
        str(VENV / "bin" / "maturin"),
        "build",
        "--release",
        "--locked",
        "-m",
        "rust/sfu-py/Cargo.toml",
        "-o",
        str(wheels),
    )
    built = str(next(wheels.glob("*.whl")))
    sh(str(VENV / "bin" / "uv"), "pip", "install", "--no-deps", "--reinstall", built)


def build_link_emulator(sh: Callable[..., None]) -> None:
    """Poor networks for the tests that drive browsers through one."""
    sh("cargo", "build", "--release", "--locked", "-p", "sfu-sim", "--bin", "link-emulator")


def install_self(sh: Callable[..., None]) -> None:
    """The Python program, editable."""
    sh(str(VENV / "bin" / "uv"), "pip", "install", "--no-deps", "--no-build-isolation", "-e", ".")


def run_step(
    name: str, inputs: Iterable[str], action: Callable[[Callable[..., None]], None]
) -> None:
    """Run the step unless its inputs are those of its last success."""
    stamp = STAMPS / re.sub(r"\W+", "-", name)
    fingerprint = fingerprint_of(inputs)
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    report(name, action)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(fingerprint)


def fingerprint_of(globs: Iterable[str]) -> str:
    """SHA-256 over the names and contents of the files that match."""
    digest = hashlib.sha256(str(sys.version_info).encode())
    for path in sorted(
        {path for pattern in globs for path in ROOT.glob(pattern) if path.is_file()}
    ):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def report(name: str, action: Callable[[Callable[..., None]], None]) -> None:
    """Say what is done and how long it takes; the commands' own output goes to a log that a failure shows."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / (re.sub(r"\W+", "-", name)[:40] + ".log")
    print(f"  {name} …", end="", flush=True)
    started = time.monotonic()
    with log.open("w") as output:

        def sh(*command: str, cwd: str = ".", env: dict[str, str] | None = None) -> None:
            output.write(f"$ {' '.join(command)}\n")
            output.flush()
            environment = os.environ | {"VIRTUAL_ENV": str(VENV)} | (env or {})
            done = subprocess.run(
                command, cwd=ROOT / cwd, env=environment, stdout=output, stderr=output, check=False
            )
            if done.returncode != 0:
                tail = "\n".join(log.read_text().splitlines()[-40:])
                raise SetupError(
                    f"{tail}\n\nThis step failed: {name}. The whole log: {log.relative_to(ROOT)}"
                )

        action(sh)
    print(f" {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
