"""What a day more, a correction and late rows cost beside a full build, in one run."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.measuring import copied_checkout, machine, own_database
from streaming_analytics.errors import UserError
from streaming_analytics.generator.run.run import STATE
from streaming_analytics.generator.run.run import advance as advance_platform
from streaming_analytics.jobs.build import build
from streaming_analytics.jobs.build_request import BuildRequest
from streaming_analytics.jobs.generate import GenerateRequest, generate, told_by
from streaming_analytics.jobs.load import load_files
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import work_lock

_RUNTIMES = """
update raw.content set runtime_seconds = runtime_seconds + 60
where content_id in (
    select content_id from raw.content
    where runtime_seconds is not null order by content_id limit 100
)
"""
_LATE_PLAYS = """
insert into raw.viewing
select late.*
from (
    select (jsonb_populate_record(
        viewing, jsonb_build_object('play_id', 'late-' || viewing.play_id)
    )).*
    from raw.viewing
    where cast(started_at as date) = (
        select max(cast(started_at as date)) - 40 from raw.viewing
    )
    order by play_id
    limit 1000
) as late
"""


@dataclass(frozen=True)
class Measurement:
    """One change of the data and the build after it.

    Attributes:
        name: What changed.
        plays: Raw plays that were there then.
        seconds_before: Generating and loading what changed.
        build_seconds: dbt with its tests.
        check_seconds: Holding the build to what was published before.
        publish_seconds: The publication.
        rows_published: Rows that it inserted, updated and deleted.
    """

    name: str
    plays: int
    seconds_before: float
    build_seconds: float
    check_seconds: float
    publish_seconds: float
    rows_published: int

    @property
    def seconds(self) -> float:
        """From the change to the published marts, without pages and pictures."""
        return self.seconds_before + self.seconds_of_build

    @property
    def seconds_of_build(self) -> float:
        """Of the same, without generating and loading."""
        return self.build_seconds + self.check_seconds + self.publish_seconds


def bench_advance(
    project: Project, server: Selection, users: int | None, progress: Progress
) -> list[Measurement]:
    """Build a platform, change it three ways, and build it whole again.

    Everything happens in a database of its own, which is gone afterwards.

    Raises:
        UserError: A published table is not what a full refresh makes of it.
    """
    place = project.data / "bench" / "advance"
    rmtree(place, ignore_errors=True)
    copy = copied_checkout(project, project.data / "bench")
    with own_database(server) as connection:
        measurements = _measure(copy, connection, users, place, progress)
    rmtree(place)
    return measurements


def _measure(
    project: Project,
    connection: Connection,
    users: int | None,
    place: Path,
    progress: Progress,
) -> list[Measurement]:
    selection = Selection(connection, False, ())

    def run_build(what: str, before: Callable[[], Any], *, whole: bool = False) -> Any:
        began = time.monotonic()
        before()
        seconds_before = time.monotonic() - began
        progress.say(what)
        request = BuildRequest(scale=None, full_refresh=whole, trains=False)
        report = build(project, selection, request, progress)
        done = report.publication
        changes = done.tables.values() if done else []
        return Measurement(
            what,
            _plays(connection),
            seconds_before,
            report.outcome.seconds,
            report.check.seconds if report.check else 0.0,
            done.seconds if done else 0.0,
            sum(
                change.inserted + change.updated + change.deleted for change in changes
            ),
        )

    def load(folder: Path, *, append: bool) -> None:
        with work_lock(connection, "bench") as lock:
            load_files(lock, project, folder, progress, append=append)

    def first() -> None:
        generate(project, GenerateRequest("demo", users, out=place / "base"), progress)
        load(place / "base", append=False)

    def a_day() -> None:
        out = place / "day"
        cores = os.cpu_count() or 1
        state = place / "base" / STATE
        advance_platform(project, state, 1, out, cores, told_by(progress))
        load(out, append=True)

    measurements = [
        run_build("everything, for the first time", first),
        run_build("one more day", a_day),
        run_build("100 titles of another runtime", _changes(connection, _RUNTIMES)),
        run_build("1,000 plays 40 days late", _changes(connection, _LATE_PLAYS)),
    ]
    kept = _hashes(connection)
    measurements.append(run_build("full refresh", lambda: None, whole=True))
    whole = _hashes(connection)
    different = sorted(name for name in whole if whole[name] != kept.get(name))
    if different:
        raise UserError(f"not what a full refresh makes: {', '.join(different)}")
    return measurements


def _changes(connection: Connection, statement: str) -> Callable[[], None]:
    def change() -> None:
        with connection.connect() as session:
            session.execute(statement.encode())

    return change


def _plays(connection: Connection) -> int:
    with connection.connect() as session:
        row = session.execute("select count(*) from raw.viewing").fetchone()
    return int(row[0]) if row else 0


def _hashes(connection: Connection) -> dict[str, Any]:
    """Return a sum over all rows of each table that is built."""
    with connection.connect() as session:
        names = session.execute(
            """
            select schemaname, tablename from pg_tables
            where schemaname like 'candidate\\_mart\\_%' or schemaname like 'mart\\_%'
            """
        ).fetchall()
        return {
            f"{schema}.{table}": _hash(session, schema, table)
            for schema, table in names
        }


def _hash(session: psycopg.Connection[Any], schema: str, table: str) -> Any:
    return session.execute(
        sql.SQL(
            "select count(*), sum(hashtextextended(t::text, 0)::numeric) from {} as t"
        ).format(sql.Identifier(schema, table))
    ).fetchone()


def as_text(measurements: list[Measurement]) -> str:
    """Return the measurements as a table, each as a share of the full refresh."""
    whole = measurements[-1].seconds_of_build
    lines = [
        f"{'':32} {'plays':>12} {'before':>8} {'build':>8} {'check':>8} "
        f"{'publish':>8} {'rows':>10} {'of whole':>9}"
    ]
    lines += [
        f"{one.name:32} {one.plays:12,} {one.seconds_before:7.1f}s "
        f"{one.build_seconds:7.1f}s {one.check_seconds:7.1f}s "
        f"{one.publish_seconds:7.1f}s {one.rows_published:10,} "
        f"{one.seconds / whole:8.0%}"
        for one in measurements
    ]
    return "\n".join(lines)


def as_json(measurements: list[Measurement]) -> str:
    """Return the measurements for machines."""
    results = [asdict(one) | {"seconds": one.seconds} for one in measurements]
    return json.dumps({"machine": machine(), "results": results}, indent=2)
