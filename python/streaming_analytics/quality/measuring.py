"""Measures of what was built: few scans of the marts, and small tables of the rest."""

import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from streaming_analytics.errors import UserError
from streaming_analytics.quality.counting import Counts, count_marts
from streaming_analytics.warehouse.statements import trusted

QUERIES = Path(__file__).parent / "queries"
STEPS = QUERIES / "steps"
ACCOUNTS = "accounts"
_REF = re.compile(r"\{\{\s*ref\('(\w+)'\)\s*\}\}")
# What is measured of plays is measured of their sums, which dbt keeps.
_SUMS = {
    "fct_viewing": "int_plays_by_day",
    "stg_streaming_app__viewing": "stg_streaming_app__viewing_arrivals",
}
# What is counted in every mart.
MART_ROWS = "mart_rows"
NULL_SHARES = "null_shares"
PERSONAL_VALUES = "personal_values"
# A share of NULL among fewer rows is chance.
_ROWS_FOR_SHARES = 1_000

# By measure, the rows of its table: subject first, then numbers.
Row = tuple[str, dict[str, float]]
Measures = dict[str, list[Row]]
Session = psycopg.Connection[Any]


def measure(session: Session, target: str) -> Measures:
    """Return all measures of what was built for a dbt target.

    A measure of models or columns that are not there is left out, as when a project
    has fewer.

    Raises:
        UserError: It was built before there were the sums that are measured.
    """
    places = _places(session, f"{target}_")
    _require_sums(places)
    found = _measures_of(count_marts(session, target), target)
    with _steps(session, places) as steps:
        for name, query in _queries(QUERIES, places | steps):
            # A mart of that name may be another project's, with columns of its own.
            with suppress(psycopg.errors.UndefinedColumn), session.transaction():
                found[name] = _run(session, query)
    return found


def _require_sums(places: Mapping[str, str]) -> None:
    """Refuse a build that has plays and not their sums: most would not be measured.

    Raises:
        UserError: It is of before there were these sums.
    """
    for plays, sums in _SUMS.items():
        if plays in places and sums not in places:
            raise UserError(
                f"what was built has {plays} and not {sums}, as before this version; "
                "run: streaming build"
            )


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


def _measures_of(counted: Iterable[Counts], target: str) -> Measures:
    """Return the rows of every mart, shares of NULL, and what looks personal."""
    found: Measures = {MART_ROWS: [], NULL_SHARES: [], PERSONAL_VALUES: []}
    for counts in counted:
        name = f"{counts.schema.removeprefix(f'{target}_')}.{counts.table}"
        found[MART_ROWS].append((name, {"value": counts.rows}))
        if counts.rows >= _ROWS_FOR_SHARES:
            found[NULL_SHARES] += [
                (f"{name}.{column}", {"value": 1 - filled / counts.rows})
                for column, filled in counts.filled.items()
            ]
        found[PERSONAL_VALUES] += [
            (f"{name}.{column}, {kind}", {"value": rows})
            for (column, kind), rows in counts.personal.items()
        ]
    return found
