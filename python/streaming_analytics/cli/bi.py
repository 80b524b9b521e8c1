"""`streaming bi`: files that Tableau, Power BI and Superset open."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from streaming_analytics.cli.groups import TeachingGroup


@click.group(cls=TeachingGroup)
def bi() -> None:
    """Write Tableau, Power BI and Superset files on the published marts.

    They are written to site/ and name the server that the other commands work on;
    --host, --port and --database name another one. `streaming build` writes them too.

    \b
    Examples:
      streaming bi all
      streaming bi tableau --host db.example.com --port 5432 --out my/files
      streaming bi tableau --extract --out my/files
    """


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that all commands share."""
    for option in reversed(
        (
            click.option("--host", help="Server in the files; else the one in use."),
            click.option("--port", type=click.IntRange(1, 65535), help="Its port."),
            click.option("--database", help="Its database."),
            click.option("--user", help="Who reads.  [default: bi_reader]"),
            click.option(
                "--out",
                type=click.Path(file_okay=False, path_type=Path),
                help="Folder to write to.  [default: site]",
            ),
        )
    ):
        command = option(command)
    return command


def _engine(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of what answers the tool."""
    for option in reversed(
        (
            click.option(
                "--engine",
                type=click.Choice(["postgresql", "databricks"]),
                default="postgresql",
                show_default=True,
                help="What answers at --host.",
            ),
            click.option("--http-path", help="Of the warehouse on Databricks."),
        )
    ):
        command = option(command)
    return command


@bi.command()
@_options
@_engine
@click.option(
    "--extract",
    is_flag=True,
    help="Also write a .twbx that carries the data (needs tableauhyperapi).",
)
def tableau(extract: bool, out: Path | None, **server: Any) -> None:
    """Write a Tableau workbook and a data source for each schema.

    The workbook has four dashboards on the live connection: watch-time distribution,
    churn risk by region, top 10 shows, sign-up trends. Tableau asks for the password
    of bi_reader, which `streaming build` prints.

    \b
    Examples:
      streaming bi tableau
      streaming bi tableau --extract --out my/files   opens without a server
    """
    _write(("tableau",), out, server, extract)


@bi.command()
@_options
@_engine
def powerbi(out: Path | None, **server: Any) -> None:
    """Write a Power BI project (.pbip) and a connection file (.pbids).

    The project has a semantic model of all marts, with relationships and measures,
    and the same four pages. Open it in Power BI Desktop, and refresh.

    \b
    Examples:
      streaming bi powerbi
      streaming bi powerbi --engine databricks --host adb-1.azuredatabricks.net \\
          --http-path /sql/1.0/warehouses/abc --database main --out my/files
    """
    _write(("powerbi",), out, server, False)


@bi.command()
@_options
def superset(out: Path | None, **server: Any) -> None:
    """Write a bundle for Superset (.zip), and what is in it as files beside.

    It holds a dataset for each mart, with metrics, and the same four dashboards.
    Import it under Dashboards; Superset asks for the password of bi_reader, which
    `streaming build` prints.

    \b
    Example:
      streaming bi superset
    """
    _write(("superset",), out, server, False)


@bi.command(name="all")
@_options
def every(out: Path | None, **server: Any) -> None:
    """Write the files of all three tools.

    \b
    Example:
      streaming bi all
    """
    _write(("tableau", "powerbi", "superset"), out, server, False)


def _write(
    tools: tuple[str, ...], out: Path | None, given: dict[str, Any], extract: bool
) -> None:
    from streaming_analytics.bi.server import Engine, Server, databricks_defaults
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.jobs.bi import BiRequest, write_bi_files
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project
    from streaming_analytics.warehouse.selection import running_server

    project = find_project()
    progress = Progress()
    extract_from = chosen_server(project, progress) if extract else None
    running = running_server(project)
    server = Server() if running is None else Server.of(running.connection)
    if given.get("engine") == Engine.DATABRICKS.value:
        server = databricks_defaults(given)
    given["engine"] = Engine(given.get("engine", Engine.POSTGRESQL.value))
    server = replace(
        server, **{name: value for name, value in given.items() if value is not None}
    )
    request = BiRequest(tools, server, project.site if out is None else out)
    for path in write_bi_files(project, request, extract_from, progress):
        click.echo(path)
