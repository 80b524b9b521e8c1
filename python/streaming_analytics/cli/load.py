"""`streaming load`: files into schema raw."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

from pathlib import Path

import click

from streaming_analytics.loading.adapters import NAMES


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--append", is_flag=True, help="Add the rows to those that are there already."
)
@click.option(
    "--adapter",
    type=click.Choice(NAMES),
    help="The folder has another shape than the raw contract's: rewrite it first.",
)
def load(directory: Path, append: bool, adapter: str | None) -> None:
    """Load the files of DIRECTORY into schema raw, replacing what is there.

    Each raw table is <table>.csv or <table>.parquet, or a folder <table>/ of such
    files; viewing may also come as viewing_2024.csv, viewing_2025.csv. Columns and
    types are stated in seeds/sample/_sample__seeds.yml. In CSV an empty field is
    NULL and "" is the empty string. All files are loaded, or none.

    With --adapter movielens, DIRECTORY is a MovieLens folder: ratings.csv and
    movies.csv, or u.data and u.item. Tables that it has nothing for are left empty,
    and the marts on them too; films are recommended from the ratings.

    \b
    Examples:
      streaming generate --scale demo --out .data/demo
      streaming load .data/demo
      streaming build --loaded
      streaming load ml-latest-small --adapter movielens
    """
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.jobs.load import load as load_directory
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project

    project = find_project()
    progress = Progress()
    report = load_directory(
        project,
        chosen_server(project, progress),
        directory,
        progress,
        append=append,
        adapter=adapter,
    )
    for table, rows in report.rows.items():
        click.echo(f"{table:<20} {rows:>12,}")
    total = sum(report.rows.values())
    click.echo(
        f"{total:,} rows in {report.seconds:.1f} s "
        f"({total / max(report.seconds, 1e-3):,.0f} rows/s)"
    )
