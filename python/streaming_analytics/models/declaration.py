"""The tables of schema `ml`, as dbt declares them.

`models/staging/ml/_ml__sources.yml` states them once; dbt makes them from it.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

SCHEMA = "ml"
RUNS = "runs"
RUN_ID = "run_id"


@dataclass(frozen=True)
class FittedTable:
    """A table of schema `ml` and its columns in order, `run_id` the first."""

    name: str
    column_names: tuple[str, ...]
    column_types: tuple[str, ...] = ()


def read_fitted_tables(root: Path) -> dict[str, FittedTable]:
    """Read the declared tables of the checkout at `root`, by name.

    Raises:
        ValueError: A table does not begin with `run_id`.
    """
    path = root / "models" / "staging" / "ml" / "_ml__sources.yml"
    (source,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    tables = {}
    for table in source["tables"]:
        names = tuple(column["name"] for column in table["columns"])
        if names[0] != RUN_ID:
            raise ValueError(f"table {SCHEMA}.{table['name']} begins with {names[0]}")
        types = tuple(column["data_type"] for column in table["columns"])
        tables[table["name"]] = FittedTable(table["name"], names, types)
    return tables
