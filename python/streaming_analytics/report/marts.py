"""The published marts, read through named queries in one consistent look."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

ALL = "ALL"
_QUERIES = Path(__file__).parent / "queries"
_TABLE = re.compile(r"\bmart_\w+\.\w+")


@dataclass(frozen=True)
class Marts:
    """What the queries found.

    Attributes:
        frames: One frame per query, named after its file; numbers are floats or
            integers, dates are `datetime.date`, what is missing is None.
        unpublished: Queries without a frame, with the tables they lack.
    """

    frames: Mapping[str, pd.DataFrame]
    unpublished: Mapping[str, tuple[str, ...]]

    def __getitem__(self, query: str) -> pd.DataFrame:
        """Return the frame of a query; an empty one when it lacks its tables."""
        return self.frames.get(query, pd.DataFrame())

    def of_region(self, query: str, region: str) -> pd.DataFrame:
        """Return the rows of a region, or of the platform for `ALL`."""
        frame = self[query]
        if frame.empty:
            return frame
        return frame[frame["region_code"] == region].reset_index(drop=True)

    @property
    def regions(self) -> dict[str, str]:
        """The regions in which anything happened: code to name."""
        frame = self["regions"]
        if frame.empty:
            return {}
        return dict(zip(frame["region_code"], frame["region_name"], strict=True))

    @property
    def first_date(self) -> date | None:
        """The first day of the data; None for an empty warehouse."""
        return self._of_period("first_date")

    @property
    def as_of_date(self) -> date | None:
        """The last day of the data; None for an empty warehouse."""
        return self._of_period("as_of_date")

    @property
    def month(self) -> date | None:
        """The first day of the newest complete month; None when there is none."""
        return self._of_period("month_start_date")

    def _of_period(self, column: str) -> date | None:
        frame = self["period"]
        return None if frame.empty else frame[column].iloc[0]


def query_names() -> list[str]:
    """Return the names of all queries."""
    return sorted(path.stem for path in _QUERIES.glob("*.sql"))


def query_text(name: str) -> str:
    """Return the SQL of a query."""
    return (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def tables_of(name: str) -> tuple[str, ...]:
    """Return the marts that a query reads, as schema.table."""
    return tuple(sorted(set(_TABLE.findall(query_text(name)))))


def read_marts(connection: Connection) -> Marts:
    """Read every query in one transaction, so that no two builds are mixed.

    Raises:
        UserError: The server cannot be reached.
    """
    with connection.connect() as session:
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        session.read_only = True
        frames = {}
        unpublished = {}
        for name in query_names():
            missing = tuple(
                table for table in tables_of(name) if not _is_there(session, table)
            )
            if missing:
                unpublished[name] = missing
            else:
                frames[name] = _frame(session, name)
    return Marts(frames, unpublished)


def _is_there(session: psycopg.Connection[Any], table: str) -> bool:
    row = session.execute("select to_regclass(%s)", [table]).fetchone()
    return row is not None and row[0] is not None


def _frame(session: psycopg.Connection[Any], name: str) -> pd.DataFrame:
    cursor = session.execute(trusted(query_text(name)))
    columns = [column.name for column in cursor.description or ()]
    rows = [[_plain(value) for value in row] for row in cursor.fetchall()]
    # As objects: a column with a None must keep its integers.
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _plain(value: Any) -> Any:
    """Return a number that JSON knows; sums of integers come as numerics."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
