"""What is left of sound and pictures on a poor network, by the SFU that is in between.

Three people in a room, one of them behind the emulated network both ways (`rust/sfu-sim/src/profile.rs`). Everybody answers
requests for packets, asks for key frames, and sends each frame of sound again in the next packet (RED) where the SFU takes that, as
Chromium does. Sound older than 400 ms when it comes is made up; pictures are shown by the decoder of `rust/sfu-sim/src/decoder.rs`,
whose buffer grows up to 600 ms. The recorded trace does not adapt, so networks of little rate say nothing here.
"""

import asyncio
from dataclasses import dataclass

from generator import Generator

PROFILES = ("3 % and 40 ms", "moderate", "10 % uniform", "10 % bursty")
FAR = 1
SETTLE_S = 5.0
MEASURE_S = 20.0


@dataclass(frozen=True)
class Experience:
    """Shares, 0 to 1, means over the others: sound made up, time frozen, and packets of pictures that never came; to who is far away,
    and from them."""

    sound_to: float
    picture_to: float
    lost_to: float
    sound_from: float
    picture_from: float
    lost_from: float


async def experience(generator: Generator, profile: str) -> Experience:
    """All are in the room and send already."""
    await generator.order("change_network", member=FAR, profile=profile)
    await generator.order("play_out")
    await asyncio.sleep(SETTLE_S)
    await generator.order("open_playout")
    await asyncio.sleep(MEASURE_S)
    await generator.order("close_playout")
    await asyncio.sleep(1)  # what is on its way still counts
    pairs = (await generator.order("played_out"))["pairs"]
    to_far = [pair for pair in pairs if pair["receiver"] == FAR]
    from_far = [pair for pair in pairs if pair["publisher"] == FAR]

    def mean(pairs: list[dict[str, float]], of: str) -> float:
        return sum(pair[of] for pair in pairs) / len(pairs)

    return Experience(
        sound_to=mean(to_far, "made_up"),
        picture_to=mean(to_far, "frozen"),
        lost_to=mean(to_far, "lost_of_pictures"),
        sound_from=mean(from_far, "made_up"),
        picture_from=mean(from_far, "frozen"),
        lost_from=mean(from_far, "lost_of_pictures"),
    )
