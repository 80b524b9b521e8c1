"""`streaming quarantine`: rows that a load set aside."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

from pathlib import Path

import click


@click.command()
@click.option("--table", help="Rows of this raw table alone.")
@click.option(
    "--load", "load_id", help="Rows of this load alone; its beginning will do."
)
@click.option("--reason", help="Rows with this reason alone, such as not_a_number.")
@click.option(
    "--export",
    "target",
    type=click.Path(path_type=Path),
    help="Write the rows as CSV files into this new directory, to be repaired.",
)
@click.option(
    "--readmit",
    is_flag=True,
    help="Load the rows again: as they are, when what they lacked has come since.",
)
@click.option(
    "--repaired",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Load the rows as they stand in this directory, repaired after --export.",
)
@click.option(
    "--assume-utc",
    is_flag=True,
    help="Moments without Z or an offset are UTC, also where the load did not say so.",
)
def quarantine(
    table: str | None,
    load_id: str | None,
    reason: str | None,
    target: Path | None,
    readmit: bool,
    repaired: Path | None,
    assume_utc: bool,
) -> None:
    """List what loads set aside and why; export it, and take it in again.

    A row that breaks the raw contract is kept in raw_quarantine.<table> with its file,
    line, column, value and reason. Values of personal columns are not shown. Rows that
    were taken in again are marked, and listed no more.

    \b
    Examples:
      streaming quarantine
      streaming quarantine --table viewing --reason unknown --readmit
      streaming quarantine --export repair
      streaming quarantine --repaired repair
    """
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.errors import UserError
    from streaming_analytics.loading import quarantine as rows
    from streaming_analytics.loading.describing import describe_load
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project
    from streaming_analytics.raw_contract import read_raw_contract
    from streaming_analytics.warehouse.work_lock import work_lock

    if sum((target is not None, readmit, repaired is not None)) > 1:
        raise UserError("--export, --readmit and --repaired exclude each other")
    project = find_project()
    tables = read_raw_contract(project.raw_contract)
    progress = Progress()
    selection = chosen_server(project, progress)
    selected = rows.Selected(table, load_id, reason)
    if target is not None:
        count = rows.export(selection.connection, tables, selected, target)
        click.echo(
            f"wrote {count:,} rows to {target}; repair them, then: streaming "
            f"quarantine --repaired {target}"
        )
        return
    if readmit or repaired is not None:
        with work_lock(selection.connection, "load") as lock:
            report = rows.readmit(
                lock,
                tables,
                selected,
                repaired,
                progress,
                project.reference_seeds,
                assume_utc=assume_utc,
            )
        if report is None:
            click.echo("nothing was set aside")
            return
        for line in describe_load(report):
            click.echo(line)
        return
    kinds = rows.kinds(selection.connection, tables, selected)
    if not kinds:
        click.echo("nothing was set aside")
    for kind in kinds:
        where = f"{kind.table}.{kind.column}" if kind.column else kind.table
        click.echo(
            f"{kind.load_id[:8]}  {kind.rows:>9,}  {where}  {kind.reason}: "
            f"{kind.explanation}; first at {kind.example}"
        )
