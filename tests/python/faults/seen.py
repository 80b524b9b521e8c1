"""What became of the rows of a fault: set aside, taken, repaired, warned of."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from streaming_analytics.generator.faults.known import table_files
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

from .platform import HERE, Row, injections

#: Of the rows that are delivered in one's place, only the last is wrong.
LAST_IS_WRONG = ("repeated_header", "overlapping_subscriptions")
#: The account, title or subscription of the row was set aside, and so it is too.
FOLLOWS = "parent_aside"


@dataclass(frozen=True)
class Delivered:
    """A row in whose place others were delivered.

    Attributes:
        before: The row as it was.
        rows: What was delivered, by the line of its file.
        aside: Which of these lines were set aside, and why, as "column: reason".
    """

    before: Row
    rows: dict[int, Row]
    aside: dict[int, str]

    @property
    def after(self) -> list[Row]:
        """The rows that were delivered."""
        return list(self.rows.values())

    @property
    def is_lost_with_another(self) -> bool:
        """Whether a row that it refers to was set aside."""
        return any(FOLLOWS in why for why in self.aside.values())


def lines_of(path: Path) -> dict[int, tuple[int, Row]]:
    """Return the rows of a file by their number, with the line that each ends on."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return {
            number: (reader.line_num, row) for number, row in enumerate(reader, start=1)
        }


@dataclass(frozen=True)
class Seen:
    """A delivery with faults, and what the warehouse made of it."""

    clean: Path
    dirty: Path
    connection: Connection
    warnings: tuple[str, ...]

    @cached_property
    def _entries(self) -> dict[str, list[dict]]:
        found = defaultdict(list)
        for entry in injections(self.dirty):
            found[entry["fault"]].append(entry)
        return found

    @cached_property
    def quarantined(self) -> dict[tuple[str, int], str]:
        """Reasons by file and line."""
        return {
            (
                Path(row["file"]).name,
                row["line"],
            ): f"{row['column_name']}: {row['reason']}"
            for table in read_raw_contract(HERE.raw_contract)
            for row in self.rows(f"select * from raw_quarantine.{table.name}")
        }

    @cached_property
    def _files(self) -> dict[Path, dict[int, tuple[int, Row]]]:
        return {
            path: lines_of(path)
            for folder in (self.clean, self.dirty)
            for path in folder.glob("*.csv")
        }

    def delivered(self, fault: str) -> list[Delivered]:
        """Return the rows that a fault befell, those of faults of tables left out."""
        found = []
        for entry in self._entries[fault]:
            if "clean_row" not in entry:
                continue
            name, first = entry["file"], entry["row"]
            now = self._files[self.dirty / name]
            rows = dict(now[n] for n in range(first, first + entry["rows_delivered"]))
            found.append(
                Delivered(
                    self._files[self.clean / name][entry["clean_row"]][1],
                    rows,
                    {
                        line: self.quarantined[name, line]
                        for line in rows
                        if (name, line) in self.quarantined
                    },
                )
            )
        return found

    def taken_keys(self, table: str) -> list[str]:
        """Return the keys of the delivered rows that were not set aside."""
        return [
            next(iter(row.values()))
            for path in table_files(self.dirty, table)
            for line, row in self._files[path].values()
            if (path.name, line) not in self.quarantined
        ]

    def is_injected(self, fault: str) -> bool:
        """Tell whether a fault befell anything."""
        return bool(self._entries[fault])

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        with (
            self.connection.connect() as session,
            session.cursor(row_factory=dict_row) as cursor,
        ):
            return cursor.execute(trusted(query), values or None).fetchall()

    def one(self, query: str, *values: Any) -> dict[str, Any]:
        """Return the only row of a query."""
        (row,) = self.rows(query, *values)
        return row
