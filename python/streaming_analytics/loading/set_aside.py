"""Rows that are set aside, kept on disk until the load is done."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Self

import numpy as np

from streaming_analytics.loading.blocks import Block
from streaming_analytics.loading.casts import text_of
from streaming_analytics.loading.cells import Text
from streaming_analytics.loading.checked import NO_COLUMN, Checked
from streaming_analytics.loading.findings import HIDDEN, Findings
from streaming_analytics.loading.reasons import MESSAGES, Reason
from streaming_analytics.raw_contract import RawTable

# Name under which a line is kept whose fields cannot be told apart.
WHOLE_LINE = ""
_KEPT_IN_MEMORY = 1 << 22


@dataclass(frozen=True)
class BadRow:
    """A row that is set aside; `row` is what was delivered, by column."""

    table: str
    file: str
    line: int
    column: str
    reason: str
    explanation: str
    value: str | None
    row: dict[str, str | None]


class SetAside:
    """A file of rows that were set aside in one load; safe from several threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115
            _KEPT_IN_MEMORY, "w+", encoding="utf-8"
        )
        self._lock = Lock()

    def __enter__(self) -> Self:
        """Keep the file open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the file."""
        self._file.close()

    def add(
        self, table: RawTable, block: Block, checked: Checked, findings: Findings
    ) -> int:
        """Keep a block's bad rows and note what is wrong with them; return how many."""
        bad = np.flatnonzero(checked.reasons)
        if not len(bad):
            return 0
        cells = {name: _texts(column, bad) for name, column in block.cells.items()}
        rows = [
            self._bad_row(table, block, checked, int(row), at, cells)
            for at, row in enumerate(bad)
        ]
        with self._lock:
            self.write(rows)
            by_kind: dict[tuple[str, str], list[BadRow]] = {}
            for row in rows:
                by_kind.setdefault((row.column, row.reason), []).append(row)
            for (column, reason), found in by_kind.items():
                findings.add(
                    column,
                    Reason[reason.upper()],
                    [(block.path, row.line) for row in found],
                    [row.value for row in found],
                )
        return len(rows)

    def write(self, rows: list[BadRow]) -> None:
        """Keep rows."""
        for row in rows:
            self._file.write(json.dumps(asdict(row)) + "\n")

    def __iter__(self) -> Iterator[BadRow]:
        """Yield the rows that were kept."""
        self._file.seek(0)
        for line in self._file:
            yield BadRow(**json.loads(line))
        self._file.seek(0, 2)

    @staticmethod
    def _bad_row(
        table: RawTable,
        block: Block,
        checked: Checked,
        row: int,
        at: int,
        cells: dict[str, list[str | None]],
    ) -> BadRow:
        reason = Reason(checked.reasons[row])
        place = int(checked.where[row])
        content = {name: texts[at] for name, texts in cells.items()}
        column, value = "", None
        if place == NO_COLUMN:
            if block.line_text is not None:
                content = {WHOLE_LINE: block.line_text(row)}
                value = HIDDEN if _is_personal(table) else content[WHOLE_LINE]
        else:
            column = table.columns[place].name
            value = content.get(column)
            if value is not None and table.columns[place].rules.personal:
                value = HIDDEN
        return BadRow(
            table.name,
            str(block.path),
            int(block.lines[row]),
            column,
            reason.name.lower(),
            MESSAGES[reason],
            value,
            content,
        )


def _is_personal(table: RawTable) -> bool:
    return any(column.rules.personal for column in table.columns)


def _texts(column: "Text | object", rows: np.ndarray) -> list[str | None]:
    if not isinstance(column, Text):
        column = text_of(column.take(rows))  # ty: ignore[missing-attribute]
        rows = np.arange(len(rows))
    # PostgreSQL's jsonb takes no NUL.
    return [
        None if text is None else text.replace("\0", "\ufffd")
        for text in (column.at(int(row)) for row in rows)
    ]
