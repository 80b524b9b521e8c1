"""A platform with faults, and its models built without tests of them."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

from dbt_sample import ROOT, Dbt
from faults.mix import PUBLISHED
from faults.platform import HERE

from streaming_analytics.generator.faults.injection import inject_rows, write_injected
from streaming_analytics.generator.run.run import (
    SCALES,
    Request,
    generate_files,
    make_world,
)
from streaming_analytics.generator.world.behaviour import Leaving
from streaming_analytics.reading import Warehouse

# From 2023-07-01 on: long enough for spells that end and come back.
START, DAYS = 19_539, 545
MODELS_ONLY = (
    "--exclude-resource-type=test",
    "--exclude-resource-type=unit_test",
    "--vars={raw_data: loaded}",
)


def faulty_files(folder: Path, accounts: int) -> Path:
    """Return a folder of CSV files, with every fault that is published."""
    small = replace(SCALES["sample"], intensity=0.3)
    world = replace(
        make_world(HERE, small, accounts, START, 5), leaving=Leaving(plan_change=0.2)
    )
    clean, dirty = folder / "clean", folder / "dirty"
    generate_files(Request(HERE, world, DAYS, "csv", clean))
    shutil.copytree(
        clean, dirty, ignore=shutil.ignore_patterns("manifest.json", "state")
    )
    write_injected(dirty, inject_rows(dirty, PUBLISHED, world))
    return dirty


def build_models(dbt: Dbt, warehouse: Warehouse, target: Path, name: str) -> dict:
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
