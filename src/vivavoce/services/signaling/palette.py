"""One colour a person, for cursor, tile, chat name and replay lane.

Each has a contrast of at least 4.5 to white (text on the colour, the colour on a white page) and at least 3 to the
dark theme's surfaces (WCAG 2.2, 1.4.3 and 1.4.11), so one value serves both themes.
"""

from collections.abc import Collection
from hashlib import sha256

COLORS = (
    "#416ae4",  # blue
    "#dc2727",  # red
    "#078445",  # green
    "#a66204",  # amber
    "#ab40cf",  # purple
    "#087d94",  # teal
    "#d2258a",  # pink
    "#4e7f0a",  # olive
)


def color_for(participant: str, taken: Collection[str]) -> str:
    """The participant's own colour, or the next one that nobody has; it is shared only when all are taken.

    The own colour follows from the id, so that it mostly survives a restart of the server.
    """
    own = sha256(participant.encode()).digest()[0] % len(COLORS)
    ring = COLORS[own:] + COLORS[:own]
    return next((color for color in ring if color not in taken), ring[0])
