"""Seeded chaos in its quick form; ``chaos.mjs`` says what a seed does and how to play one again."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SEEDS = int(os.environ.get("CHAOS_SEEDS", "200"))
FIRST_SEED = int(os.environ.get("CHAOS_FIRST_SEED", "1"))
DEADLINE_S = 120 + SEEDS * 2.0


@pytest.mark.chaos
async def test_copies_converge_and_nothing_acknowledged_is_lost_whatever_breaks(
    tmp_path: Path,
) -> None:
    node = shutil.which("node")
    assert node, "Node 20 or newer is needed"
    process = await asyncio.create_subprocess_exec(
        *(node, "--experimental-websocket", "--no-warnings", str(HERE / "chaos.mjs")),
        *("--python", sys.executable, "--directory", str(tmp_path)),
        *("--first", str(FIRST_SEED), "--seeds", str(SEEDS)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), DEADLINE_S)
    finally:
        if process.returncode is None:
            process.kill()  # its server ends with the pipe between them
    text = output.decode()
    assert process.returncode == 0, text[-4000:]
    assert f"{SEEDS} passed, 0 failed" in text
