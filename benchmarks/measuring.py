"""What benchmarks of the warehouse share: times, a database of their own, results."""

import json
import os
import shutil
import statistics
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from psycopg import sql

from streaming_analytics.jobs.generate import GenerateRequest, generate
from streaming_analytics.jobs.load import load_files
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import work_lock

DATABASE = "streaming_bench"


@dataclass(frozen=True)
class Setting:
    """What a benchmark of the warehouse works with.

    Attributes:
        project: The checkout.
        selection: The server.
        directory: Where benchmarks keep their platforms and results.
        users: Accounts of the platform.
        repeats: How often each thing is measured.
        progress: Says how far it is.
    """

    project: Project
    selection: Selection
    directory: Path
    users: int
    repeats: int
    progress: Progress

    def times(self, name: str, rows: int, action: Callable[[], object]) -> "Times":
        """Do something as often as is asked for, and return how long each took."""
        return times(name, rows, self.repeats, action)


@dataclass(frozen=True)
class Times:
    """How long one thing took, each time that it was done.

    Attributes:
        name: What was done.
        rows: Rows that went through it.
        seconds: By the clock, in the order of the runs.
    """

    name: str
    rows: int
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the times, in seconds."""
        return statistics.median(self.seconds)


def times(name: str, rows: int, repeats: int, action: Callable[[], object]) -> Times:
    """Do something several times, and return how long each took."""
    spent = []
    for _ in range(repeats):
        began = time.monotonic()
        action()
        spent.append(time.monotonic() - began)
    return Times(name, rows, tuple(spent))


@contextmanager
def own_database(selection: Selection) -> Generator[Connection]:
    """Yield an empty database on the selected server, and drop it afterwards.

    Nothing of the user's own database is read or written.
    """
    name = sql.Identifier(DATABASE)
    with selection.connection.connect(autocommit=True) as session:
        drop = sql.SQL("drop database if exists {} with (force)").format(name)
        session.execute(drop)
        session.execute(sql.SQL("create database {}").format(name))
        try:
            yield replace(selection.connection, database=DATABASE)
        finally:
            session.execute(drop)


@contextmanager
def loaded_platform(setting: Setting) -> Generator[tuple[Project, Connection, int]]:
    """Yield a copy of the checkout, a loaded database, and how many plays it has."""
    files = platform(setting, "parquet")
    copy = copied_checkout(setting.project, setting.directory)
    with own_database(setting.selection) as connection:
        with work_lock(connection, "load") as lock:
            report = load_files(lock, setting.project, files, setting.progress)
        yield copy, connection, report.rows["viewing"]
    setting.progress.clear()


def platform(setting: Setting, form: str) -> Path:
    """Return the folder of a generated platform, csv or parquet, which is made once."""
    out = setting.directory / f"platform-{setting.users}-{form}"
    if not (out / "complete").exists():
        request = GenerateRequest("demo", users=setting.users, form=form, out=out)
        generate(setting.project, request, setting.progress)
        (out / "complete").touch()
    return out


def copied_checkout(project: Project, directory: Path) -> Project:
    """Return a copy of the checkout, so that a build leaves the user's pages alone."""
    copy = directory / "checkout"
    shutil.rmtree(copy, ignore_errors=True)
    made = ("target", "logs", "site", "__pycache__", ".*")
    shutil.copytree(project.root, copy, ignore=shutil.ignore_patterns(*made))
    return Project(copy)


def machine() -> dict[str, int]:
    """Return how many cores and bytes of memory there are."""
    return {
        "cores": os.cpu_count() or 1,
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    }


def as_text(measured: list[Times]) -> str:
    """Return the times as a table; the last column is each median to the first's."""
    first = measured[0].median
    lines = [
        f"{'':46} {'rows':>12} {'median s':>9} {'from s':>9} {'to s':>9} "
        f"{'rows/s':>11} {'ratio':>7}"
    ]
    lines += [
        f"{one.name:46} {one.rows:12,} {one.median:9.3f} {min(one.seconds):9.3f} "
        f"{max(one.seconds):9.3f} {one.rows / one.median:11,.0f} "
        f"{one.median / first:6.2f}x"
        for one in measured
    ]
    return "\n".join(lines)


def as_json(measured: list[Times]) -> str:
    """Return the times and the machine for programs."""
    results = [asdict(one) | {"median": one.median} for one in measured]
    return json.dumps({"machine": machine(), "results": results}, indent=2)
