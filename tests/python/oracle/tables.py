"""Which function recomputes which mart table, and how the two are compared."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from inspect import isfunction, signature
from types import ModuleType
from typing import Any

import psycopg

from . import (
    acquisition,
    churn,
    churn_risk,
    content,
    core,
    engagement,
    recommendation,
)
from .raw import Raw, Table

MODULES = (
    ("mart_core", core),
    ("mart_churn", churn),
    ("mart_churn", churn_risk),
    ("mart_engagement", engagement),
    ("mart_content", content),
    ("mart_acquisition", acquisition),
    ("mart_recommendation", recommendation),
)
TOLERANCE = 1e-6

Oracle = Callable[[Raw], Table]


def functions(module: ModuleType) -> dict[str, Oracle]:
    """Return the tables that a module recomputes: what it defines by a mart's name."""
    return {
        name: function
        for name, function in vars(module).items()
        if name.startswith(("agg_", "bridge_", "dim_", "fct_"))
        and isfunction(function)
        and list(signature(function).parameters) == ["raw"]
        and function.__module__ == module.__name__
    }


ORACLES: dict[tuple[str, str], Oracle] = {
    (schema, name): function
    for schema, module in MODULES
    for name, function in functions(module).items()
}


def same(expected: Any, actual: Any) -> bool:
    """Tell whether two values agree: floats within the tolerance, all else exactly."""
    if expected is None or actual is None:
        return expected is actual
    if isinstance(expected, float):
        unit = Decimal(actual).as_tuple().exponent
        assert isinstance(unit, int)
        # No nearer than the column's own rounding allows.
        tolerance = max(TOLERANCE, 0.5 * 10.0**unit + 1e-9)
        return abs(expected - float(actual)) <= tolerance
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, int | Decimal) and isinstance(actual, int | Decimal):
        return expected == actual
    if isinstance(expected, datetime) != isinstance(actual, datetime):
        return False
    if isinstance(expected, str | date) and type(expected) is type(actual):
        return expected == actual
    return False


def differences(expected: Table, actual: Table, key: list[str]) -> list[str]:
    """Return one line per row or value in which the oracle and the table differ."""

    def by_key(rows: Table, whose: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        keyed = {tuple(row[name] for name in key): row for row in rows}
        assert len(keyed) == len(rows), f"{whose} repeats a key"
        return keyed

    ours, theirs = by_key(expected, "the oracle"), by_key(actual, "the table")
    lines = [f"{row} is missing" for row in ours.keys() - theirs.keys()]
    lines += [f"{row} should not be there" for row in theirs.keys() - ours.keys()]
    for identity in ours.keys() & theirs.keys():
        for column, value in theirs[identity].items():
            wanted = ours[identity][column]
            if not same(wanted, value):
                lines.append(f"{identity} {column}: {value!r}, should be {wanted!r}")
    return sorted(lines)


def primary_keys(session: psycopg.Connection) -> dict[tuple[str, str], list[str]]:
    """Return the primary key of every mart table that exists."""
    rows = session.execute(
        """
        select
            namespaces.nspname,
            tables.relname,
            (
                select array_agg(columns.attname::text order by columns.attnum)
                from pg_index as indexes
                inner join pg_attribute as columns
                    on columns.attrelid = tables.oid
                    and columns.attnum = any (indexes.indkey)
                where indexes.indrelid = tables.oid and indexes.indisprimary
            )
        from pg_class as tables
        inner join pg_namespace as namespaces on namespaces.oid = tables.relnamespace
        where namespaces.nspname like 'dev\\_mart\\_%' and tables.relkind = 'r'
        """
    ).fetchall()
    return {(schema.removeprefix("dev_"), name): key for schema, name, key in rows}
