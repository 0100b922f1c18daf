"""A running SFU on a free port, and a browser's offers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from vivavoce_sfu import Sfu

OFFERS = Path(__file__).parents[2] / "rust" / "sfu" / "tests" / "offers"


@pytest.fixture
def sfu() -> Iterator[Sfu]:
    running = Sfu(port=0)
    yield running
    running.close()


@pytest.fixture(scope="session")
def participant_offer() -> str:
    return (OFFERS / "chromium-participant.sdp").read_text()


@pytest.fixture(scope="session")
def observer_offer(participant_offer: str) -> str:
    """Eight of what a participant receives seven of, and nothing sent."""
    head, *media = participant_offer.split("\nm=")
    audio, video = media[4], media[11]
    lines = [audio] * 8 + [video] * 8 + [video] * 2 + [audio] * 2
    session = "\n".join(
        "a=group:BUNDLE " + " ".join(str(mid) for mid in range(len(lines)))
        if line.startswith("a=group:")
        else line
        for line in head.splitlines()
    )
    return "\nm=".join([session, *(_with_mid(line, mid) for mid, line in enumerate(lines))])


def _with_mid(section: str, mid: int) -> str:
    return "\n".join(
        f"a=mid:{mid}" if line.startswith("a=mid:") else line for line in section.splitlines()
    )
