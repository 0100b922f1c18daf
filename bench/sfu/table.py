"""The results in lines and columns."""

from statistics import median
from typing import Any

COLUMNS = {
    "cpu_us_per_packet": ("CPU µs/packet", "{:.1f}"),
    "latency_p50_ms": ("p50 ms", "{:.2f}"),
    "latency_p99_ms": ("p99 ms", "{:.2f}"),
    "memory_kib_per_participant": ("KiB/person", "{:.0f}"),
    "join_ms": ("join ms", "{:.0f}"),
}


def table(result: dict[str, Any]) -> str:
    """Markdown: medians of the rounds that are not void, with least and most of the CPU."""
    heads = [head for head, _ in COLUMNS.values()]
    lines = [f"| room | SFU | {' | '.join(heads)} | rounds |", "| --- " * (len(heads) + 3) + "|"]
    for scenario, peers in result["rounds"].items():
        for peer, rounds in peers.items():
            lines.append(f"| {scenario} | {peer} | {_cells(rounds)} |")
    lines += [f"\nNot compared: {name}: {why}." for name, why in result["missing"].items()]
    return "\n".join(lines)


def recoveries(result: dict[str, Any]) -> str:
    """Markdown: median and worst of the rounds, in seconds, after each trouble."""
    lines = ["| trouble | SFU | sound s | picture s |", "| --- | --- | --- | --- |"]
    for trouble, peers in result["recoveries"].items():
        for peer, rounds in peers.items():
            good = [back for back in rounds if "void" not in back]
            cells = [_times([back[of] for back in good]) for of in ("sound_ms", "picture_ms")]
            lines.append(f"| {trouble} | {peer} | {' | '.join(cells)} |")
    return "\n".join(lines)


def networks(result: dict[str, Any]) -> str:
    """Markdown: medians of what was made up and frozen, to who has the poor network and from them."""
    lines = [
        "| network | SFU | sound made up, to / from | picture frozen, to / from |",
        "| --- | --- | --- | --- |",
    ]
    for network, peers in result["networks"].items():
        for peer, rounds in peers.items():
            good = [had for had in rounds if "void" not in had]
            cells = [_shares(good, f"{what}_to", f"{what}_from") for what in ("sound", "picture")]
            lines.append(f"| {network} | {peer} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _shares(rounds: list[dict[str, Any]], *fields: str) -> str:
    if not rounds:
        return "void"
    return " / ".join(f"{median(had[field] for had in rounds):.1%}" for field in fields)


def _times(took_ms: list[float | None]) -> str:
    """What never came is worse than all that did."""
    if not took_ms:
        return "void"
    ordered = sorted(took_ms, key=lambda ms: float("inf") if ms is None else ms)
    middle, worst = (_time(ordered[at]) for at in ((len(ordered) - 1) // 2, -1))
    return middle if middle == worst else f"{middle} (worst {worst})"


def _time(took_ms: float | None) -> str:
    return "never" if took_ms is None else f"{took_ms / 1000:.2f}"


def _cells(rounds: list[dict[str, Any]]) -> str:
    good = [done for done in rounds if not done["void"]]
    count = f"{len(good)} of {len(rounds)}"
    if not good:
        reasons = "; ".join(sorted({reason for done in rounds for reason in done["void"]}))
        return f"{' | '.join('–' for _ in COLUMNS)} | {count}: {reasons}"
    cells: list[str] = []
    for field, (_, shape) in COLUMNS.items():
        values = [value for done in good for value in _values(done[field])]
        cell = shape.format(median(values))
        if field == "cpu_us_per_packet" and len(values) > 1:
            cell += f" ({shape.format(min(values))}–{shape.format(max(values))})"
        cells.append(cell)
    return f"{' | '.join(cells)} | {count}"


def _values(value: float | list[float]) -> list[float]:
    return value if isinstance(value, list) else [value]
