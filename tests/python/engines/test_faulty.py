"""A platform with faults has the same marts from the same files on both engines."""

import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from dbt_sample import ROOT, Dbt
from faults.mix import PUBLISHED
from faults.platform import HERE, load

from streaming_analytics.duckdb_file.file import DuckdbFile
from streaming_analytics.duckdb_file.raw import read_raw
from streaming_analytics.generator.faults.injection import inject_rows, write_injected
from streaming_analytics.generator.run.run import (
    SCALES,
    Request,
    generate_files,
    make_world,
)
from streaming_analytics.generator.world.behaviour import Leaving
from streaming_analytics.loading.blocks import Options
from streaming_analytics.progress import Progress
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.reading import Warehouse
from streaming_analytics.warehouse.connection import Connection

from .parity import compare_marts, marts_of

# From 2023-07-01 on: long enough for spells that end and come back.
START, DAYS = 19_539, 545
MODELS_ONLY = (
    "--exclude-resource-type=test",
    "--exclude-resource-type=unit_test",
    "--vars={raw_data: loaded}",
)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the files of 300 accounts, with every fault that is published."""
    folder = tmp_path_factory.mktemp("platform")
    small = replace(SCALES["sample"], intensity=0.3)
    world = replace(
        make_world(HERE, small, 300, START, 5), leaving=Leaving(plan_change=0.2)
    )
    clean, dirty = folder / "clean", folder / "dirty"
    generate_files(Request(HERE, world, DAYS, "csv", clean))
    shutil.copytree(
        clean, dirty, ignore=shutil.ignore_patterns("manifest.json", "state")
    )
    write_injected(dirty, inject_rows(dirty, PUBLISHED, world))
    return dirty


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

    manifest = build(dbt, file, tmp_path / "duckdb", "duckdb")
    build(dbt, database, tmp_path / "postgres", "dev")

    with database.reading() as postgres, file.reading() as duckdb:
        found, filled = compare_marts(postgres, duckdb, marts_of(manifest), "dev_")
    assert found == {}
    assert filled > 45


def build(dbt: Dbt, warehouse: Warehouse, target: Path, name: str) -> dict:
    """Build the models of what was loaded, and return the manifest."""
    done = dbt(
        "build",
        f"--target={name}",
        *MODELS_ONLY,
        connection=warehouse,
        target=target,
        project=ROOT,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return json.loads((target / "manifest.json").read_text(encoding="utf-8"))
