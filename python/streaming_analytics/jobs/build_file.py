"""The whole job in a DuckDB file: no server, and the file changes when all is green."""

import time
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path

from streaming_analytics.code_version import code_version
from streaming_analytics.dbt_run import DbtJob, DbtOutcome
from streaming_analytics.duckdb_file.building import (
    FileBuild,
    building_site,
    record_build,
)
from streaming_analytics.duckdb_file.file import DuckdbFile
from streaming_analytics.duckdb_file.raw import read_raw
from streaming_analytics.errors import UserError
from streaming_analytics.jobs.build_models import build_models, require_success
from streaming_analytics.jobs.build_request import SAMPLE, BuildRequest
from streaming_analytics.jobs.render import Rendered
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.reports import LoadReport, warnings_of
from streaming_analytics.models.targets import FILE_TARGET
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.report.pages import write_pages


@dataclass(frozen=True)
class FileReport:
    """What came of it.

    Attributes:
        file: The file that was put in place.
        outcome: What dbt found.
        as_of_date: The day that the models took for today.
        warnings: A line for each thing that is to be looked at.
        load: What became of the files that were read; None for the sample.
        aside: Where the rows are that were set aside; None when there are none.
        rendered: The pages that were written from the file.
        seconds: How long all of it took.
    """

    file: DuckdbFile
    outcome: DbtOutcome
    as_of_date: date | None
    warnings: tuple[str, ...]
    load: LoadReport | None
    aside: Path | None
    rendered: tuple[Rendered, ...]
    seconds: float


def build_file(
    project: Project,
    path: Path,
    request: BuildRequest,
    progress: Progress,
    data: Path | None = None,
) -> FileReport:
    """Build everything into a new file, and put it in the place of the old one.

    Args:
        project: The checkout.
        path: The file.
        request: What to build; a scale that is not there yet is generated.
        progress: Shows how far it is.
        data: A folder of raw files to read instead of a scale.

    Raises:
        UserError: Models or tests failed, or something stands in the way. The file
            stays as it was.
    """
    began = time.monotonic()
    load = None
    aside = path.with_name(f"{path.name}.set_aside.jsonl")
    with building_site(path) as site:
        if request.scale != SAMPLE:
            data = data or generated(project, request.scale, progress)
            with progress.step("reading the raw files"):
                load = read_raw(
                    site.work,
                    data,
                    read_raw_contract(project.raw_contract),
                    Options(project.reference_seeds),
                    aside,
                    progress,
                )
        site.take_over_history()
        dbt = DbtJob(
            project, site.work, target=FILE_TARGET, variables=request.variables
        )
        outcome = build_models(site, dbt, request, progress)
        try:
            require_success(outcome, request)
        except UserError as error:
            raise UserError(
                f"{error}; the build is left in {site.work} to be looked at"
            ) from error
        as_of_date = request.as_of or _as_of_date(site.work)
        warnings = tuple(f"{found.name}: {found.message}" for found in outcome.warnings)
        if load is not None:
            warnings += tuple(warnings_of(load))
        build = FileBuild(
            request.raw_data,
            code_version(project.root),
            as_of_date,
            warnings,
            data.absolute() if data else None,
        )
        record_build(site.work, build)
        with progress.step("putting the file in place"):
            site.put_in_place()
    file = DuckdbFile(site.target)
    with progress.step("rendering"):
        pages = write_pages(project, file, Progress(StringIO()))
    rendered = (
        Rendered("dashboard", pages.dashboard),
        Rendered("report", pages.report),
        Rendered("glossary", pages.glossary),
    )
    return FileReport(
        file,
        outcome,
        as_of_date,
        warnings,
        load,
        aside if load is not None and aside.is_file() else None,
        rendered,
        time.monotonic() - began,
    )


def generated(project: Project, scale: str | None, progress: Progress) -> Path:
    """Return the folder of a generated scale, which is made where it is missing.

    Raises:
        UserError: Days were added to it since, in folders of their own.
    """
    assert scale is not None
    folder = project.data / scale
    if project.arrived(scale):
        raise UserError(
            f"streaming advance added days to {folder}, and a file is built from one "
            "folder; build them on PostgreSQL, or generate the days at once: "
            "streaming generate --days N --out DIR, then --data DIR"
        )
    if not folder.is_dir():
        # numpy and its compiled loops, which other builds do without.
        from streaming_analytics.jobs.generate import GenerateRequest, generate

        progress.say(f"generating the {scale} data into {folder}")
        with progress.step("generating"):
            generate(project, GenerateRequest(scale), progress)
    return folder


def _as_of_date(file: DuckdbFile) -> date | None:
    with file.reading() as reader:
        _, rows = reader.rows("select as_of_date from intermediate.util_as_of_date")
    return rows[0][0] if rows else None
