"""`streaming bi`: files that Tableau and Power BI open."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


@click.group()
def bi() -> None:
    """Write Tableau and Power BI files on the published marts.

    The committed ones under docs/dashboards/ name a server at 127.0.0.1:5432; with
    --host, --port and --database, and a folder of yours, they name another one.

    \b
    Examples:
      streaming bi all
      streaming bi tableau --host db.example.com --out my/files
      streaming bi tableau --extract --out my/files
    """


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that all commands share."""
    for option in reversed(
        (
            click.option("--host", help="Server in the files.  [default: 127.0.0.1]"),
            click.option("--port", type=click.IntRange(1, 65535), help="Its port."),
            click.option("--database", help="Its database.  [default: streaming]"),
            click.option("--user", help="Who reads.  [default: bi_reader]"),
            click.option(
                "--out",
                type=click.Path(file_okay=False, path_type=Path),
                help="Folder to write to.  [default: docs/dashboards]",
            ),
        )
    ):
        command = option(command)
    return command


@bi.command()
@_options
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
def powerbi(out: Path | None, **server: Any) -> None:
    """Write a Power BI project (.pbip) and a connection file (.pbids).

    The project has a semantic model of all marts, with relationships and measures,
    and the same four pages. Open it in Power BI Desktop, and refresh.

    \b
    Example:
      streaming bi powerbi
    """
    _write(("powerbi",), out, server, False)


@bi.command(name="all")
@_options
def both(out: Path | None, **server: Any) -> None:
    """Write the files of both tools.

    \b
    Example:
      streaming bi all
    """
    _write(("tableau", "powerbi"), out, server, False)


def _write(
    tools: tuple[str, ...], out: Path | None, given: dict[str, Any], extract: bool
) -> None:
    from streaming_analytics.bi.server import Server
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.jobs.bi import BiRequest, write_bi_files
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project

    project = find_project()
    progress = Progress()
    server = Server(**{name: value for name, value in given.items() if value})
    if out is None and server != Server():
        raise click.UsageError(
            "the committed files name the default server; give --out FOLDER too"
        )
    request = BiRequest(tools, server, project.dashboards if out is None else out)
    extract_from = chosen_server(project, progress) if extract else None
    for path in write_bi_files(project, request, extract_from, progress):
        click.echo(path)
