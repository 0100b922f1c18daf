"""A participant's one colour: the cursor, the tile's ring, the chat name, the lane in replay.

Auth hands them out in order of arrival and writes them into the join token, so that every service shows the same.
Each has a contrast of at least 4.5 to white (text on the colour, the colour on a white page) and at least 3 to the
dark theme's surfaces (WCAG 2.2, 1.4.3 and 1.4.11), so one value serves both themes.
"""

PALETTE = (
    "#416ae4",  # blue
    "#ab40cf",  # purple
    "#078445",  # green
    "#a66204",  # amber
    "#d2258a",  # pink
    "#087d94",  # teal
    "#dc2727",  # red
    "#4e7f0a",  # olive
)


def color_of(arrival: int) -> str:
    """The colour of the ``arrival``-th participant of an interview, counted from 0; eight in a row differ."""
    return PALETTE[arrival % len(PALETTE)]
