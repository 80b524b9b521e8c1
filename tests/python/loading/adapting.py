"""What an adapter makes of an export, read back from the raw files that it writes."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from dbt_sample import ROOT

from streaming_analytics.loading.adapters.raw_files import RawFiles
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import read_raw_contract

PROJECT = Project(ROOT)
TABLES = read_raw_contract(PROJECT.raw_contract)

Adapter = Callable[[Path, RawFiles], Iterable[str] | None]


def converted(
    convert: Adapter, export: Path, target: Path
) -> tuple[dict[str, list[dict[str, str]]], list[str]]:
    """Return the rows of each raw table, values as text, and the adapter's notes."""
    target.mkdir()
    with RawFiles(target, TABLES, PROJECT.reference_seeds) as raw:
        notes = list(convert(export, raw) or ())
    tables = {}
    for table in TABLES:
        with (target / f"{table.name}.csv").open(encoding="utf-8", newline="") as file:
            tables[table.name] = list(csv.DictReader(file))
    return tables, notes
