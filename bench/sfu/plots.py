"""The results as pictures: bars by room and SFU, as SVG that reads on light and dark pages. No library: it is a few rectangles."""

from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from statistics import median, median_low
from typing import Any

COLORS = ("#4f7cff", "#e8863a", "#c9a227", "#3aa675", "#9b6bd6", "#8a8f98")
GREY = "#808792"
WIDTH, LABEL, VALUE = 760, 190, 70
BAR, GAP, HEAD = 16, 14, 58
Groups = dict[str, dict[str, float]]


def draw(result: dict[str, Any], folder: Path) -> None:
    """Writes a chart of each figure to ``FOLDER``, as ``cpu.svg``; what has no figures is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    rounds = result["rounds"]
    charts = {
        "cpu": (
            "Processor time a delivered packet, µs",
            _groups(rounds, lambda one: one["cpu_us_per_packet"]),
        ),
        "latency": ("One-way latency p99, ms", _groups(rounds, lambda one: one["latency_p99_ms"])),
        "memory": (
            "Memory a person, KiB",
            _groups(rounds, lambda one: one["memory_kib_per_participant"]),
        ),
        "recovery": ("Until the picture is back, s (30: never)", _recoveries(result["recoveries"])),
        "sound": (
            "Sound made up, %, to and from who has the network",
            _networks(result["networks"], "sound"),
        ),
        "picture": (
            "Pictures frozen, % of the time, to and from who has it",
            _networks(result["networks"], "picture"),
        ),
    }
    for name, (title, groups) in charts.items():
        if groups:
            (folder / f"{name}.svg").write_text(chart(title, groups))


def _groups(
    rounds: dict[str, Any],
    value: Callable[[dict[str, Any]], float],
    middle: Callable[[list[float]], float] = median,
) -> Groups:
    """The middle of each peer's rounds that are not void, by scenario, trouble or network."""
    found = {
        name: {
            peer: middle(values)
            for peer, done in peers.items()
            if (values := [value(one) for one in done if not one.get("void")])
        }
        for name, peers in rounds.items()
    }
    return {name: peers for name, peers in found.items() if peers}


def _recoveries(troubles: dict[str, Any]) -> Groups:
    def seconds(back: dict[str, Any]) -> float:
        return 30.0 if back["picture_ms"] is None else back["picture_ms"] / 1000

    return _groups(troubles, seconds, median_low)


def _networks(networks: dict[str, Any], of: str) -> Groups:
    """Both ways: to who is behind the network, and from them."""
    found: Groups = {}
    for name, peers in networks.items():
        for way in ("to", "from"):
            found |= _groups({f"{name}, {way}": peers}, partial(_percent, of=f"{of}_{way}"))
    return found


def _percent(had: dict[str, Any], of: str) -> float:
    return had[of] * 100


def chart(title: str, groups: Groups) -> str:
    """Horizontal bars in groups, the least first reading: shorter is better."""
    names = list(dict.fromkeys(peer for peers in groups.values() for peer in peers))
    color = dict(zip(names, COLORS, strict=False))
    most = max(value for peers in groups.values() for value in peers.values()) or 1.0
    height = HEAD + sum(len(peers) * BAR + GAP for peers in groups.values())
    parts = [_text(0, 18, title, weight=600), *_legend(color)]
    top = HEAD
    for group, peers in groups.items():
        parts.append(_text(0, top + len(peers) * BAR / 2 + 4, group))
        for peer, value in peers.items():
            width = value / most * (WIDTH - LABEL - VALUE)
            parts.append(
                f'<rect x="{LABEL}" y="{top + 2}" width="{width:.1f}" height="{BAR - 4}" rx="2" fill="{color[peer]}"/>'
            )
            parts.append(_text(LABEL + width + 6, top + BAR - 4, _short(value)))
            top += BAR
        top += GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>\n'
    )


def _legend(color: dict[str, str]) -> list[str]:
    parts: list[str] = []
    left = 0.0
    for peer, fill in color.items():
        parts.append(f'<rect x="{left}" y="30" width="10" height="10" rx="2" fill="{fill}"/>')
        parts.append(_text(left + 15, 39, peer))
        left += 30 + 6.6 * len(peer)
    return parts


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _text(x: float, y: float, words: str, weight: int = 400) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{GREY}" font-weight="{weight}">{escape(words)}</text>'
    )
