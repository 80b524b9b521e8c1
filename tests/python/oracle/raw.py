"""Raw rows as the definitions read them: typed, one per key, up to today."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import yaml

Row = dict[str, Any]
Table = list[Row]

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "seeds" / "sample"
REFERENCE = ROOT / "seeds" / "reference"

T = TypeVar("T")


def parse(text: str, kind: str) -> Any:
    """Return the value of a CSV field; an empty one is NULL."""
    if text == "":
        return None
    if kind == "string":
        return text
    if kind in ("integer", "bigint"):
        return int(text)
    if kind.startswith("numeric"):
        return Decimal(text)
    if kind == "boolean":
        return text[0] == "t"
    if kind == "date":
        return date.fromisoformat(text)
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def read(path: Path, types: dict[str, str]) -> Table:
    """Read a CSV file whose columns have these types."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        names = next(lines)
        kinds = [types[name] for name in names]
        return [
            dict(zip(names, map(parse, line, kinds), strict=True)) for line in lines
        ]


def contract(folder: Path) -> dict[str, tuple[dict[str, str], list[str]]]:
    """Return the column types and the key of every seed in a folder."""
    text = next(folder.glob("_*__seeds.yml")).read_text(encoding="utf-8")
    return {
        seed["name"]: (
            seed["config"]["column_types"],
            seed["config"].get("meta", {}).get("key", []),
        )
        for seed in yaml.safe_load(text)["seeds"]
    }


def latest(rows: Iterable[Row], key: list[str]) -> Table:
    """Keep of the rows with the same key the one that was loaded last.

    Rows without a whole key are nobody's and left out. Of two that were loaded at the
    same moment either may hold, as long as it does not depend on their order.
    """
    kept: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        identity = tuple(row[name] for name in key)
        if None in identity:
            continue
        other = kept.get(identity)
        if other is None or row["loaded_at"] > other["loaded_at"]:
            kept[identity] = row
    return list(kept.values())


@dataclass(eq=False)
class Raw:
    """One platform's raw rows; `viewing` holds the plays of all years."""

    tables: dict[str, Table]
    reference: dict[str, Table]
    #: Last day of the data, when it is not what the rows say.
    today: date | None = None
    memory: dict[Callable[..., Any], Any] = field(default_factory=dict)

    @property
    def as_of(self) -> date:
        """Last day on which anything happened."""
        return self.today or last_day(self)

    def until_today(self, table: str, column: str) -> Table:
        """Return the rows of a table that had happened by the end of today."""
        return [row for row in self.tables[table] if day(row[column]) <= self.as_of]


def once(function: Callable[[Raw], T]) -> Callable[[Raw], T]:
    """Work a function of the raw rows out once per platform."""

    @wraps(function)
    def remembered(raw: Raw) -> T:
        if function not in raw.memory:
            raw.memory[function] = function(raw)
        return raw.memory[function]

    return remembered


def day(moment: date | datetime) -> date:
    """Return the UTC day of a moment, or the day itself."""
    return moment.date() if isinstance(moment, datetime) else moment


@once
def happenings(raw: Raw) -> list[date]:
    """Return every day on which anything happened; a planned end has not."""
    return [
        day(row[column])
        for table, column in (
            ("viewing", "started_at"),
            ("users", "signed_up_at"),
            ("ratings", "rated_at"),
            ("subscriptions", "started_date"),
            ("subscriptions", "cancel_requested_date"),
            ("payments", "billed_date"),
        )
        for row in raw.tables[table]
        if row[column] is not None
    ] + [
        row["ended_date"]
        for row in raw.tables["subscriptions"]
        if row["ended_date"] is not None and row["ended_date"] <= day(row["loaded_at"])
    ]


@once
def last_day(raw: Raw) -> date:
    """Return the last day on which anything happened."""
    return max(happenings(raw))


def normalised(table: str, row: Row) -> Row:
    """Write codes the way the platform means them."""
    if table != "users":
        return row
    return row | {
        "country_code": row["country_code"].strip().upper(),
        "channel_code": row["channel_code"].strip().lower(),
    }


def platform(
    tables: dict[str, Table], keys: dict[str, list[str]], reference: dict[str, Table]
) -> Raw:
    """Return a platform from raw rows that may arrive repeatedly and in any order."""
    return Raw(
        tables={
            name: [normalised(name, row) for row in latest(rows, keys[name])]
            for name, rows in tables.items()
        },
        reference=reference,
    )


def reference_tables() -> dict[str, Table]:
    """Read the small tables that do not come from the platform."""
    return {
        name: read(REFERENCE / f"{name}.csv", types)
        for name, (types, _) in contract(REFERENCE).items()
    }


def sample() -> Raw:
    """Read the committed sample."""
    tables: dict[str, Table] = {"viewing": []}
    keys = {"viewing": ["play_id"]}
    for name, (types, key) in contract(SAMPLE).items():
        rows = read(SAMPLE / f"{name}.csv", types)
        if name.startswith("viewing_"):
            tables["viewing"] += rows
        else:
            tables[name] = rows
            keys[name] = key
    return platform(tables, keys, reference_tables())
