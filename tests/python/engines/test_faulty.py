"""A platform with faults has the same marts from the same files on both engines."""

import io
from pathlib import Path

import pytest
from dbt_sample import Dbt
from faults.platform import HERE, load

from streaming_analytics.duckdb_file.file import DuckdbFile
from streaming_analytics.duckdb_file.raw import read_raw
from streaming_analytics.loading.blocks import Options
from streaming_analytics.progress import Progress
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection

from .faulty import build_models, faulty_files
from .parity import compare_marts, marts_of


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the files of 300 accounts, with every fault that is published."""
    return faulty_files(tmp_path_factory.mktemp("platform"), 300)


def test_every_mart_is_the_same_row_by_row(
    faulty: Path, database: Connection, dbt: Dbt, tmp_path: Path
) -> None:
    file = DuckdbFile(tmp_path / "work.duckdb")
    contract = read_raw_contract(HERE.raw_contract)
    aside = tmp_path / "aside.jsonl"
    read = read_raw(
        file,
        faulty,
        contract,
        Options(HERE.reference_seeds),
        aside,
        Progress(io.StringIO()),
    )
    assert read.rows == load(HERE, database, faulty).rows
    assert sum(table.quarantined for table in read.tables) > 20

    manifest = build_models(dbt, file, tmp_path / "duckdb", "duckdb")
    build_models(dbt, database, tmp_path / "postgres", "dev")

    with database.reading() as postgres, file.reading() as duckdb:
        found, filled = compare_marts(postgres, duckdb, marts_of(manifest), "dev_")
    assert found == {}
    assert filled > 45
