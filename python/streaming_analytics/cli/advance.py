"""`streaming advance`: the platform lives on."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import os

import click


@click.command()
@click.option(
    "--days", type=int, required=True, help="Days to go on from the platform's last."
)
@click.option(
    "--scale",
    type=click.Choice(["demo", "large"]),
    default="demo",
    show_default=True,
    help="The platform in .data/<scale>, as `streaming build --scale` made it.",
)
@click.option(
    "--no-build", is_flag=True, help="Generate and load the new days, build nothing."
)
@click.pass_context
def advance(context: click.Context, days: int, scale: str, no_build: bool) -> None:
    """Let a generated platform live on: new days, loaded and built.

    The new rows are those that generating the whole span at once would have added;
    one play in a hundred arrives up to three nights late, a few arrive twice, and a
    subscription that changed arrives again. They are kept in .data/<scale>/arrivals, so
    that building the scale again reads them too.

    \b
    Examples:
      streaming build --scale demo
      streaming advance --days 7
    """
    from streaming_analytics.building import ARRIVALS
    from streaming_analytics.cli.build import build
    from streaming_analytics.cli.generate import told_by
    from streaming_analytics.errors import UserError
    from streaming_analytics.generator.run import STATE
    from streaming_analytics.generator.run import advance as advance_platform
    from streaming_analytics.loading.loader import load
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project
    from streaming_analytics.raw_contract import read_raw_contract
    from streaming_analytics.warehouse.selection import select_server
    from streaming_analytics.warehouse.work_lock import work_lock

    project = find_project()
    platform = project.data / scale
    if not (platform / STATE).is_dir():
        raise UserError(
            f"there is no platform to go on from in {platform}; "
            f"make one with: streaming build --scale {scale}"
        )
    progress = Progress()
    selection = select_server(project)
    for note in selection.notes:
        progress.say(note)
    arrivals = platform / ARRIVALS
    arrivals.mkdir(exist_ok=True)
    with work_lock(selection.connection, "advance") as lock:
        # Numbered, because their last day is known only when they are there.
        out = arrivals / f"{len(list(arrivals.iterdir())) + 1:06}"
        try:
            last_day = advance_platform(
                project,
                platform / STATE,
                days,
                out,
                os.cpu_count() or 1,
                told_by(progress),
            )
        finally:
            progress.clear()
        tables = read_raw_contract(project.raw_contract)
        report = load(lock, out, tables, progress, append=True)
    progress.say(
        f"the platform is at {last_day}: {sum(report.rows.values()):,} rows loaded "
        f"from {out}"
    )
    if not no_build:
        context.invoke(build, loaded=True)
