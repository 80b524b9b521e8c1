"""`streaming build`: the whole job."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from streaming_analytics.models.targets import FILE_TARGET, SPARK_TARGET

if TYPE_CHECKING:
    from streaming_analytics.jobs.build_file import FileReport
    from streaming_analytics.jobs.build_request import BuildRequest
    from streaming_analytics.jobs.build_spark import SparkReport
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import Project
    from streaming_analytics.warehouse.selection import Selection

FILE = "streaming.duckdb"
FOLDER = "spark"


@click.command()
@click.option(
    "--scale",
    type=click.Choice(["sample", "demo", "large"]),
    default="sample",
    show_default=True,
    help="sample reads the committed seeds; the others are generated and loaded.",
)
@click.option(
    "--loaded",
    is_flag=True,
    help="Read what `streaming load` brought in, instead of a scale.",
)
@click.option(
    "--target",
    type=click.Choice(["candidate", "dev", "ci", "duckdb", "spark"]),
    default="candidate",
    show_default=True,
    help="Schemas to build in, only candidate is published; or duckdb, a file; or "
    "spark, a folder of Parquet.",
)
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Of --target duckdb and spark: the file or folder to build.  [default: "
    "streaming.duckdb, spark]",
)
@click.option(
    "--train/--no-train",
    "trains",
    default=True,
    show_default=True,
    help="Fit the models anew from these marts, or score with their last fit.",
)
@click.option(
    "--full-refresh",
    is_flag=True,
    help="Build every table from nothing, also those that nothing changed for.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    metavar="DIR",
    help="Of --target duckdb and spark: read the raw files in DIR, not a scale.",
)
@click.option(
    "--from",
    "since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Compute anew what plays from this day on reach, whether they changed or not.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The day to take for today, instead of the last day of the data.",
)
@click.option("--threads", type=click.IntRange(min=1), help="dbt's threads.")
@click.option(
    "--select",
    multiple=True,
    metavar="SELECTOR",
    help="Build only these models and their tests, and publish nothing; several as in "
    "dbt: --select fct_viewing dim_users+.",
)
@click.argument("more_selectors", nargs=-1, metavar="")
def build(
    scale: str,
    loaded: bool,
    target: str,
    since: datetime | None,
    as_of: datetime | None,
    select: tuple[str, ...],
    more_selectors: tuple[str, ...],
    **how: Any,
) -> None:
    """Build the marts, test them, and publish them when every test passed.

    Works on the embedded PostgreSQL, started when needed, or on the server that
    PGHOST names. When a test fails, the published marts stay as they were.

    Large tables are kept from the last build, and only what new or changed rows
    reach is computed anew; the result is that of --full-refresh. A changed definition,
    model or version builds the tables that it concerns whole by itself, and says so.
    Models and tests that nothing changed for are left as they are.

    With --target duckdb no server is needed: the marts go into one file that DuckDB,
    Python and many BI tools open, made anew each time and put in place when every test
    passed. It reads the folder of --data where it is, by the rules of `streaming load`;
    rows that break them go to a file beside it. It holds no names, addresses or birth
    dates. The expectations against the last build, the docs site and the BI files are
    PostgreSQL's alone.

    --target spark builds in a folder of Parquet, on the cores of this machine or on the
    cluster that STREAMING_SPARK_MASTER names. It needs Java 17 and an environment of
    its own (make spark-env), and reads --data as a file does: docs/spark.md.

    \b
    Examples:
      streaming build
      streaming build --scale demo
      streaming build --no-train
      streaming load my/files && streaming build --loaded
      streaming load my/new --append && streaming build --loaded
      streaming build --loaded --from 2025-06-01
      streaming build --loaded --as-of 2025-06-30
      streaming build --target dev --select fct_viewing+ dim_users
      streaming build --target duckdb
      streaming build --target duckdb --data my/files --file marts.duckdb
      .venv-spark/bin/streaming build --target spark
    """
    file: Path | None = how.pop("file")
    data: Path | None = how.pop("data")
    if more_selectors and not select:
        raise click.UsageError(f"Got unexpected extra argument ({more_selectors[0]})")

    from streaming_analytics.progress import Progress

    began = time.monotonic()
    progress = Progress()
    progress.update("starting")

    from streaming_analytics.jobs.build_request import BuildRequest
    from streaming_analytics.project import find_project

    project = find_project()
    request = BuildRequest(
        scale=None if loaded or data else scale,
        target=target,
        select=tuple(" ".join([*select, *more_selectors]).split()),
        since=since.date() if since else None,
        as_of=as_of.date() if as_of else None,
        **how,
    )
    if target == FILE_TARGET:
        _require_whole(request, loaded)
        run_build_of_file(project, file or Path(FILE), request, progress, data)
        return
    if target == SPARK_TARGET:
        _require_whole(request, loaded)
        run_build_on_spark(project, file or Path(FOLDER), request, progress, data)
        return
    for option, value in {"--file": file, "--data": data}.items():
        if value is not None:
            raise click.UsageError(
                f"{option} is of --target duckdb or spark; add one, or leave {option} "
                "out"
            )

    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.dbt_run import loading_dbt

    with loading_dbt():
        selection = chosen_server(project, progress)
    run_build(project, selection, request, progress, began)


def run_build(
    project: "Project",
    selection: "Selection",
    request: "BuildRequest",
    progress: "Progress",
    began: float | None = None,
) -> None:
    """Build, and print what came of it; `began` is the clock's time at the start."""
    from streaming_analytics.jobs.build import build as build_all
    from streaming_analytics.jobs.check import describe_check
    from streaming_analytics.jobs.render import describe_rendered
    from streaming_analytics.publishing.report import (
        describe_connection,
        describe_publication,
    )

    began = time.monotonic() if began is None else began
    report = build_all(project, selection, request, progress)

    checked = describe_check(report.check) if report.check is not None else []
    for warning in report.warnings:
        # Those of the expectations are told with the checks.
        if f"warned: {warning}" not in checked:
            click.echo(f"warning: {warning}", err=True)
    counts = ", ".join(
        f"{count} {status}" for status, count in sorted(report.outcome.counts.items())
    )
    click.echo(f"dbt build took {report.outcome.seconds:.1f} s ({counts})")
    if report.as_of_date is not None:
        click.echo(f"the marts are as of {report.as_of_date}, the last day that counts")
    for line in checked:
        click.echo(line)
    if report.publication is None or report.reader is None:
        click.echo(
            f"built in schemas {request.target}_* with {_counted(report.warnings)}; "
            "nothing was published"
        )
        return
    click.echo()
    for line in describe_publication(report.publication):
        click.echo(line)
    click.echo()
    click.echo(
        f"published in {report.publication.seconds:.1f} s with "
        f"{_counted(report.warnings)}; all of it took {time.monotonic() - began:.1f} s"
    )
    if report.rendered:
        click.echo()
        click.echo("Open in a browser or a BI tool:")
        for line in describe_rendered(report.rendered):
            click.echo(line)
    click.echo()
    for line in describe_connection(selection.connection, report.reader):
        click.echo(line)


def _require_whole(request: "BuildRequest", loaded: bool) -> None:
    """Refuse what only a warehouse that is kept between builds can do."""
    given = {
        "--select": request.select,
        "--from": request.since,
        "--loaded": loaded,
    }
    for option, value in given.items():
        if value:
            raise click.UsageError(
                f"{option} is of PostgreSQL: a file or folder is built whole, from the "
                "sample, a scale, or a folder (--data DIR)"
            )


def run_build_of_file(
    project: "Project",
    path: Path,
    request: "BuildRequest",
    progress: "Progress",
    data: Path | None,
) -> None:
    """Build a DuckDB file, and print what came of it."""
    from streaming_analytics.jobs.build_file import build_file
    from streaming_analytics.jobs.render import describe_rendered

    report = build_file(project, path, request, progress, data)
    size = report.file.path.stat().st_size / 1e6
    _tell_whole_build(report, f"{report.file} ({size:.0f} MB)")
    click.echo()
    click.echo("Open in a browser:")
    for line in describe_rendered(report.rendered):
        click.echo(line)
    click.echo()
    click.echo("Ask it anything, as in:")
    click.echo(
        f"  python -c \"import duckdb; duckdb.connect('{report.file}', read_only=True)"
        ".sql('from mart_churn.agg_churn_by_region_month').show()\""
    )


def run_build_on_spark(
    project: "Project",
    path: Path,
    request: "BuildRequest",
    progress: "Progress",
    data: Path | None,
) -> None:
    """Build a folder of Parquet by Spark, and print what came of it."""
    from streaming_analytics.jobs.build_spark import build_spark

    report = build_spark(project, path, request, progress, data)
    _tell_whole_build(report, str(report.folder))
    click.echo()
    click.echo("Ask it anything, as in:")
    users = report.folder.tables / "mart_core.db" / "dim_users"
    click.echo(
        f'  python -c "import duckdb; duckdb.sql(\\"from \'{users}/*.parquet\'\\")'
        '.show()"'
    )


def _tell_whole_build(report: "FileReport | SparkReport", built: str) -> None:
    from streaming_analytics.loading.describing import describe_load

    if report.load is not None:
        for line in describe_load(report.load, report.aside):
            click.echo(line)
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    counts = ", ".join(
        f"{count} {status}" for status, count in sorted(report.outcome.counts.items())
    )
    click.echo(f"dbt build took {report.outcome.seconds:.1f} s ({counts})")
    click.echo(f"the marts are as of {report.as_of_date}, the last day that counts")
    click.echo(
        f"built {built} with {_counted(report.warnings)}; "
        f"all of it took {report.seconds:.1f} s"
    )


def _counted(warnings: tuple[str, ...]) -> str:
    return f"{len(warnings)} warning{'' if len(warnings) == 1 else 's'}"
