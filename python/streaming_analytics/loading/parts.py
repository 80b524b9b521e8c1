"""Tables that a load fills before anybody sees them, and how they become raw ones.

Each connection fills a table of its own, made in the same transaction, so that a server
with `wal_level = minimal` writes it once. In the end one transaction hangs long parts
below their raw table (a change of the catalogue, whatever their length) and moves the
rows of short ones into it. docs/decisions/0049-parallel-load.md
"""

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.raw_contract import RawTable
from streaming_analytics.warehouse.statements import trusted

RAW = "raw"
PARTS = "raw_parts"
# Shorter parts are moved: a table per connection and load would be one of many. A load
# that replaces everything leaves no others, and writes the rows of a part once.
_LONG_PART_ROWS = {"append": 1_000_000, "readmit": 1_000_000, "replace": 20_000}

Session = psycopg.Connection[Any]


def make_schemas(session: Session) -> None:
    """Make the schemas where they are missing, and drop what killed loads left.

    The caller holds the work lock, so no other load is running.
    """
    for schema in (RAW, PARTS):
        session.execute(
            sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
        )
    orphans = session.execute(
        """
        select relname from pg_class
        where relnamespace = %s::regnamespace and relkind = 'r'
            and not exists (select from pg_inherits where inhrelid = pg_class.oid)
        """,
        [PARTS],
    ).fetchall()
    for (name,) in orphans:
        drop_part(session, name)


def make_part(session: Session, name: str, table: RawTable) -> None:
    """Make an empty part of a raw table."""
    session.execute(
        sql.SQL("create table {} ({})").format(
            sql.Identifier(PARTS, name), _columns(table)
        )
    )


def drop_part(session: Session, name: str) -> None:
    """Drop a part that was never taken over."""
    session.execute(
        sql.SQL("drop table if exists {}").format(sql.Identifier(PARTS, name))
    )


def copy_statement(name: str, table: RawTable) -> sql.Composed:
    """Return the COPY that fills a part."""
    # Nobody sees the part before its transaction ends, so that its rows may be frozen:
    # the first reader then has nothing to note on their pages.
    return sql.SQL("copy {} ({}) from stdin (format binary, freeze)").format(
        sql.Identifier(PARTS, name),
        sql.SQL(", ").join(map(sql.Identifier, table.column_names)),
    )


def make_empty(session: Session, table: RawTable) -> None:
    """Leave an empty raw table of the contract's shape.

    A table of an older contract is made anew; views on it, such as the staging
    models, go with it and come back with the next build.
    """
    name = sql.Identifier(RAW, table.name)
    if present_columns(session, table) == wanted_columns(table):
        for (part,) in session.execute(
            """
            select relname from pg_inherits
            inner join pg_class on pg_class.oid = inhrelid
            where inhparent = to_regclass(%s)
            """,
            [f"{RAW}.{table.name}"],
        ).fetchall():
            drop_part(session, part)
        session.execute(sql.SQL("truncate only {}").format(name))
        return
    session.execute(sql.SQL("drop table if exists {} cascade").format(name))
    session.execute(sql.SQL("create table {} ({})").format(name, _columns(table)))


def require_shape(session: Session, table: RawTable) -> None:
    """Raise UserError when nothing can be appended to a raw table."""
    if present_columns(session, table) != wanted_columns(table):
        raise UserError(
            f"{RAW}.{table.name} is not there, or not of the contract's shape, so "
            "nothing can be appended to it; load a whole directory without --append"
        )


def require_columns(session: Session, tables: Iterable[RawTable]) -> None:
    """Raise UserError when models cannot read what an older version has loaded."""
    for table in tables:
        present = {name for name, _ in present_columns(session, table)}
        if not present >= set(table.column_names):
            raise UserError(
                f"{RAW}.{table.name} was loaded for an older version, or not at all; "
                "load your files again: streaming load DIR"
            )


def take_over(
    session: Session, table: RawTable, parts: dict[str, int], mode: str
) -> None:
    """Make the rows of some parts rows of the raw table."""
    raw = sql.Identifier(RAW, table.name)
    columns = sql.SQL(", ").join(map(sql.Identifier, table.column_names))
    for name, rows in parts.items():
        part = sql.Identifier(PARTS, name)
        if rows >= _LONG_PART_ROWS[mode]:
            session.execute(sql.SQL("alter table {} inherit {}").format(part, raw))
            continue
        session.execute(
            sql.SQL("insert into {} ({}) select {} from {}").format(
                raw, columns, columns, part
            )
        )
        drop_part(session, name)


def count_rows(session: Session, table: RawTable) -> int:
    """Return how many rows a raw table has, 0 where it is not there."""
    found = session.execute(
        "select to_regclass(%s)", [f"{RAW}.{table.name}"]
    ).fetchone()
    if found is None or found[0] is None:
        return 0
    row = session.execute(
        sql.SQL("select count(*) from {}").format(sql.Identifier(RAW, table.name))
    ).fetchone()
    return row[0] if row else 0


def wanted_columns(table: RawTable) -> list[tuple[str, str]]:
    """Return the contract's columns with their types as `format_type` spells them."""
    return [(column.name, _postgres_type(column.type)) for column in table.columns]


def present_columns(session: Session, table: RawTable) -> list[tuple[str, str]]:
    """Return the columns that a raw table has; none where it is not there."""
    return session.execute(
        """
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
        order by attnum
        """,
        [f"{RAW}.{table.name}"],
    ).fetchall()


def _columns(table: RawTable) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), trusted(type_))
        for column, type_ in wanted_columns(table)
    )


def _postgres_type(type_: str) -> str:
    if type_.startswith("numeric("):
        return type_.replace(" ", "")
    return {
        "string": "text",
        "timestamp": "timestamp without time zone",
    }.get(type_, type_)
