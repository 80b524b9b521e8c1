"""Measures of what was built: few scans of the marts, and small tables of the rest."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.warehouse.statements import trusted

QUERIES = Path(__file__).parent / "queries"
STEPS = QUERIES / "steps"
ACCOUNTS = "accounts"
_REF = re.compile(r"\{\{\s*ref\('(\w+)'\)\s*\}\}")
# What scanning counts in every mart.
MART_ROWS = "mart_rows"
NULL_SHARES = "null_shares"
PERSONAL_VALUES = "personal_values"
# A share of NULL among fewer rows is chance.
_ROWS_FOR_SHARES = 1_000

# Patterns of PostgreSQL. A phone number has a plus sign, or groups after a zero: bare
# digits are keys.
_EMAIL = r"[[:alnum:]._%+-]+@[[:alnum:]-]+\.[[:alpha:]]{2,}"
_PHONE = (
    r"(\+[1-9][0-9 ()./-]{7,}[0-9])"
    r"|(\m\(?0[0-9]{2,4}\)?[ /-][0-9]{3,}[ /-]?[0-9]{2,}\M)"
)

# By measure, the rows of its table: subject first, then numbers.
Row = tuple[str, dict[str, float]]
Measures = dict[str, list[Row]]
Session = psycopg.Connection[Any]


@dataclass(frozen=True)
class _Column:
    name: str
    is_text: bool
    is_nullable: bool


def measure(session: Session, schema_prefix: str) -> Measures:
    """Return all measures of the schemas that begin with a prefix.

    A measure of models or columns that are not there is left out, as when a project
    has fewer.
    """
    places = _places(session, schema_prefix)
    found: Measures = _scan(session, schema_prefix)
    with _steps(session, places) as steps:
        for name, query in _queries(QUERIES, places | steps):
            # A mart of that name may be another project's, with columns of its own.
            with suppress(psycopg.errors.UndefinedColumn), session.transaction():
                found[name] = _run(session, query)
    return found


@contextmanager
def _steps(session: Session, places: Mapping[str, str]) -> Generator[dict[str, str]]:
    """Yield where the small tables are that several measures read."""
    made = {}
    for name, query in _queries(STEPS, places):
        place = f"pg_temp.{name}"
        with suppress(psycopg.errors.UndefinedColumn), session.transaction():
            session.execute(trusted(f"create temporary table {name} as {query}"))
            made[name] = place
    yield made
    for place in made.values():
        session.execute(trusted(f"drop table {place}"))


def _queries(folder: Path, places: Mapping[str, str]) -> Generator[tuple[str, str]]:
    """Yield the name and the text of each query whose tables are there."""
    for path in sorted(folder.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        if all(name in places for name in _REF.findall(text)):
            yield path.stem, _REF.sub(lambda ref: places[ref[1]], text)


def _places(session: Session, prefix: str) -> dict[str, str]:
    rows = session.execute(
        """
        select relname, format('%%I.%%I', nspname, relname)
        from pg_class
        join pg_namespace on pg_namespace.oid = relnamespace
        where starts_with(nspname, %(prefix)s) and relkind in ('r', 'v', 'm', 'p')
            -- What changed in a kept table is in a table of the same name.
            and nspname <> %(prefix)s || 'changes'
        """,
        {"prefix": prefix},
    ).fetchall()
    return dict(rows)


def _run(session: Session, query: str) -> list[Row]:
    cursor = session.execute(trusted(query))
    names = [column.name for column in cursor.description or ()][1:]
    return [
        (
            str(subject),
            {
                name: float(number)
                for name, number in zip(names, numbers, strict=True)
                if number is not None
            },
        )
        for subject, *numbers in cursor.fetchall()
    ]


def _scan(session: Session, prefix: str) -> Measures:
    """Count rows, NULLs and what looks personal, in one scan of each mart."""
    found: Measures = {MART_ROWS: [], NULL_SHARES: [], PERSONAL_VALUES: []}
    for (schema, table), columns in _marts(session, prefix).items():
        nullable = [column for column in columns if column.is_nullable]
        texts = [column for column in columns if column.is_text]
        counts: list[sql.Composable] = [sql.SQL("count(*)")]
        counts += [sql.SQL("count({})").format(_name(column)) for column in nullable]
        for column in texts:
            counts += [
                _matches(column, _EMAIL, "@"),
                _matches(column, _PHONE, "+ /-"),
            ]
        row = session.execute(
            sql.SQL("select {} from {}").format(
                sql.SQL(", ").join(counts), sql.Identifier(schema, table)
            )
        ).fetchone()
        assert row is not None
        rows, *numbers = row
        name = f"{schema.removeprefix(prefix)}.{table}"
        found[MART_ROWS].append((name, {"value": rows}))
        if rows >= _ROWS_FOR_SHARES:
            found[NULL_SHARES] += [
                (f"{name}.{column.name}", {"value": 1 - filled / rows})
                for column, filled in zip(nullable, numbers, strict=False)
            ]
        personal = numbers[len(nullable) :]
        for place, column in enumerate(texts):
            emails, phones = personal[2 * place : 2 * place + 2]
            found[PERSONAL_VALUES] += [
                (f"{name}.{column.name}, e-mail", {"value": emails}),
                (f"{name}.{column.name}, phone", {"value": phones}),
            ]
    return found


def _matches(column: _Column, pattern: str, signs: str) -> sql.Composable:
    """Return how many values match a pattern, each of which has one of some signs.

    Searching a text for a sign takes a tenth of what the pattern takes.
    """
    return sql.SQL("count(*) filter (where ({signs}) and {column} ~ {pattern})").format(
        signs=sql.SQL(" or ").join(
            sql.SQL("{} like {}").format(_name(column), sql.Literal(f"%{sign}%"))
            for sign in signs
        ),
        column=_name(column),
        pattern=sql.Literal(pattern),
    )


def _name(column: _Column) -> sql.Identifier:
    return sql.Identifier(column.name)


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
        where starts_with(nspname, %s || 'mart_')
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
