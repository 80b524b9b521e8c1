"""`streaming bench`: measurements beside peers, in the same run."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

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
    from streaming_analytics.progress import Progress

    directory, benchmark = _benchmark("generate")
    measurements = benchmark.bench_generate(directory, users, Progress())
    (directory / "generate.json").write_text(benchmark.as_json(measurements) + "\n")
    click.echo(benchmark.as_text(measurements))


@bench.command()
@click.option(
    "--users",
    type=click.IntRange(min=1),
    help="Users of the platform; by default those of --scale demo, 4.6 million plays.",
)
def advance(users: int | None) -> None:
    """Measure what changes cost beside a full build: a day, a correction, late plays.

    A platform is generated and built in a database of its own; then one more day, other
    runtimes of 100 titles and 1,000 plays that arrive 40 days late are built. Ends with
    an error when a table is not what a full refresh makes. Models are not fitted.

    \b
    Example:
      streaming bench advance --users 2000
    """
    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project

    directory, benchmark = _benchmark("advance")
    project, progress = find_project(), Progress()
    server = chosen_server(project, progress)
    measurements = benchmark.bench_advance(project, server, users, progress)
    (directory / "advance.json").write_text(benchmark.as_json(measurements) + "\n")
    click.echo(benchmark.as_text(measurements))


def _benchmark(name: str) -> tuple[Path, Any]:
    """Return the folder for results, and the module of a benchmark of the checkout."""
    from streaming_analytics.errors import UserError
    from streaming_analytics.project import find_project

    project = find_project()
    if not (project.root / "benchmarks" / f"{name}.py").is_file():
        raise UserError(
            f"there is no benchmarks/{name}.py in {project.root}; "
            "benchmarks run from a checkout of the project and are not installed"
        )
    # The folder lies beside the package and not in it.
    sys.path.insert(0, str(project.root))
    directory = project.data / "bench"
    directory.mkdir(parents=True, exist_ok=True)
    return directory, import_module(f"benchmarks.{name}")
