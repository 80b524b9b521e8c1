"""The raw contract: every raw table's columns, types and key, read from its file.

`seeds/sample/_sample__seeds.yml` states it once; dbt reads the same file.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

# A seed that holds one year of a table too large for one file.
_YEAR_SUFFIX = re.compile(r"_\d{4}$")


@dataclass(frozen=True)
class RawColumn:
    """A column and its type, as dbt names it: string, date, numeric(12, 2) ..."""

    name: str
    type: str


@dataclass(frozen=True)
class RawTable:
    """A raw table; `seeds` are the sample's files that make it up."""

    name: str
    columns: tuple[RawColumn, ...]
    key: tuple[str, ...]
    seeds: tuple[str, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in the order of the files."""
        return tuple(column.name for column in self.columns)


def read_raw_contract(path: Path) -> tuple[RawTable, ...]:
    """Read the raw tables in the order of the contract's sources.

    Raises:
        ValueError: The file contradicts itself: a table without a seed, a seed whose
            types and columns differ, or parts of one table that differ.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    contract = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    (source,) = contract["sources"]
    return tuple(
        _read_table(table["name"], contract["seeds"]) for table in source["tables"]
    )


def _read_table(name: str, seeds: list[dict]) -> RawTable:
    parts = [seed for seed in seeds if _YEAR_SUFFIX.sub("", seed["name"]) == name]
    if not parts:
        raise ValueError(f"raw table {name} has no seed of its name")
    types = parts[0]["config"]["column_types"]
    key = parts[0]["config"]["meta"]["key"]
    for part in parts:
        documented = [column["name"] for column in part["columns"]]
        if list(part["config"]["column_types"].items()) != list(types.items()):
            raise ValueError(f"seeds of raw table {name} differ in their types")
        if documented != list(types):
            raise ValueError(f"seed {part['name']}: columns and column_types differ")
    if not set(key) <= set(types):
        raise ValueError(f"raw table {name}: its key names a column it has not")
    return RawTable(
        name=name,
        columns=tuple(RawColumn(column, type_) for column, type_ in types.items()),
        key=tuple(key),
        seeds=tuple(part["name"] for part in parts),
    )
