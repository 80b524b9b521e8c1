"""`streaming report`: dashboard, report and glossary."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

from pathlib import Path

import click


@click.command()
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PATH",
    help="Of a DuckDB file (streaming build --target duckdb), without a server.",
)
def report(file: Path | None) -> None:
    """Write dashboard, report and glossary of what is published.

    site/dashboard.html opens from disk and asks the network for nothing;
    site/report.pdf has a summary and a page for each business question;
    site/glossary.html says what each metric is. `streaming build` writes them when it
    has published.

    \b
    Examples:
      streaming report
      streaming report --file streaming.duckdb
    """
    from streaming_analytics.progress import Progress

    progress = Progress()
    progress.update("starting")

    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.duckdb_file.file import DuckdbFile
    from streaming_analytics.project import find_project
    from streaming_analytics.report.pages import write_pages

    project = find_project()
    warehouse = (
        chosen_server(project, progress).connection
        if file is None
        else DuckdbFile(file)
    )
    pages = write_pages(project, warehouse, progress)
    click.echo(f"dashboard  {pages.dashboard}")
    click.echo(f"report     {pages.report}")
    click.echo(f"glossary   {pages.glossary}")
    click.echo(f"written in {pages.seconds:.1f} s")
