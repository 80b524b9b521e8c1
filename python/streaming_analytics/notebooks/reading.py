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
import psycopg
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
        chosen = (
            sql.SQL(", ").join(sql.Identifier(column) for column in columns)
            if columns
            else sql.SQL("*")
        )
        text = sql.SQL("select {} from {}").format(
            chosen, sql.Identifier(*name.split("."))
        )
        return self._read(text, [name])

    def query(self, text: str) -> pd.DataFrame:
        """Return what a query finds.

        Numerics come as floats, integers and booleans as such (as pandas' nullable
        types where something is missing), dates and times as `datetime64`.

        Raises:
            UserError: A table it names is not published.
        """
        return self._read(trusted(text), sorted(set(_TABLE.findall(text))))

    def has(self, *names: str) -> bool:
        """Return whether all these tables are published."""
        with self.connection.connect() as session:
            return not _unpublished(session, names)

    def _read(self, text: Any, names: Sequence[str]) -> pd.DataFrame:
        """Return what a statement finds; `names` are the tables that it needs."""
        with self.connection.connect() as session:
            session.read_only = True
            missing = _unpublished(session, names)
            if missing:
                raise UserError(
                    f"not published here: {', '.join(missing)}; run: streaming build"
                )
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


def _unpublished(session: psycopg.Connection[Any], names: Sequence[str]) -> list[str]:
    """Return which of these tables are not there, in the same order."""
    found = session.execute(
        "select name from unnest(%s::text[]) with ordinality as names (name, place) "
        "where to_regclass(name) is null order by place",
        [list(names)],
    )
    return [name for (name,) in found]


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
