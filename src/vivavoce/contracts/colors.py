"""A participant's one colour: the cursor, the tile's ring, the chat name, the lane in replay.

Every service computes it from the id alone, so that nobody has to ask another.
"""

from zlib import crc32

from vivavoce.kernel.ids import ParticipantId

PALETTE = (
    "#df2020",
    "#bd520a",
    "#896f07",
    "#138426",
    "#0a7f7f",
    "#196fdf",
    "#8656db",
    "#d02591",
)
"""White text on each, and each on white, reaches 4.5:1 (WCAG 2.2 SC 1.4.3); each on #1e1e1e reaches 3:1 (SC 1.4.11)."""


def participant_color(participant: ParticipantId) -> str:
    """``#rrggbb`` of a participant; the same in every process, two participants may share one."""
    return PALETTE[crc32(participant.encode()) % len(PALETTE)]
