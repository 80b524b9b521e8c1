"""The published marts as pandas frames.

    marts = open_marts()
    users = marts.table("mart_core.dim_users")
    hours = marts.query("select sum(watched_hours) from ...")

It needs the published `mart_*` schemas and nothing else, so that a notebook runs as
`bi_reader` just as it does as the owner.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.project import find_project
from streaming_analytics.shown_text import shown_text
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

_TABLE = re.compile(r"mart_\w+\.\w+")


def open_marts() -> "PublishedMarts":
    """Return the marts of the server that `PGHOST` names, else of the embedded one.

    Set PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD to read another server, as
    `bi_reader` or as any user who may read the marts.

    Raises:
        UserError: The server cannot be reached or started.
    """
    if os.environ.get("PGHOST"):
        return PublishedMarts(Connection.from_environment())
    from streaming_analytics.warehouse.selection import select_server

    return PublishedMarts(select_server(find_project()).connection)


@dataclass(frozen=True)
class PublishedMarts:
    """The tables under `mart_*` of one server, read-only."""

    connection: Connection

    def table(self, name: str, columns: Sequence[str] = ()) -> pd.DataFrame:
        """Return a whole table, or some of its columns.

        Args:
            name: Schema and table, as `mart_core.dim_users`.
            columns: Which columns; all of them by default.

        Raises:
            UserError: It is not published.
        """
        if not self.has(name):
            raise UserError(f"{name} is not published here; run: streaming build")
        chosen = (
            sql.SQL(", ").join(sql.Identifier(column) for column in columns)
            if columns
            else sql.SQL("*")
        )
        text = sql.SQL("select {} from {}").format(
            chosen, sql.Identifier(*name.split("."))
        )
        return self._read(text)

    def query(self, text: str) -> pd.DataFrame:
        """Return what a query finds.

        Numerics come as floats, integers and booleans as such (as pandas' nullable
        types where something is missing), dates and times as `datetime64`.

        Raises:
            UserError: A table it names is not published.
        """
        missing = [n for n in sorted(set(_TABLE.findall(text))) if not self.has(n)]
        if missing:
            raise UserError(
                f"not published here: {', '.join(missing)}; run: streaming build"
            )
        return self._read(trusted(text))

    def has(self, *names: str) -> bool:
        """Return whether all these tables are published."""
        with self.connection.connect() as session:
            found = session.execute(
                "select bool_and(to_regclass(name) is not null) "
                "from unnest(%s::text[]) as names (name)",
                [list(names)],
            ).fetchone()
        return bool(found and found[0])

    def _read(self, text: Any) -> pd.DataFrame:
        with self.connection.connect() as session:
            session.read_only = True
            cursor = session.execute(text)
            described = cursor.description or ()
            rows = cursor.fetchall()
        values = list(zip(*rows, strict=True)) if rows else [()] * len(described)
        return pd.DataFrame(
            {
                column.name: _typed(column.type_code, list(found))
                for column, found in zip(described, values, strict=True)
            }
        )


# PostgreSQL's type numbers; those of a server never change.
_BOOLEAN = {16}
_INTEGER = {20, 21, 23}
_NUMBER = {700, 701, 1700}
_TIME = {1082, 1114, 1184}


def _typed(type_number: int, values: list[Any]) -> pd.Series:
    has_gaps = any(value is None for value in values)
    if type_number in _NUMBER:
        return pd.Series(values, dtype="float64")
    if type_number in _INTEGER:
        return pd.Series(values, dtype="Int64" if has_gaps else "int64")
    if type_number in _BOOLEAN:
        return pd.Series(values, dtype="boolean" if has_gaps else "bool")
    if type_number in _TIME:
        return pd.to_datetime(pd.Series(values, dtype="object"))
    shown = [shown_text(value) if isinstance(value, str) else value for value in values]
    return pd.Series(shown, dtype="object")
