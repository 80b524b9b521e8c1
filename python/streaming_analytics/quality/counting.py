"""Rows, NULLs and what looks personal in each mart, counted in one scan or none.

A mart that is kept between builds has a log of the rows that left it and came: what was
counted when the log was empty, and what the log has, make up what is there now.
docs/decisions/0075-counts-go-on.md
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.publishing.changes import change_schema, is_there
from streaming_analytics.publishing.counts import COUNTED, NEWEST_BUILD
from streaming_analytics.warehouse.statements import trusted

Session = psycopg.Connection[Any]

# Patterns of PostgreSQL. A phone number has a plus sign, or groups after a zero: bare
# digits are keys.
_EMAIL = r"[[:alnum:]._%+-]+@[[:alnum:]-]+\.[[:alpha:]]{2,}"
_PHONE = (
    r"(\+[1-9][0-9 ()./-]{7,}[0-9])"
    r"|(\m\(?0[0-9]{2,4}\)?[ /-][0-9]{3,}[ /-]?[0-9]{2,}\M)"
)
# What a text may look like: the pattern, and signs of which one has to be there.
_KINDS = {"e-mail": (_EMAIL, "@"), "phone": (_PHONE, "+ /-")}


@dataclass(frozen=True)
class Counts:
    """What was counted in a mart.

    Attributes:
        rows: Rows of the mart.
        filled: Rows with a value, by nullable column.
        personal: Rows that look personal, by text column and what they look like.
    """

    schema: str
    table: str
    rows: int
    filled: dict[str, int]
    personal: dict[tuple[str, str], int]


@dataclass(frozen=True)
class _Column:
    name: str
    is_text: bool
    is_nullable: bool

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.name)


@dataclass(frozen=True)
class _Kept:
    """A table that is kept between builds: what was counted, and what changed since."""

    changed_rows: int
    is_whole: bool
    asked: str | None
    changed_when_counted: int | None
    counts: list[int] | None


def count_marts(session: Session, target: str) -> list[Counts]:
    """Return the counts of every mart of a target, and keep them for the next check."""
    kept = _read_kept(session, target)
    found = []
    for (schema, table), columns in _marts(session, f"{target}_mart_").items():
        nullable = [column for column in columns if column.is_nullable]
        texts = [column for column in columns if column.is_text]
        conditions = [_matches(each, *how) for each in texts for how in _KINDS.values()]
        rows, *numbers = _count(
            session, target, (schema, table), nullable, conditions, kept.get(table)
        )
        personal = iter(numbers[len(nullable) :])
        found.append(
            Counts(
                schema,
                table,
                rows,
                {column.name: numbers[place] for place, column in enumerate(nullable)},
                {
                    (each.name, kind): next(personal)
                    for each in texts
                    for kind in _KINDS
                },
            )
        )
    return found


def _count(
    session: Session,
    target: str,
    place: tuple[str, str],
    nullable: Sequence[_Column],
    conditions: Sequence[sql.Composable],
    kept: _Kept | None,
) -> list[int]:
    """Return how many rows there are, are filled by column, and meet each condition."""
    scan = sql.SQL("select {} from {}").format(
        sql.SQL(", ").join(
            [
                sql.SQL("count(*)"),
                *(sql.SQL("count({})").format(each.identifier) for each in nullable),
                *(sql.SQL("count(*) filter (where {})").format(c) for c in conditions),
            ]
        ),
        sql.Identifier(*place),
    )
    if kept is None:
        return _numbers(session, scan)
    asked = _asked(session, place, scan)
    counts = None
    if not kept.is_whole and kept.asked == asked and kept.changed_when_counted == 0:
        log = sql.Identifier(change_schema(target), place[1])
        counts = _go_on(session, log, nullable, conditions, kept)
    counts = counts or _numbers(session, scan)
    session.execute(
        f"""
        insert into {COUNTED} (model_name, asked, changed_rows, published_build, counts)
        values (%s, %s, %s, {NEWEST_BUILD}, %s)
        on conflict (model_name) do update
        set asked = excluded.asked, changed_rows = excluded.changed_rows,
            published_build = excluded.published_build, counts = excluded.counts
        """,
        [place[1], asked, kept.changed_rows, counts],
    )
    return counts


def _asked(session: Session, place: tuple[str, str], scan: sql.Composed) -> str:
    """Return what is counted where: another text for a table that was filled anew."""
    name = sql.Identifier(*place).as_string(session)
    (number,) = _numbers(session, sql.SQL("select {}::regclass::oid").format(name))
    text = scan.as_string(session).encode()
    return f"{number} {hashlib.md5(text, usedforsecurity=False).hexdigest()}"


def _go_on(
    session: Session,
    log: sql.Identifier,
    nullable: Sequence[_Column],
    conditions: Sequence[sql.Composable],
    kept: _Kept,
) -> list[int] | None:
    """Return the counts of before and what the log adds; None if it lacks rows."""
    where = [sql.SQL("{} is not null").format(each.identifier) for each in nullable]
    logged, *changes = _numbers(
        session,
        sql.SQL("select count(*), coalesce(sum(change_sign), 0){} from {}").format(
            sql.SQL("").join(
                sql.SQL(", coalesce(sum(change_sign) filter (where {}), 0)").format(
                    condition
                )
                for condition in [*where, *conditions]
            ),
            log,
        ),
    )
    if logged != kept.changed_rows or kept.counts is None:
        return None
    return [sum(both) for both in zip(kept.counts, changes, strict=True)]


def _numbers(session: Session, query: sql.Composed) -> list[int]:
    row = session.execute(query).fetchone()
    assert row is not None
    return [int(number) for number in row]


def _matches(column: _Column, pattern: str, signs: str) -> sql.Composable:
    """Return the condition that a value matches a pattern and has one of some signs.

    Searching a text for a sign takes a tenth of what the pattern takes.
    """
    return sql.SQL("({signs}) and {column} ~ {pattern}").format(
        signs=sql.SQL(" or ").join(
            sql.SQL("{} like {}").format(column.identifier, sql.Literal(f"%{sign}%"))
            for sign in signs
        ),
        column=column.identifier,
        pattern=sql.Literal(pattern),
    )


def _read_kept(session: Session, target: str) -> dict[str, _Kept]:
    """Return the tables that have a log, by name; none where nothing is recorded."""
    schema = change_schema(target)
    if not is_there(session, f"{schema}.models") or not is_there(session, COUNTED):
        return {}
    rows = session.execute(
        sql.SQL(
            """
            select
                models.model_name, models.changed_rows, is_whole or fingerprint = '',
                asked, counted.changed_rows, counts
            from {models} as models
            left join {counted} as counted
                on models.model_name = counted.model_name
                and published_build is not distinct from {newest}
            """
        ).format(
            models=sql.Identifier(schema, "models"),
            counted=trusted(COUNTED),
            newest=trusted(NEWEST_BUILD),
        )
    ).fetchall()
    return {name: _Kept(*values) for name, *values in rows}


def _marts(session: Session, prefix: str) -> dict[tuple[str, str], list[_Column]]:
    """Return the marts with the columns to look at.

    A text column that refers to another table's key is no text of its own.
    """
    rows = session.execute(
        """
        select
            nspname, relname, attname,
            typname in ('text', 'varchar', 'bpchar') and not exists (
                select from pg_constraint
                where conrelid = pg_class.oid and contype = 'f'
                and attnum = any(conkey)
            ),
            not attnotnull
        from pg_class
        join pg_namespace on pg_namespace.oid = relnamespace
        join pg_attribute on attrelid = pg_class.oid and attnum > 0
        join pg_type on pg_type.oid = atttypid
        where starts_with(nspname, %s)
            and relkind in ('r', 'p') and not attisdropped
        order by nspname, relname, attnum
        """,
        [prefix],
    ).fetchall()
    found: dict[tuple[str, str], list[_Column]] = {}
    for schema, table, column, is_text, is_nullable in rows:
        found.setdefault((schema, table), []).append(
            _Column(column, is_text, is_nullable)
        )
    return found
