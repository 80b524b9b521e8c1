"""`streaming generate`: the synthetic platform."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

from datetime import datetime
from pathlib import Path
from typing import Any

import click


class Day(click.DateTime):
    """A day as YYYY-MM-DD."""

    def __init__(self) -> None:
        """Take that form only."""
        super().__init__(["%Y-%m-%d"])

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the day.

        Raises:
            click.BadParameter: The text is of another form.
        """
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no day; write YYYY-MM-DD, as 2024-01-01", param)


@click.command()
@click.option(
    "--scale",
    type=click.Choice(["sample", "demo", "large"]),
    default="sample",
    show_default=True,
    help="sample: 1,100 users with thinned viewing, as committed under seeds/sample; "
    "demo: 2,500 users with full viewing; large: 100,000 users.",
)
@click.option(
    "--users",
    type=int,
    help="Accounts that sign up in the first 731 days, instead of the scale's.",
)
@click.option(
    "--start",
    type=Day(),
    default="2024-01-01",
    show_default="2024-01-01",
    metavar="YYYY-MM-DD",
    help="First day of the platform.",
)
@click.option(
    "--days", type=int, default=731, show_default=True, help="Days to simulate."
)
@click.option(
    "--seed",
    type=int,
    show_default="the scale's own",
    help="Another seed gives another platform of the same kind.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "parquet"]),
    help="By default csv for sample and demo, parquet for large.",
)
@click.option(
    "--processes",
    type=int,
    help="Processes to use; by default one per core. The files do not depend on it.",
)
@click.option(
    "--faults",
    metavar="NAME[=RATE],...",
    help="Inject these faults into the CSV files; faults.json says what was done "
    "where, and --faults help lists them with what they do.",
)
@click.option(
    "--dirty",
    is_flag=True,
    help="Inject the dirt that real exports show, at the rates they show it.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Directory to write; by default .data/<scale> of the checkout.",
)
def generate(start: datetime, faults: str | None, **choices: Any) -> None:
    """Generate a streaming platform whose truth is known.

    The same arguments give the same bytes. A longer span continues a shorter one,
    and the number of users says how many sign up in the first two years. Beside the
    data, truth/ tells what was planted (docs/truth.md), manifest.json lists every
    file with its checksum, and state/ is what `streaming advance` goes on from.

    \b
    Examples:
      streaming generate --scale demo
      streaming generate --scale sample --out seeds/sample
      streaming generate --faults help
      streaming generate --dirty --faults bot,unknown_user=0.02 --out .data/dirty
      streaming generate --scale large --users 1000000 --out /data/platform
    """
    from streaming_analytics.generator.faults.request import describe
    from streaming_analytics.jobs.generate import GenerateRequest
    from streaming_analytics.jobs.generate import generate as generate_platform
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project

    if faults == "help":
        for number, name, table, rate, what in describe():
            click.echo(f"{number:3}  {name:26}  {table:13}  {rate:>8}  {what}")
        return
    # The other options bear the names of the request's attributes.
    request = GenerateRequest(start=start.date(), faults=faults, **choices)
    progress = Progress()
    directory = generate_platform(find_project(), request, progress)
    progress.say(f"{request.scale} platform of {request.days} days in {directory}")
