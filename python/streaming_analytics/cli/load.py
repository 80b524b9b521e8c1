"""`streaming load`: files into schema raw."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--append",
    is_flag=True,
    help="Add the rows to those that are there already; a file that was loaded before "
    "adds nothing.",
)
@click.option(
    "--adapter",
    metavar="NAME|FILE.py:FUNCTION",
    help="The folder has another shape than the raw contract's: rewrite it first.",
)
@click.option(
    "--check",
    "is_dry",
    is_flag=True,
    help="Load nothing: say what would be taken and set aside, and why.",
)
@click.option(
    "--template",
    "writes_template",
    is_flag=True,
    help="Load nothing: write header files and a page that explains them to DIRECTORY.",
)
@click.option(
    "--ignore-unknown",
    is_flag=True,
    help="Leave out columns that the raw contract does not know.",
)
@click.option(
    "--assume-utc",
    is_flag=True,
    help="Moments without Z or an offset are UTC; otherwise their rows are set aside.",
)
def load(
    directory: Path,
    append: bool,
    adapter: str | None,
    is_dry: bool,
    writes_template: bool,
    ignore_unknown: bool,
    assume_utc: bool,
) -> None:
    """Load the files of DIRECTORY into schema raw, replacing what is there.

    Each raw table is <table>.csv, .csv.gz or .parquet, or a folder <table>/ of such
    files; viewing may also come as viewing_2024.csv, viewing_2025.csv. DIRECTORY may be
    a zip file. Columns are matched by name; an absent table is empty. All files are
    loaded, or none. docs/raw-files.md explains tables and columns.

    Rows that break the raw contract are set aside in schema raw_quarantine with the
    reason, the file and the line (streaming quarantine); when they are too many,
    nothing is loaded. In CSV an empty field and \\N are NULL, and "" is the empty
    string in a text column. Dates are ISO 8601, moments carry Z or an offset.

    With --adapter movielens, DIRECTORY is a MovieLens folder of any size: ratings.csv
    and movies.csv, ratings.dat and movies.dat, or u.data and u.item. Tables that it has
    nothing for are left empty, and the marts on them too; films are recommended from
    the ratings. With --adapter netflix, it is the folder or the zip of what Netflix
    sends a person. For a shape of your own write a function: docs/adapters.md.

    \b
    Examples:
      streaming generate --scale demo --out .data/demo
      streaming load .data/demo
      streaming build --loaded
      streaming load --template my-data
      streaming load my-data --check
      streaming load ml-latest-small --adapter movielens
      streaming load netflix-report.zip --adapter netflix --check
      streaming load my-export --adapter my_export.py:convert --check
    """
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.errors import UserError
    from streaming_analytics.jobs.load import load as load_directory
    from streaming_analytics.jobs.load import require_source
    from streaming_analytics.loading.blocks import Options
    from streaming_analytics.loading.describing import describe_check, describe_load
    from streaming_analytics.loading.template import write_template
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project
    from streaming_analytics.raw_contract import read_raw_contract

    project = find_project()
    if writes_template:
        if append or adapter or is_dry:
            raise UserError("--template stands alone; leave out the other options")
        tables = read_raw_contract(project.raw_contract)
        click.echo(write_template(directory, tables, project.reference_seeds))
        return
    require_source(directory, adapter)
    progress = Progress()
    report = load_directory(
        project,
        chosen_server(project, progress),
        directory,
        progress,
        append=append,
        adapter=adapter,
        is_dry=is_dry,
        options=Options(
            project.reference_seeds,
            ignore_unknown=ignore_unknown,
            assume_utc=assume_utc,
        ),
    )
    lines = describe_check(report) if is_dry else describe_load(report)
    for line in lines:
        click.echo(line)
    if report.stopped:
        raise UserError(report.stopped)
