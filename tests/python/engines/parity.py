"""Two engines' tables, row by row."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from streaming_analytics.reading import Reader, Warehouse

Key = tuple[Any, ...]
Row = dict[str, Any]
#: Marts by name, as schema and the columns of the primary key.
Marts = Mapping[str, tuple[str, tuple[str, ...]]]

FLOATS_DIFFER_BY = 1e-9


def marts_of(manifest: dict[str, Any]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return every mart of a manifest, with its schema and key."""
    return {
        node["name"]: (node["config"]["schema"], tuple(constraint["columns"]))
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and (node["config"]["schema"] or "").startswith("mart_")
        for constraint in node["constraints"]
        if constraint["type"] == "primary_key"
    }


def read(warehouse: Warehouse, query: str) -> list[Row]:
    """Return the rows of a query."""
    with warehouse.reading() as reader:
        return rows_of(reader, query)


def rows_of(reader: Reader, query: str) -> list[Row]:
    """Return the rows of a query, by column."""
    names, rows = reader.rows(query)
    return [dict(zip(names, row, strict=True)) for row in rows]


def same(ours: Any, theirs: Any) -> bool:
    """Tell whether values agree: floats nearly, all else exactly, and in their kind."""
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=FLOATS_DIFFER_BY)
    return type(ours) is type(theirs) and ours == theirs


def differences(ours: list[Row], theirs: list[Row], key: Iterable[str]) -> list[str]:
    """Return a line for each row or value in which two tables differ."""
    key = tuple(key)
    left, right = _by_key(ours, key), _by_key(theirs, key)
    lines = [f"{row} is not in the other" for row in left.keys() - right.keys()]
    lines += [f"{row} is only in the other" for row in right.keys() - left.keys()]
    for identity in left.keys() & right.keys():
        one, other = left[identity], right[identity]
        if one.keys() != other.keys():
            return [f"columns differ: {sorted(one.keys() ^ other.keys())}"]
        lines += [
            f"{identity} {column}: {one[column]!r} and {other[column]!r}"
            for column in one
            if not same(one[column], other[column])
        ]
    return sorted(lines)


def compare_marts(
    ours: Reader, theirs: Reader, marts: Marts, prefix: str = ""
) -> tuple[dict[str, list[str]], int]:
    """Return the first differences of each mart that has any, and how many have rows.

    Args:
        ours: One engine.
        theirs: The other, whose schemas have no prefix.
        marts: As `marts_of` returns them.
        prefix: What our schemas begin with.
    """
    found, filled = {}, 0
    for name, (schema, key) in marts.items():
        rows = rows_of(ours, f"select * from {prefix}{schema}.{name}")
        others = rows_of(theirs, f"select * from {schema}.{name}")
        filled += len(rows) > 0
        if lines := differences(rows, others, key):
            found[name] = [f"{len(lines)} differences", *lines[:5]]
    return found, filled


def _by_key(rows: list[Row], key: tuple[str, ...]) -> dict[Key, Row]:
    keyed = {tuple(row[name] for name in key): row for row in rows}
    assert len(keyed) == len(rows), f"{key} is repeated"
    return keyed
