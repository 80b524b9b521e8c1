"""The sample has the same marts on DuckDB and on a Spark cluster, row by row."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from dbt_sample import ROOT
from engines.parity import compare_marts, marts_of, rows_of

from streaming_analytics.duckdb_file.file import DuckdbFile
from streaming_analytics.spark_folder.folder import MASTER, SparkFolder

from .cluster import WORKERS, running_cluster

DRIVER = "driver"
# What people have in their checkout, and what was made there.
NOT_COPIED = (".*", "site", "target", "logs", "spark", "python")


@dataclass(frozen=True)
class Builds:
    """The sample, built and trained by the command on each engine."""

    spark: SparkFolder
    duckdb: DuckdbFile
    manifest: dict
    said: str
    events: list[dict]


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Builds:
    """Build on a cluster that is there for this alone, and in a file."""
    place = tmp_path_factory.mktemp("engines")
    checkout = place / "checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(*NOT_COPIED))
    file = DuckdbFile(place / "built.duckdb")
    build(checkout, "--target=duckdb", f"--file={file}")
    events = recorded_events(place)
    with running_cluster(place) as cluster:
        said = build(
            checkout,
            "--target=spark",
            f"--file={place / 'spark'}",
            **{MASTER: cluster.url, "SPARK_CONF_DIR": str(place / "conf")},
        )
    return Builds(
        SparkFolder(place / "spark" / "current"),
        file,
        json.loads((checkout / "target" / "manifest.json").read_text(encoding="utf-8")),
        said,
        [json.loads(line) for path in events.iterdir() for line in path.open()],
    )


def recorded_events(place: Path) -> Path:
    """Let Spark record what it does, and return the folder of its records."""
    events, conf = place / "events", place / "conf"
    events.mkdir()
    conf.mkdir()
    (conf / "spark-defaults.conf").write_text(
        "spark.eventLog.enabled true\n"
        "spark.eventLog.compress false\n"
        "spark.eventLog.rolling.enabled false\n"
        f"spark.eventLog.dir {events.as_uri()}\n"
    )
    return events


def build(checkout: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("streaming"), "build", *arguments],
        cwd=checkout,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def test_executors_of_their_own_did_the_work(builds: Builds) -> None:
    added = {
        event["Executor ID"]
        for event in builds.events
        if event["Event"] == "SparkListenerExecutorAdded"
    }
    tasks = Counter(
        event["Task Info"]["Executor ID"]
        for event in builds.events
        if event["Event"] == "SparkListenerTaskEnd"
    )
    assert len(added - {DRIVER}) >= WORKERS
    assert set(tasks) == added - {DRIVER}
    assert all(count > 100 for count in tasks.values())


def test_both_models_were_trained(builds: Builds) -> None:
    with builds.spark.reading() as reader:
        runs = rows_of(reader, "select model_name from ml.runs order by 1")
    assert [run["model_name"] for run in runs] == ["churn", "recommend"]


def test_every_mart_is_the_same_row_by_row(builds: Builds) -> None:
    marts = marts_of(builds.manifest)
    assert len(marts) > 50
    with builds.spark.reading() as spark, builds.duckdb.reading() as duckdb:
        found, filled = compare_marts(duckdb, spark, marts)
    assert found == {}
    assert filled > 50
