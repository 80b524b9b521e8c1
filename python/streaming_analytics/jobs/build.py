"""The whole job: data, models, tests, and publishing when all of them passed."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import psycopg
from psycopg import sql

from streaming_analytics.code_version import code_version
from streaming_analytics.dbt_run import DbtJob, DbtOutcome
from streaming_analytics.errors import UserError
from streaming_analytics.jobs.build_models import (
    LeavingOut,
    build_models,
    require_success,
)
from streaming_analytics.jobs.build_request import CANDIDATE, SAMPLE, BuildRequest
from streaming_analytics.jobs.check import CheckReport, check_build
from streaming_analytics.jobs.load import load_files
from streaming_analytics.jobs.render import Rendered, prepare_pages, render
from streaming_analytics.loading.audit import warnings_of_loads
from streaming_analytics.loading.parts import require_columns
from streaming_analytics.mapped_tables import FILE as MAPPING
from streaming_analytics.mapped_tables import mapped_tables
from streaming_analytics.models.training import load_trainers
from streaming_analytics.notebooks.running import Kernels, notebook_paths
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.publishing.builds import Build, begin_build, finish_build
from streaming_analytics.publishing.changes import forget_changes, mark_changed_since
from streaming_analytics.publishing.fingerprint import record_fingerprint
from streaming_analytics.publishing.leftovers import drop_leftovers
from streaming_analytics.publishing.publisher import Publication, publish
from streaming_analytics.quality.expecting import load_library
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.side_process import SideProcess
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.roles import Reader, ensure_reader
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import WorkLock, work_lock


@dataclass(frozen=True)
class BuildReport:
    """What came of it; without a publication the build was not to be published.

    `as_of_date` is the day that the models took for today, None before there is one.
    `warnings` has a line for each thing that is to be looked at: of dbt's tests, of the
    expectations, of the loads whose rows were read.
    """

    outcome: DbtOutcome
    as_of_date: date | None
    warnings: tuple[str, ...]
    check: CheckReport | None = None
    publication: Publication | None = None
    reader: Reader | None = None
    rendered: tuple[Rendered, ...] = ()


def build(
    project: Project, selection: Selection, request: BuildRequest, progress: Progress
) -> BuildReport:
    """Run the whole job on the selected server.

    Raises:
        UserError: Models or tests failed, or something stands in the way. The
            published marts stay as they were.
    """
    connection = selection.connection
    # A generated scale is loaded, whatever else the warehouse has.
    mapping = mapped_tables(project) if request.scale is None else {}
    if mapping:
        progress.say(f"raw tables are read where {MAPPING} says")
    with work_lock(connection, "build") as lock:
        dbt = DbtJob(
            project,
            connection,
            target=request.target,
            variables={**request.variables, **mapping},
            lock=lock,
        )
        dbt.require_selected(request.select, progress)
        if request.scale not in (None, SAMPLE):
            _generate_and_load(lock, project, request.scale, progress)
        if request.raw_data != SAMPLE and not mapping:
            with connection.connect() as session:
                require_columns(session, read_raw_contract(project.raw_contract))
        if request.since is not None:
            with connection.connect() as session:
                mark_changed_since(session, request.target, request.since)
        if request.target != CANDIDATE:
            outcome = build_models(lock, dbt, request, progress)
            require_success(outcome, request)
            if not request.select:
                # With fits dbt ran twice, and neither run built all that is kept.
                with connection.connect() as session:
                    forget_changes(session, request.target)
            as_of_date = _as_of_date(connection, request)
            warnings = _warnings(connection, request, outcome, None)
            return BuildReport(outcome, as_of_date, warnings)
        if not request.is_published:
            return _build_candidate(lock, dbt, request, None, progress)
        with (
            SideProcess(*_preparations(project, request)) as side,
            Kernels(notebook_paths(project.notebooks), connection) as kernels,
        ):
            report = _build_candidate(lock, dbt, request, side, progress)
            assert report.check is not None
            reader = ensure_reader(selection, project.warehouse)
            with progress.step("publishing"):
                publication = publish(lock, reader, progress)
            with progress.step("rendering"):
                pages = render(dbt, connection, side, kernels, progress)
        return replace(
            report,
            publication=publication,
            reader=reader,
            rendered=(Rendered("checks", report.check.page), *pages),
        )


def _preparations(
    project: Project, request: BuildRequest
) -> list[Callable[[], object]]:
    """Return what the process beside this one loads, what is needed first in front."""
    fits = [load_trainers] if request.trains else []
    return [*fits, load_library, partial(prepare_pages, project)]


def _build_candidate(
    lock: WorkLock,
    dbt: DbtJob,
    request: BuildRequest,
    side: SideProcess | None,
    progress: Progress,
) -> BuildReport:
    """Build and check the candidate and record how it ended, whatever happens.

    What is not going to be published is not checked, and has no process beside it.
    """
    connection = lock.connection
    record = begin_build(connection, request.raw_data, code_version(dbt.project.root))
    check = None
    try:
        leaving = _leaving_out(lock, dbt, request, progress)
        outcome = build_models(lock, dbt, request, progress, side, leaving)
        if side and leaving and not outcome.failures:
            _drop_leftovers(connection, leaving, progress)
            record_fingerprint(connection, record, CANDIDATE)
            with progress.step("checking"):
                check = check_build(side, connection, dbt.project, record, progress)
    except KeyboardInterrupt:
        _record_failure(connection, record, ["interrupted"])
        progress.say("build interrupted; the published marts stay as they were")
        raise
    except BaseException:
        _record_failure(connection, record, ["did not finish"])
        raise
    if outcome.failures:
        _record_failure(connection, record, [f.name for f in outcome.failures])
        require_success(outcome, request)
    failed = check.failed_names if check else []
    status = "passed" if request.is_published else "partial"
    as_of_date = _as_of_date(connection, request)
    warnings = _warnings(connection, request, outcome, check)
    finish_build(
        connection,
        record,
        "failed" if failed else status,
        failed_tests=failed,
        as_of_date=as_of_date,
        warnings=warnings,
    )
    if check:
        check.require_passed()
    return BuildReport(outcome, as_of_date, warnings, check)


def _drop_leftovers(
    connection: Connection, leaving: LeavingOut, progress: Progress
) -> None:
    with connection.connect() as session:
        for name in drop_leftovers(session, CANDIDATE, leaving.tables):
            progress.say(f"{name} is dropped: no model of the project makes it")


def _leaving_out(
    lock: WorkLock, dbt: DbtJob, request: BuildRequest, progress: Progress
) -> LeavingOut | None:
    """Return what a build of all can leave out; of a part dbt decides what runs."""
    leaving = LeavingOut(
        lock.connection,
        dbt,
        progress,
        # What another tool keeps may be a view.
        all_runs=bool(
            request.full_refresh
            or request.since
            or request.select
            or dbt.variables.get("raw_tables")
        ),
    )
    return None if request.select else leaving


def _warnings(
    connection: Connection,
    request: BuildRequest,
    outcome: DbtOutcome,
    check: CheckReport | None,
) -> tuple[str, ...]:
    """Return what the build warns of, a line each."""
    found = [f"{warning.name}: {warning.message}" for warning in outcome.warnings]
    found += [one.describe() for one in check.with_outcome("warned")] if check else []
    if request.raw_data != SAMPLE:
        with connection.connect() as session:
            found += warnings_of_loads(session)
    return tuple(found)


def _record_failure(
    connection: Connection, record: Build, names: Sequence[str]
) -> None:
    """Record it if that can be done: why the build failed matters more.

    Where the server went away the next build records it, as of one that was killed.
    """
    with suppress(UserError, psycopg.Error):
        finish_build(connection, record, "failed", failed_tests=names)


def _generate_and_load(
    lock: WorkLock, project: Project, scale: str, progress: Progress
) -> None:
    """Load the data of `scale` and all that arrived since, making it when needed."""
    directory = project.data / scale
    if not directory.is_dir():
        # numpy and its compiled loops, which other builds do without.
        from streaming_analytics.jobs.generate import GenerateRequest, generate

        progress.say(f"generating the {scale} data into {directory}")
        with progress.step("generating"):
            generate(project, GenerateRequest(scale), progress)
    for place in [directory, *project.arrived(scale)]:
        report = load_files(lock, project, place, progress, append=place != directory)
        progress.say(
            f"loaded {sum(report.rows.values()):,} rows from {place} "
            f"in {report.seconds:.1f} s"
        )


def _as_of_date(connection: Connection, request: BuildRequest) -> date | None:
    """Return the day that the models took for today, from the table that holds it."""
    if request.as_of is not None:
        return request.as_of
    schema = f"{request.target}_intermediate"
    with connection.connect() as session:
        found = session.execute(
            "select to_regclass(%s)", [f"{schema}.util_as_of_date"]
        ).fetchone()
        if found is None or found[0] is None:
            return None
        row = session.execute(
            sql.SQL("select as_of_date from {}").format(
                sql.Identifier(schema, "util_as_of_date")
            )
        ).fetchone()
        return None if row is None else row[0]
