"""Colours that can be told apart and read, in both themes."""

import pytest

from vivavoce.contracts.colors import PALETTE, color_of

LIGHT = "#ffffff"
DARK = "#1a1d24"  # the lightest dark surface that text stands on


def luminance(color: str) -> float:
    """Source: WCAG 2.2, definition of relative luminance."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("color", PALETTE)
def test_a_colour_is_readable_on_white_and_visible_on_dark(color: str) -> None:
    assert contrast(color, LIGHT) >= 4.5
    assert contrast(color, DARK) >= 3.0


def test_there_are_eight_different_ones() -> None:
    assert len(set(PALETTE)) == 8


def test_eight_who_arrive_one_after_the_other_differ() -> None:
    assert len({color_of(arrival) for arrival in range(5, 13)}) == 8
