"""`streaming bench`: measurements beside peers, in the same run."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from streaming_analytics.cli.groups import TeachingGroup


@click.group(cls=TeachingGroup)
def bench() -> None:
    """Measure speed beside peers, as ratios from one run on one machine.

    \b
    Examples:
      streaming bench generate
      streaming bench build --profile
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


def _sized(
    users: int, repeats: int
) -> "Callable[[Callable[..., None]], Callable[..., None]]":
    """Add the options for the platform and the number of runs, with these defaults."""

    def add(command: "Callable[..., None]") -> "Callable[..., None]":
        runs = click.option(
            "--repeats",
            type=click.IntRange(min=1),
            default=repeats,
            show_default=True,
            help="Runs of each; the table shows median, fastest and slowest.",
        )
        size = click.option(
            "--users",
            type=click.IntRange(min=1),
            default=users,
            show_default=True,
            help="Users of the platform; each has about 1,800 plays.",
        )
        return size(runs(command))

    return add


@bench.command()
@_sized(users=512, repeats=3)
def load(users: int, repeats: int) -> None:
    """Measure the load of Parquet beside psql's copy of the same rows in CSV.

    The peer checks nothing and its tables have no keys.

    \b
    Example:
      streaming bench load --users 64
    """
    _measure("load", users, repeats)


@bench.command()
@_sized(users=512, repeats=1)
@click.option(
    "--profile",
    "is_profile",
    is_flag=True,
    help="List the models by what their queries cost, instead.",
)
def build(users: int, repeats: int, is_profile: bool) -> None:
    """Measure `streaming build` beside plain dbt and beside dbt's statements alone.

    The statements run in the order of the DAG, on as many connections as dbt uses. With
    --profile each model's query is explained: seconds, rows that its scans read, rows
    that it returns, and what it wrote to disk for want of memory.

    \b
    Examples:
      streaming bench build
      streaming bench build --users 2048 --profile
    """
    if not is_profile:
        _measure("build", users, repeats)
        return
    directory, benchmark = _benchmark("build")
    costs = benchmark.profile_build(_setting(directory, users, repeats))
    (directory / "build_profile.json").write_text(json.dumps(costs, indent=2) + "\n")
    click.echo(benchmark.profile_as_text(costs))


@bench.command()
@_sized(users=512, repeats=3)
def publish(users: int, repeats: int) -> None:
    """Measure publishing unchanged marts beside a plain copy of the same tables.

    \b
    Example:
      streaming bench publish --users 2048
    """
    _measure("publish", users, repeats)


@bench.command()
@_sized(users=512, repeats=20)
def query(users: int, repeats: int) -> None:
    """Measure the queries of dashboard and report, asked as bi_reader.

    \b
    Example:
      streaming bench query --users 2048
    """
    _measure("query", users, repeats)


def _measure(name: str, users: int, repeats: int) -> None:
    """Run a benchmark of the warehouse, keep its results, and print them."""
    directory, benchmark = _benchmark("publish" if name == "query" else name)
    from benchmarks.measuring import as_json, as_text

    run = getattr(benchmark, f"bench_{name}")
    measured = run(_setting(directory, users, repeats))
    (directory / f"{name}.json").write_text(as_json(measured) + "\n")
    click.echo(as_text(measured))


def _setting(directory: Path, users: int, repeats: int) -> Any:
    """Return what a benchmark of the warehouse works with."""
    from benchmarks.measuring import Setting

    from streaming_analytics.cli.server import chosen_server
    from streaming_analytics.progress import Progress
    from streaming_analytics.project import find_project

    project, progress = find_project(), Progress()
    server = chosen_server(project, progress)
    return Setting(project, server, directory, users, repeats, progress)


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
