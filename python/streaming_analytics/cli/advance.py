"""`streaming advance`: the platform lives on."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

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
def advance(days: int, scale: str, no_build: bool) -> None:
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
    from streaming_analytics.cli.build import run_build
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.jobs.advance import advance as advance_platform
    from streaming_analytics.jobs.build_request import BuildRequest
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project

    project = find_project()
    progress = Progress()
    selection = chosen_server(project, progress)
    done = advance_platform(project, selection, scale, days, progress)
    progress.say(
        f"the platform is at {done.last_day}: {done.rows:,} rows loaded "
        f"from {done.folder}"
    )
    if not no_build:
        run_build(project, selection, BuildRequest(scale=None), progress)
