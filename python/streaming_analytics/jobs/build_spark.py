"""The whole job on Spark: a new folder of Parquet, kept when all is green."""

import os
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path

from streaming_analytics.dbt_run import DbtJob, DbtOutcome
from streaming_analytics.duckdb_file.file import DuckdbFile
from streaming_analytics.duckdb_file.quoting import literal
from streaming_analytics.duckdb_file.raw import read_raw
from streaming_analytics.errors import UserError
from streaming_analytics.held_folder import held_folder
from streaming_analytics.jobs.build_file import generated
from streaming_analytics.jobs.build_models import build_models, require_success
from streaming_analytics.jobs.build_request import SAMPLE, BuildRequest
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.reports import LoadReport, warnings_of
from streaming_analytics.models.declaration import read_fitted_tables
from streaming_analytics.models.targets import SPARK_TARGET
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.spark_folder.folder import MASTER, HeldFolder, SparkFolder

# The build that is whole, and the one that is made.
CURRENT = "current"
_BUILDS = "builds"
# Of fewer plays, all rows take less time than statements that find the touched ones.
_PLAYS_WORTH_PARTS = 1_000_000


@dataclass(frozen=True)
class SparkReport:
    """What came of it.

    Attributes:
        folder: The build that is whole now.
        outcome: What dbt found.
        as_of_date: The day that the models took for today.
        warnings: A line for each thing that is to be looked at.
        load: What became of the files that were read; None for the sample.
        aside: Where the rows are that were set aside; None when there are none.
        seconds: How long all of it took.
    """

    folder: SparkFolder
    outcome: DbtOutcome
    as_of_date: date | None
    warnings: tuple[str, ...]
    load: LoadReport | None
    aside: Path | None
    seconds: float


def build_spark(
    project: Project,
    path: Path,
    request: BuildRequest,
    progress: Progress,
    data: Path | None = None,
) -> SparkReport:
    """Build everything into a new folder, and point `current` at it.

    Args:
        project: The checkout.
        path: The folder of builds.
        request: What to build; a scale that is not there yet is generated.
        progress: Shows how far it is.
        data: A folder of raw files to read instead of a scale.

    Raises:
        UserError: Models or tests failed, or something stands in the way. What was
            built before stays as it was.
    """
    require_spark()
    began = time.monotonic()
    load = None
    path = path.absolute()
    aside = path / "set_aside.jsonl"
    with new_build(path) as folder:
        if request.scale != SAMPLE:
            data = data or generated(project, request.scale, progress)
            with progress.step("reading the raw files"):
                load = read_raw_rows(project, folder, data, aside, progress)
        if load is None or load.rows["viewing"] < _PLAYS_WORTH_PARTS:
            folder = replace(folder, keeps_tables=False)
        dbt = DbtJob(project, folder, target=SPARK_TARGET, variables=request.variables)
        declared = tuple(read_fitted_tables(project.root).values())
        outcome = build_models(HeldFolder(folder, declared), dbt, request, progress)
        require_success(outcome, request)
        with folder.reading() as reader:
            _, rows = reader.rows("select as_of_date from intermediate.util_as_of_date")
    warnings = tuple(f"{found.name}: {found.message}" for found in outcome.warnings)
    return SparkReport(
        SparkFolder(path / CURRENT),
        outcome,
        request.as_of or (rows[0][0] if rows else None),
        warnings + (tuple(warnings_of(load)) if load is not None else ()),
        load,
        aside if load is not None and aside.is_file() else None,
        time.monotonic() - began,
    )


def require_spark() -> None:
    """Refuse to begin without Java or the packages.

    Raises:
        UserError: One of them is missing; it says the next step.
    """
    if find_spec("pyspark") is None or find_spec("dbt.adapters.spark") is None:
        raise UserError(
            "Spark is not installed in this environment; make it one of its own with: "
            "make spark-env, then: .venv-spark/bin/streaming build --target spark"
        )
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and (Path(home) / "bin" / "java").is_file())):
        raise UserError(
            "Spark needs Java 17 or newer, and there is no `java` here; on Debian: "
            "apt-get install openjdk-17-jre-headless"
        )


def read_raw_rows(
    project: Project, folder: SparkFolder, data: Path, aside: Path, progress: Progress
) -> LoadReport:
    """Write the rows that pass the checks of a load as Parquet, a folder a table.

    Raises:
        UserError: A file cannot be read, or too many rows break the contract.
    """
    contract = read_raw_contract(project.raw_contract)
    # DuckDB names a catalogue after its file, and raw is a schema in it.
    work = DuckdbFile(folder.path / "checked.duckdb")
    load = read_raw(
        work, data, contract, Options(project.reference_seeds), aside, progress
    )
    with work.connect(is_read_only=True) as session:
        for table in contract:
            place = folder.raw / table.name
            place.mkdir(parents=True)
            session.execute(
                f"copy raw.{table.name} to {literal(place / 'rows.parquet')} "
                "(format parquet)"
            )
    work.path.unlink()
    return load


@contextmanager
def new_build(path: Path) -> Generator[SparkFolder]:
    """Yield an empty folder, which becomes the current one when the block ends well.

    It knows the one that is current until then, which stays as it is. One that failed
    is left to be looked at, until the next build.

    Raises:
        UserError: Another job builds there, or the folder cannot be made.
    """
    current, builds = path / CURRENT, path / _BUILDS
    with held_folder(builds, path):
        whole = current.resolve() if current.is_symlink() else None
        for left in builds.iterdir():
            if left != whole:
                shutil.rmtree(left)
        place = builds / datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        place.mkdir()
        yield SparkFolder(place, os.environ.get(MASTER), whole)
        new = path / f"{CURRENT}.new"
        new.unlink(missing_ok=True)
        new.symlink_to(Path(_BUILDS) / place.name)
        os.replace(new, current)
        if whole is not None:
            shutil.rmtree(whole, ignore_errors=True)
