"""The raw contract: every raw table's columns, types, key and rules, from its file.

`seeds/sample/_sample__seeds.yml` states it once and explains the rules; tables of
codes, which may be brought or not, are stated beside it with their seeds. dbt reads the
same files.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

# A seed that holds one year of a table too large for one file.
_YEAR_SUFFIX = re.compile(r"_\d{4}$")
# A seed of codes has no such column; a loaded table of codes has.
LOADED_AT: dict[str, Any] = {
    "name": "loaded_at",
    "description": "Moment the row reached the warehouse, UTC.",
    "config": {"meta": {"not_before": "1990-01-01", "example": "2024-03-02T03:00:00Z"}},
}

EXCHANGE_RATES = "exchange_rates"


@dataclass(frozen=True)
class Rules:
    """What a value has to be; the contract's file explains each.

    Raises:
        TypeError: The contract has a rule that there is not.
    """

    required: bool = False
    case: str | None = None
    values: tuple[str, ...] = ()
    seed: str | None = None
    is_time_zone: bool = False
    references: str | None = None
    keeps: bool = False
    min: float | None = None
    max: float | None = None
    step: float | None = None
    not_before: str | None = None
    not_after: str | None = None
    after: str | None = None
    day_of_month: int | None = None
    together_with: str | None = None
    instead_of: str | None = None
    rate_on: str | None = None
    currency_of: str | None = None
    personal: bool = False
    gives: str = ""
    marts: tuple[str, ...] = ()
    only_of: tuple[str, ...] = ()
    example: str = ""


@dataclass(frozen=True)
class RawColumn:
    """A column and its type, as dbt names it: string, date, numeric(12, 2) ..."""

    name: str
    type: str
    rules: Rules = Rules()
    description: str = ""


@dataclass(frozen=True)
class Spans:
    """Spans of the same owner that may not overlap; `until` is outside or NULL."""

    of: tuple[str, ...]
    start: str
    until: str


@dataclass(frozen=True)
class RawTable:
    """A raw table; `seeds` are the sample's files that make it up.

    `marts` stay empty without its rows; those of `marts_unless` only when the table
    named there has none either. `marts_need` says what the rows have to be like for
    some to have any. One that `has_default` is a table of codes: without
    rows the reference seed of its name holds, unless that `is_example` of the sample.
    """

    name: str
    columns: tuple[RawColumn, ...]
    key: tuple[str, ...]
    seeds: tuple[str, ...]
    description: str = ""
    distinct: tuple[str, ...] = ()
    no_overlap: Spans | None = None
    over_runtime_percent: float | None = None
    marts: tuple[str, ...] = ()
    marts_unless: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict, compare=False, hash=False
    )
    marts_need: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict, compare=False, hash=False
    )
    trailer_seconds: int | None = None
    has_default: bool = False
    is_example: bool = False
    by_name: Mapping[str, RawColumn] = field(
        init=False, repr=False, compare=False, hash=False
    )

    def __post_init__(self) -> None:
        """Index the columns by name."""
        object.__setattr__(self, "by_name", {c.name: c for c in self.columns})

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in the order of the files."""
        return tuple(column.name for column in self.columns)

    @property
    def looks_into(self) -> frozenset[str]:
        """The other tables that a row is held to."""
        rules = [column.rules for column in self.columns]
        found = {rule.references for rule in rules if rule.references}
        found |= {rule.seed for rule in rules if rule.seed}
        if any(rule.rate_on for rule in rules):
            found.add(EXCHANGE_RATES)
        return frozenset(found - {self.name})

    def is_required(self, column: RawColumn) -> bool:
        """Whether a row without the column's value cannot be taken."""
        return column.rules.required or column.name in self.key


def read_raw_contract(path: Path) -> tuple[RawTable, ...]:
    """Read the raw tables in the order of the contract's sources.

    Raises:
        ValueError: The file contradicts itself: a table without a seed, a seed whose
            types and columns differ, or parts of one table that differ.
    """
    codes = path.parents[1] / "reference" / "_reference__seeds.yml"
    return (*_read_tables(path), *(_read_tables(codes) if codes.exists() else ()))


def _read_tables(path: Path) -> Iterator[RawTable]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    contract = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    (source,) = [s for s in contract["sources"] if s["name"] == "raw"]
    for table in source["tables"]:
        yield _read_table(table, contract["seeds"])


def _read_table(source: dict, seeds: list[dict]) -> RawTable:
    name = source["name"]
    parts = [seed for seed in seeds if _YEAR_SUFFIX.sub("", seed["name"]) == name]
    if not parts:
        raise ValueError(f"raw table {name} has no seed of its name")
    types = parts[0]["config"]["column_types"]
    meta = parts[0]["config"]["meta"]
    columns: list[dict[str, Any]] = parts[0]["columns"]
    has_default = "loaded_at" not in types
    if has_default:
        types = types | {"loaded_at": "timestamp"}
        columns = [*columns, LOADED_AT]
    for part in parts:
        documented = [column["name"] for column in part["columns"]]
        stated = part["config"]["column_types"]
        if list(stated.items()) != list(parts[0]["config"]["column_types"].items()):
            raise ValueError(f"seeds of raw table {name} differ in their types")
        if documented != list(stated):
            raise ValueError(f"seed {part['name']}: columns and column_types differ")
    spans = meta.get("no_overlap")
    key = tuple(meta["key"])
    distinct = tuple(meta.get("distinct", ()))
    named = {*key, *distinct}
    if spans:
        named |= {*spans["of"], spans["from"], spans["until"]}
    if not named <= set(types):
        raise ValueError(f"raw table {name}: its key or rules name a column it has not")
    return RawTable(
        name=name,
        columns=tuple(
            RawColumn(
                column["name"],
                types[column["name"]],
                _read_rules(name, column),
                column.get("description", ""),
            )
            for column in columns
        ),
        key=key,
        seeds=tuple(part["name"] for part in parts),
        description=source.get("description", ""),
        distinct=distinct,
        no_overlap=Spans(tuple(spans["of"]), spans["from"], spans["until"])
        if spans
        else None,
        over_runtime_percent=meta.get("over_runtime_percent"),
        marts=tuple(meta.get("marts", ())),
        marts_unless=_marts_by(meta.get("marts_unless", {})),
        marts_need=_marts_by(meta.get("marts_need", {})),
        trailer_seconds=meta.get("trailer_seconds"),
        has_default=has_default,
        is_example=meta.get("is_example", False),
    )


def _marts_by(declared: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {what: tuple(marts) for what, marts in declared.items()}


_RULES = {rule.name for rule in fields(Rules)}


def _read_rules(table: str, column: dict) -> Rules:
    meta: dict[str, Any] = column.get("config", {}).get("meta", {})
    unknown = sorted(set(meta) - _RULES)
    if unknown:
        raise ValueError(f"{table}.{column['name']}: there is no rule {unknown[0]}")
    values: dict[str, Any] = dict(meta)
    values["values"] = tuple(map(str, meta.get("values", ())))
    values["marts"] = tuple(meta.get("marts", ()))
    values["only_of"] = tuple(meta.get("only_of", ()))
    values["example"] = str(meta.get("example", ""))
    return Rules(**values)
