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
