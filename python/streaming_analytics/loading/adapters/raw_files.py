"""What an adapter writes to: one CSV file for each raw table."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from streaming_analytics.errors import UserError
from streaming_analytics.loading import own_rules
from streaming_analytics.loading.codes import read_codes
from streaming_analytics.raw_contract import RawTable


class RawFiles:
    """A folder of raw files that is being written, row by row.

    Used as a context manager: files are whole once it is left. Tables that no row is
    written to have their header only, so they are loaded as empty ones.
    """

    def __init__(
        self,
        folder: Path,
        tables: Iterable[RawTable],
        seeds: Path | None = None,
        own_codes: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Write to `folder`, which is there and empty, what the raw tables hold.

        `seeds` is the folder of the reference seeds, whose codes are allowed where
        `own_codes` has none of the table.
        """
        self._folder = folder
        self._seeds = seeds
        self._own_codes = own_codes or {}
        # As keys, since each row is held to them.
        self._columns = {
            table.name: dict.fromkeys(table.column_names) for table in tables
        }
        self._stack = ExitStack()
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Begin a file for each table."""
        for table, columns in self._columns.items():
            path = self._folder / f"{table}.csv"
            file = self._stack.enter_context(
                path.open("w", encoding="utf-8", newline="")
            )
            self._writers[table] = csv.writer(file, lineterminator="\n")
            self._writers[table].writerow(columns)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Close the files."""
        self._stack.close()

    def write(self, table: str, **row: Any) -> None:
        """Add a row to a raw table; columns that it does not name are NULL.

        Values are written as `str` shows them; None is NULL, and a moment is written
        in UTC.

        Raises:
            UserError: There is no such table or column, or a moment has no time zone.
        """
        if table not in self._columns:
            raise UserError(
                f"there is no raw table {table}; there are "
                f"{', '.join(sorted(self._columns))}"
            )
        columns = self._columns[table]
        if not row.keys() <= columns.keys():
            unknown = [name for name in row if name not in columns]
            raise UserError(
                f"the raw table {table} has no column {', '.join(unknown)}; it has "
                f"{', '.join(columns)}"
            )
        self._writers[table].writerow(
            [_text(table, name, row.get(name)) for name in columns]
        )

    def codes(self, seed: str) -> list[str]:
        """Return the codes of a table: countries, regions, channels or devices.

        They are those of the platform where it brings them, else of the reference seed.

        Raises:
            UserError: There is no such seed.
        """
        if seed in self._own_codes:
            return list(self._own_codes[seed])
        if self._seeds is None or not (self._seeds / f"{seed}.csv").is_file():
            raise UserError(f"there is no reference seed {seed}")
        return read_codes(self._seeds, seed)

    def allow(self, limits: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
        """Move limits of the raw contract: table, column, then min, max or step.

        `{"ratings": {"rating": {"step": 0.5}}}` allows half stars.
        """
        text = json.dumps(limits)
        (self._folder / own_rules.FILE).write_text(text, encoding="utf-8")


def _text(table: str, column: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise UserError(
                f"{table}.{column} is {value}, without a time zone: "
                "give it one, such as value.replace(tzinfo=UTC)"
            )
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
