"""`streaming bench`: measurements beside peers, in the same run."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import click


@click.group()
def bench() -> None:
    """Measure speed beside peers, as ratios from one run on one machine.

    \b
    Example:
      streaming bench generate
    """


@bench.command()
@click.option(
    "--users",
    type=click.IntRange(min=1),
    default=65_536,
    show_default=True,
    help="Users of the platform that is generated.",
)
def generate(users: int) -> None:
    """Measure the generator beside jafgen, tpchgen-cli and Faker.

    The peers are installed into .data/bench/peers, never into the project. Times run
    from start to end, imports included; rows are plays for this generator, with all
    of the realism on, and all rows for the others. The last two columns say how many
    times as many rows this generator makes in a second: of one core, and by the clock
    with all cores.

    \b
    Example:
      streaming bench generate --users 4096
    """
    from streaming_analytics.generator.benchmark import (
        as_json,
        as_text,
        bench_generate,
    )
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project

    directory = find_project().data / "bench"
    directory.mkdir(parents=True, exist_ok=True)
    measurements = bench_generate(directory, users, Progress())
    (directory / "generate.json").write_text(as_json(measurements) + "\n")
    click.echo(as_text(measurements))
