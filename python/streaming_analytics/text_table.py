"""Tables in plain text, for a terminal."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align the first column to the left and, among three or more, others right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for first, *others in rows:
        if len(others) == 1:
            lines.append(f"{first:<{widths[0]}}  {others[0]}")
            continue
        cells = [
            f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)
        ]
        lines.append("  ".join([f"{first:<{widths[0]}}", *cells]))
    return lines
