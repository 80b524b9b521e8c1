"""What a load found: rows set aside, values put right, things to look at."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from streaming_analytics.loading.reasons import FIRST_REPAIR, MESSAGES, Reason

_EXAMPLES = 3
_VALUES_COUNTED = 1_000
_CHARACTERS_SHOWN = 60
HIDDEN = "(personal)"


@dataclass
class Finding:
    """One reason in one column: how many rows, which values, and the first places."""

    column: str
    reason: Reason
    rows: int = 0
    values: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def is_repair(self) -> bool:
        """Whether the rows were taken, with the value put right."""
        return self.reason >= FIRST_REPAIR

    def describe(self) -> str:
        """Return one line: how often, what, which values, and where first."""
        where = f"{self.column}: " if self.column else ""
        text = f"{self.rows:,} x {where}{MESSAGES[self.reason]}"
        shown = [
            f"{value!r}" if count == 1 else f"{value!r} ({count:,} x)"
            for value, count in self.values.most_common(_EXAMPLES)
        ]
        if shown:
            text += f", such as {', '.join(shown)}"
        if self.examples:
            text += f"; first at {self.examples[0]}"
        return text


class Findings:
    """Findings of one table."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: dict[tuple[str, Reason], Finding] = {}
        self.warnings: dict[str, int] = {}

    def __iter__(self) -> Iterator[Finding]:
        """Yield the findings, the most frequent first."""
        return iter(sorted(self._found.values(), key=lambda f: -f.rows))

    def add(
        self,
        column: str,
        reason: Reason,
        places: list[tuple[Path, int]],
        values: list[str | None],
    ) -> None:
        """Note rows that are set aside."""
        finding = self._of(column, reason)
        finding.rows += len(places)
        for path, line in places[: _EXAMPLES - len(finding.examples)]:
            finding.examples.append(f"{path.name}, line {line}")
        if reason == Reason.MISSING:
            return
        for value in values:
            text = shown(value)
            if text in finding.values or len(finding.values) < _VALUES_COUNTED:
                finding.values[text] += 1

    def add_repairs(self, column: str, reason: Reason, rows: int) -> None:
        """Note values that were put right."""
        self._of(column, reason).rows += rows

    def count(self, reason: Reason) -> int:
        """Return how many rows a reason concerns."""
        return sum(
            found.rows for found in self._found.values() if found.reason == reason
        )

    def warn(self, text: str, rows: int) -> None:
        """Note rows that are taken and worth a look."""
        self.warnings[text] = self.warnings.get(text, 0) + rows

    def _of(self, column: str, reason: Reason) -> Finding:
        return self._found.setdefault((column, reason), Finding(column, reason))


def shown(value: str | None) -> str:
    """Return a value cut to what fits into a line."""
    if value is None:
        return ""
    if len(value) > _CHARACTERS_SHOWN:
        return value[:_CHARACTERS_SHOWN] + "..."
    return value
