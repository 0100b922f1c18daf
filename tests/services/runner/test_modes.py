"""Which isolation a host gives, and that without it nothing runs."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from vivavoce.kernel.clock import SystemClock
from vivavoce.services.runner.sandbox import SandboxUnavailable
from vivavoce.services.runner.sandboxes.bubblewrap import BubblewrapOptions, BubblewrapSandbox

from .cell import isolation_missing

MISSING = isolation_missing()
isolated = pytest.mark.skipif(bool(MISSING), reason=f"no isolation on this host: {MISSING}")
SETPRIV = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
SYSTEM_PYTHON = Path("/usr/bin/python3")
RUN_AS_ORDINARY_USER = Path(__file__).with_name("ordinary_user.py")


def _sandbox(**options: object) -> BubblewrapSandbox:
    return BubblewrapSandbox(
        clock=SystemClock(),
        options=BubblewrapOptions(**options),  # pyright: ignore[reportArgumentType]
    )


async def test_without_bubblewrap_nothing_runs_and_it_says_what_to_install() -> None:
    with pytest.raises(SandboxUnavailable, match="bubblewrap is not installed") as caught:
        await _sandbox(program="bwrap-that-is-not-there", allow_weak=True).start()
    assert "apt install bubblewrap" in caught.value.remedy


async def test_a_bubblewrap_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho bubblewrap 0.6.2\n")
    old.chmod(0o755)
    with pytest.raises(SandboxUnavailable, match=r"bubblewrap 0\.6\.2 is too old"):
        await _sandbox(program=str(old), allow_weak=True).start()


async def test_a_bubblewrap_that_cannot_isolate_is_refused_and_nothing_falls_back() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # as root the box has another user, who must reach it
        broken = Path(folder, "bwrap")
        broken.write_text(
            '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0.9.0 && exit 0\necho no namespaces >&2; exit 1\n'
        )
        broken.chmod(0o755)
        with pytest.raises(SandboxUnavailable, match=r"Code cannot run here.*no namesp") as caught:
            await _sandbox(program=str(broken), allow_weak=True).start()
    assert "user.max_user_namespaces" in caught.value.remedy


async def test_without_control_groups_the_operator_must_allow_the_weaker_mode() -> None:
    with pytest.raises(SandboxUnavailable, match="no control group") as caught:
        await _sandbox(use_cgroups=False).start()
    assert "VIVAVOCE_SANDBOX_ALLOW_WEAK" in caught.value.remedy


@isolated
async def test_the_weaker_mode_says_what_is_weaker() -> None:
    sandbox = _sandbox(use_cgroups=False, allow_weak=True)
    await sandbox.start()
    await sandbox.close()
    assert sandbox.isolation.name == "bubblewrap, rlimits"
    assert "rlimits" in sandbox.isolation.weaknesses[0]


@isolated
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else for this test")
def test_an_ordinary_user_without_control_groups_runs_code_in_the_weaker_mode() -> None:
    if not SYSTEM_PYTHON.exists():
        pytest.skip("no Python that every user may start")
    packages = [path for path in sys.path if path.endswith("site-packages")]
    paths = [str(Path(__file__).parents[3] / "src"), *packages]
    done = subprocess.run(
        [*SETPRIV, str(SYSTEM_PYTHON), "-"],
        input=RUN_AS_ORDINARY_USER.read_text(),
        capture_output=True,
        text=True,
        cwd="/",
        env={
            "PYTHONPATH": ":".join(paths),
            "PATH": "/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        timeout=60,
        check=False,
    )
    if "ModuleNotFoundError" in done.stderr or "PermissionError" in done.stderr:
        pytest.skip(f"this checkout is not readable for every user: {done.stderr[-200:]}")
    assert done.stdout.splitlines() == [
        "refused: there is no control group",
        "bubblewrap, rlimits",
        "0 hello 65534-free",
        "memory",
    ], done.stderr
