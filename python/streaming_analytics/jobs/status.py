"""What there is: server, data, builds, fits and pages, and what to run next."""

import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.rows import class_row

from streaming_analytics.code_version import code_version
from streaming_analytics.project import Project
from streaming_analytics.run_log import last_run
from streaming_analytics.text_table import aligned
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import running_server
from streaming_analytics.warehouse.work_lock import work_at

_LOAD = """
select directory, status, message, finished_at,
    coalesce(sum(rows_accepted), 0)::bigint as rows_accepted,
    coalesce(sum(rows_quarantined), 0)::bigint as rows_quarantined
from audit.loads
left join audit.row_reconciliation using (load_id)
-- Rows that were to come back and are still wrong are in quarantine as before.
where mode <> 'readmit' or status = 'loaded'
group by load_id, directory, status, message, finished_at
order by finished_at desc
limit 1
"""
_BUILD = """
select raw_data, status, as_of_date, code_version, started_at, failed_tests
from audit.builds
order by started_at desc
limit 1
"""
_PUBLISHED = """
select raw_data, as_of_date, code_version, tables, rows, published_at
from audit.build_info
order by published_at desc
limit 1
"""
_FITS = """
select distinct on (model_name) model_name, as_of_date, trained_rows
from ml.runs
order by model_name, run_id desc
"""


_Row = TypeVar("_Row")
# What is recorded of a build in place of a test's name.
_INTERRUPTED = "interrupted"
_NAMES_SHOWN = 3


@dataclass(frozen=True)
class LastLoad:
    """The newest load that read its files to the end; `message` is why it stopped."""

    directory: str
    status: str
    message: str
    finished_at: datetime
    rows_accepted: int
    rows_quarantined: int


@dataclass(frozen=True)
class LastBuild:
    """The newest build of the candidate, published or not."""

    raw_data: str
    status: str
    as_of_date: date | None
    code_version: str
    started_at: datetime
    failed_tests: list[str]


@dataclass(frozen=True)
class Published:
    """What readers see."""

    raw_data: str
    as_of_date: date | None
    code_version: str
    tables: int
    rows: int
    published_at: datetime


@dataclass(frozen=True)
class LastFit:
    """The newest fit of a model."""

    model_name: str
    as_of_date: date
    trained_rows: int


@dataclass(frozen=True)
class Status:
    """What there is; None and empty stand for what there is not.

    Attributes:
        server: The server's address; None: the embedded one does not run.
        work: The load, build or publication that runs now.
        pages_at: When the dashboard was written.
        version: The commit of the checkout.
        log: Of the newest command, when that was a build.
    """

    server: Connection | None
    version: str
    pages_at: datetime | None
    work: str | None = None
    load: LastLoad | None = None
    build: LastBuild | None = None
    published: Published | None = None
    fits: tuple[LastFit, ...] = ()
    log: Path | None = None

    @property
    def was_killed(self) -> bool:
        """Whether the newest build is recorded as running and does not run."""
        if self.build is None or self.build.status != "running":
            return False
        # A user who may not see the name is not told that it was killed.
        others = self.work and not self.work.startswith("streaming build")
        return self.work is None or bool(others)

    @property
    def next_step(self) -> str:
        """The command that brings what is published up to date, or shows it."""
        build, published, load = self.build, self.published, self.load
        if self.work is not None:
            return f"wait for: {self.work}"
        if load is not None and load.status != "loaded":
            if build is None or load.finished_at > build.started_at:
                look = f"streaming load {shlex.quote(load.directory)} --check"
                return f"{look}   (its load was stopped; raw is as it was)"
            load = None
        if build is None:
            return "streaming build" if load is None else "streaming build --loaded"
        if load is not None and load.finished_at > build.started_at:
            return "streaming build --loaded"
        if build.status == "passed":
            return "streaming publish"
        again = "streaming build" + (" --loaded" if build.raw_data == "loaded" else "")
        if build.status == "failed" and build.failed_tests != [_INTERRUPTED]:
            told = f"see {self.log}" if self.log else "streaming doctor"
            return f"see to {_some(build.failed_tests)} ({told}), then: {again}"
        if build.status != "published" or published is None:
            return again
        if published.code_version != self.version:
            return f"{again}   (the checkout has changed since)"
        if self.pages_at is None or self.pages_at < published.published_at:
            return "streaming report"
        return "streaming open"


def read_status(project: Project) -> Status:
    """Return what there is; starts no server and changes nothing.

    Raises:
        UserError: A server that `PGHOST` names cannot be reached.
    """
    page = project.site / "dashboard.html"
    at = datetime.fromtimestamp(page.stat().st_mtime, UTC) if page.is_file() else None
    version = code_version(project.root)
    selection = running_server(project)
    log = _log_of_build(project)
    if selection is None:
        return Status(None, version, at, log=log)
    with selection.connection.connect(autocommit=True) as session:
        return Status(
            selection.connection,
            version,
            at,
            work_at(session),
            _newest(session, LastLoad, _LOAD, "audit.loads"),
            _newest(session, LastBuild, _BUILD, "audit.builds"),
            _newest(session, Published, _PUBLISHED, "audit.build_info"),
            tuple(_rows(session, LastFit, _FITS, "ml.runs")),
            log,
        )


def describe_status(status: Status) -> list[str]:
    """Return what there is, a line each, and what to run next."""
    rows = [("server", _server(status)), ("load", _load(status.load))]
    rows += [("build", describe_build(status)), ("published", _published(status))]
    rows += [
        (
            "fit",
            f"{fit.model_name}, as of {fit.as_of_date}, {fit.trained_rows:,} examples",
        )
        for fit in status.fits
    ]
    rows.append(("dashboard", "none" if not status.pages_at else _at(status.pages_at)))
    if status.work is not None:
        rows.append(("running", status.work))
    return [*aligned(rows), "", f"next: {status.next_step}"]


def _server(status: Status) -> str:
    if status.server is None:
        return "the embedded PostgreSQL does not run; commands start it when needed"
    return str(status.server)


def _load(load: LastLoad | None) -> str:
    if load is None:
        return "none; the sample needs none"
    if load.status != "loaded":
        return f"{load.directory} was stopped {_at(load.finished_at)}: {load.message}"
    aside = (
        f", {load.rows_quarantined:,} set aside (streaming quarantine)"
        if load.rows_quarantined
        else ""
    )
    return (
        f"{load.directory}, {load.rows_accepted:,} rows{aside}, {_at(load.finished_at)}"
    )


def describe_build(status: Status) -> str:
    """Return how the newest build ended, with what failed in it."""
    build = status.build
    if build is None:
        return "none"
    failed = f" ({_some(build.failed_tests)})" if build.failed_tests else ""
    ended = "killed" if status.was_killed else build.status
    return f"{ended}{failed}, {build.raw_data} data, {_at(build.started_at)}"


def _published(status: Status) -> str:
    published = status.published
    if published is None:
        return "nothing"
    return (
        f"{published.tables} tables, {published.rows:,} rows, {published.raw_data} data"
        f" as of {published.as_of_date}, {_at(published.published_at)}"
    )


def _log_of_build(project: Project) -> Path | None:
    with suppress(OSError):
        run = last_run(project.run_logs)
        if run and run.command.split()[1:2] in (["build"], ["advance"]):
            return run.path
    return None


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    shown = ", ".join(names[:_NAMES_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _newest(
    session: psycopg.Connection[Any],
    kind: type[_Row],
    query: LiteralString,
    table: str,
) -> _Row | None:
    rows = _rows(session, kind, query, table)
    return rows[0] if rows else None


def _rows(
    session: psycopg.Connection[Any],
    kind: type[_Row],
    query: LiteralString,
    table: str,
) -> Sequence[_Row]:
    """Return the query's rows, none where its table was never made."""
    found = session.execute("select to_regclass(%s)", [table]).fetchone()
    if found is None or found[0] is None:
        return []
    with session.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query).fetchall()
