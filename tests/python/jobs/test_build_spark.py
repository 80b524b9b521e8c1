"""Building on Spark where Spark or Java is missing; tests/python/spark builds."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from click.testing import CliRunner
from dbt_sample import ROOT

from streaming_analytics.cli import main
from streaming_analytics.errors import UserError
from streaming_analytics.jobs import build_spark
from streaming_analytics.jobs.build_spark import require_spark
from streaming_analytics.models.declaration import FittedTable
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.spark_folder.folder import (
    BEFORE,
    BEFORE_TABLES,
    RAW,
    SparkFolder,
)

Found = Callable[[str], object]


def there(name: str) -> object:
    return SimpleNamespace(name=name)


def missing(name: str) -> None:
    """Find nothing."""


@pytest.mark.parametrize(
    ("package", "program", "next_step"),
    [
        (missing, there, "make spark-env"),
        (there, missing, "apt-get install openjdk-17-jre-headless"),
    ],
)
def test_what_is_missing_is_told_with_the_next_step(
    monkeypatch: pytest.MonkeyPatch, package: Found, program: Found, next_step: str
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(build_spark, "find_spec", package)
    monkeypatch.setattr(build_spark.shutil, "which", program)
    with pytest.raises(UserError, match=next_step):
        require_spark()
    monkeypatch.setattr(build_spark, "find_spec", there)
    monkeypatch.setattr(build_spark.shutil, "which", there)
    require_spark()


def test_a_folder_that_was_whole_stays_until_the_next_is(tmp_path: Path) -> None:
    current = tmp_path / "current"
    with build_spark.new_build(tmp_path) as folder:
        (folder.path / "rows").write_text("first")
    assert (current / "rows").read_text() == "first"
    with pytest.raises(ValueError, match="red"), build_spark.new_build(tmp_path):
        raise ValueError("red")
    assert (current / "rows").read_text() == "first"
    with build_spark.new_build(tmp_path) as folder:
        (folder.path / "rows").write_text("second")
    assert (current / "rows").read_text() == "second"
    assert len(list((tmp_path / "builds").iterdir())) == 1


def test_a_build_knows_what_is_in_the_one_before(tmp_path: Path) -> None:
    with build_spark.new_build(tmp_path) as first:
        assert first.environment()[BEFORE] == ""
        for table in ("snapshots.db/users_history", "mart_core.db/dim_users"):
            (first.tables / table).mkdir(parents=True)
            (first.tables / table / "part.parquet").touch()
        (first.tables / "mart_core.db" / "no_files").mkdir()
    with build_spark.new_build(tmp_path) as second:
        known = second.environment()
        assert known[BEFORE] == str(first.path)
        assert known[BEFORE_TABLES] == "mart_core.dim_users snapshots.users_history"
        small = replace(second, keeps_tables=False).environment()
        assert small[BEFORE_TABLES] == "snapshots.users_history"


def test_raw_rows_that_pass_the_checks_are_parquet(tmp_path: Path) -> None:
    project, data = Project(ROOT), tmp_path / "files"
    data.mkdir()
    (data / "genres.csv").write_text(
        "genre_code,genre_name,loaded_at\n"
        "drama,Drama,2025-01-02T03:04:05Z\n"
        ",Nameless,2025-01-02T03:04:05Z\n"
    )
    folder, aside = SparkFolder(tmp_path / "build"), tmp_path / "aside.jsonl"
    folder.path.mkdir()
    load = build_spark.read_raw_rows(
        project, folder, data, aside, Progress(io.StringIO())
    )
    assert load.rows["genres"] == 1
    assert "Nameless" in aside.read_text()
    assert folder.environment()[RAW] == str(folder.raw)
    tables = {table.name for table in read_raw_contract(project.raw_contract)}
    assert {path.name for path in folder.raw.iterdir()} == tables
    with duckdb.connect() as session:
        rows = session.execute(f"from '{folder.raw}/genres/*.parquet'").fetchall()
    assert rows == [("drama", "Drama", datetime(2025, 1, 2, 3, 4, 5))]  # noqa: DTZ001


@pytest.mark.parametrize("name", ["o'brien", "d[1]", "what? *"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = SparkFolder(tmp_path / name)
    fits = [FittedTable("fits", ("run_id", "name"), ("bigint", "string"))]
    folder.tables.mkdir(parents=True)
    for run in (1, 2):
        with folder.fitting(fits) as store:
            store.execute(f"insert into ml.fits values ({run}, 'churn')")
    with folder.reading() as reader:
        _, rows = reader.rows("select run_id from ml.fits order by 1")
    assert rows == [(1,), (2,)]


def test_raw_rows_go_to_a_folder_of_any_name(tmp_path: Path) -> None:
    data, folder = tmp_path / "it's [data]", SparkFolder(tmp_path / "o'brien [1]")
    for path in (data, folder.path):
        path.mkdir()
    (data / "genres.csv").write_text(
        "genre_code,genre_name,loaded_at\ndrama,Drama,2025-01-02T03:04:05Z\n"
    )
    aside, progress = tmp_path / "aside.jsonl", Progress(io.StringIO())
    build_spark.read_raw_rows(Project(ROOT), folder, data, aside, progress)
    assert (folder.raw / "genres" / "rows.parquet").is_file()


def test_two_builds_of_one_folder_do_not_meet(tmp_path: Path) -> None:
    with build_spark.new_build(tmp_path) as folder:
        (folder.path / "rows").write_text("first")
        with (
            pytest.raises(UserError, match="another streaming build works on"),
            build_spark.new_build(tmp_path),
        ):
            pytest.fail("it began")
    assert (tmp_path / "current" / "rows").read_text() == "first"


def test_what_spark_cannot_do_is_refused() -> None:
    done = CliRunner().invoke(main, ["build", "--target", "spark", "--loaded"])
    assert done.exit_code == 2
    assert "--loaded is of PostgreSQL" in done.output
