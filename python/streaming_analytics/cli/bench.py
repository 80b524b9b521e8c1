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
    default=16_384,
    show_default=True,
    help="Users of the platform that is generated, on one core.",
)
def generate(users: int) -> None:
    """Measure the generator beside jafgen, tpchgen-cli and Faker.

    The peers are installed into .data/bench/peers, never into the project. Times are
    processor time of one core from start to end, imports included; rows are plays
    for this generator and all rows for the others. The last column says how many
    times as many rows a second the first line makes.

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
