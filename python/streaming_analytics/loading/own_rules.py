"""Rules of a folder's own: what is right on its platform and not on others."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from streaming_analytics.errors import UserError
from streaming_analytics.raw_contract import RawColumn, RawTable

FILE = "rules.json"
# Limits may be moved; keys, references and codes are what the models rest on.
_MOVABLE = ("min", "max", "step")


def with_own_rules(directory: Path, tables: Iterable[RawTable]) -> tuple[RawTable, ...]:
    """Return the tables with the limits that `rules.json` sets, if there is one.

    It names table, column and limit: `{"ratings": {"rating": {"step": 0.5}}}` for a
    platform with half stars.

    Raises:
        UserError: The file cannot be read, or names what there is not.
    """
    tables = tuple(tables)
    path = directory / FILE
    own = read_own_rules(directory)
    try:
        known = {table.name: table for table in tables}
        for name, columns in own.items():
            table = known[name]
            for column, limits in columns.items():
                table = _changed(table, table.by_name[column], limits)
            known[name] = table
    except (ValueError, AttributeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    except KeyError as error:
        raise UserError(f"{path}: there is no {error} in the raw contract") from error
    return tuple(known[table.name] for table in tables)


def read_own_rules(directory: Path) -> dict[str, Any]:
    """Return what `rules.json` says, and nothing where there is none.

    Raises:
        UserError: The file cannot be read.
    """
    path = directory / FILE
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error


def together(rules: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the limits of several files as those of one; the last ones hold."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for each in rules:
        for table, columns in each.items():
            for column, limits in columns.items():
                found.setdefault(table, {}).setdefault(column, {}).update(limits)
    return found


def _changed(table: RawTable, column: RawColumn, limits: dict[str, float]) -> RawTable:
    for name, value in limits.items():
        if name not in _MOVABLE or not isinstance(value, int | float):
            raise ValueError(f"{column.name}: give a number for {', '.join(_MOVABLE)}")
    changed = replace(column, rules=replace(column.rules, **limits))
    columns = tuple(changed if each == column else each for each in table.columns)
    return replace(table, columns=columns)
