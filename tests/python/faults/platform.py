"""A small platform, clean, and a checkout to build it in."""

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from streaming_analytics.generator.faults.injection import inject_rows, write_injected
from streaming_analytics.generator.run.run import (
    SCALES,
    Request,
    generate_files,
    make_world,
)
from streaming_analytics.generator.world.behaviour import Leaving
from streaming_analytics.jobs import build as job
from streaming_analytics.jobs.build import BuildReport, build
from streaming_analytics.jobs.build_request import BuildRequest
from streaming_analytics.jobs.load import load_files
from streaming_analytics.loading.reports import LoadReport
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project, own_checkout
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import work_lock

HERE = own_checkout()
# 2024-03-01: clocks change on the 10th in America and on the 31st in Europe.
START = 19_783
DAYS = 75
WORLD = make_world(
    HERE, replace(SCALES["sample"], titles=480, intensity=0.1), 2_000, START, 5
)

Faults = dict[str, float | None]
Row = dict[str, str]


def generated(out: Path, days: int = DAYS) -> Path:
    """Write the platform, with enough changes of plan for the faults that befall them.

    Returns:
        The folder with its CSV files and its manifest.
    """
    world = replace(WORLD, leaving=Leaving(plan_change=0.2))
    generate_files(Request(HERE, world, days, "csv", out))
    return out


def dirtied(clean: Path, out: Path, faults: Faults) -> Path:
    """Inject faults into a copy, as a run does before it writes its manifest."""
    shutil.copytree(clean, out, ignore=shutil.ignore_patterns("manifest.json", "state"))
    write_injected(out, inject_rows(out, faults, WORLD))
    return out


def injections(folder: Path) -> list[dict]:
    """Return what was injected where."""
    return json.loads((folder / "faults.json").read_text())["injected"]


def rows_of_file(path: Path) -> list[Row]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write a CSV file anew."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def checkout(root: Path) -> Project:
    """Return a checkout of the same models that keeps what it makes to itself."""
    root.mkdir()
    for name in ("analyses", "docs", "macros", "models", "seeds", "snapshots", "tests"):
        (root / name).symlink_to(HERE.root / name)
    for name in ("dbt_project.yml", "profiles.yml.example"):
        shutil.copy(HERE.root / name, root)
    return Project(root)


def load(project: Project, database: Connection, folder: Path) -> LoadReport:
    """Load a folder in place of what was loaded before."""
    with work_lock(database, "load") as lock:
        return load_files(lock, project, folder, Progress(io.StringIO()))


def build_loaded(project: Project, database: Connection) -> BuildReport:
    """Build, check and publish what was loaded; draw no pages.

    Raises:
        UserError: Something stopped it.
    """
    request = BuildRequest(None, threads=2, trains=False)
    # Not the embedded one: its role for BI tools is the whole server's.
    selection = Selection(database, False, ())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "render", lambda *_: [])
        return build(project, selection, request, Progress(io.StringIO()))
