"""A real PostgreSQL for the tests: one server per session, a database per test."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from dbt_sample import analyses, built, built_file, dbt, published, trained
from notebook_runs import notebook_reader, notebooks, trained_notebooks
from psycopg import sql

from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.server import EmbeddedServer

pytest_plugins = ["side_by_side"]

__all__ = [
    "analyses",
    "built",
    "built_file",
    "dbt",
    "notebook_reader",
    "notebooks",
    "published",
    "trained",
    "trained_notebooks",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips",
        action="store_true",
        help="a test that is skipped fails: for CI, where nothing may be missing",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "only_where(condition): the test is about something that other machines do "
        "not have, such as a root user; there it is not collected",
    )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    elsewhere = [
        item
        for item in items
        if not all(mark.args[0] for mark in item.iter_markers("only_where"))
    ]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item not in elsewhere]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With --no-skips, report a skipped test as one that failed."""
    report = yield
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and --no-skips was given: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _no_server_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests off a server that the shell they run in points at."""
    for name in ("HOST", "PORT", "USER", "PASSWORD", "DATABASE"):
        monkeypatch.delenv(f"PG{name}", raising=False)


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """Yield a folder that every user can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="streaming-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


_servers: list[EmbeddedServer] = []


def pytest_keyboard_interrupt() -> None:
    """End a worker's server at once: to empty it first takes longer than there is."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        for server in _servers:
            server.remove()


@pytest.fixture(scope="session")
def warehouse_project(open_folder: Path) -> Iterator[Project]:
    """Yield a project folder whose embedded server runs throughout the session."""
    project = Project(open_folder / "session")
    project.root.mkdir()
    server = EmbeddedServer(project)
    _servers.append(server)
    server.start()
    yield project
    server.remove()


@pytest.fixture(scope="session")
def warehouse(warehouse_project: Project) -> Connection:
    """Return the session's embedded server: its own, empty database."""
    return EmbeddedServer(warehouse_project).connection()


_numbers = itertools.count(1)


@pytest.fixture
def database(warehouse: Connection) -> Iterator[Connection]:
    """Yield a database that only this test uses."""
    name = f"test_{next(_numbers)}"
    with warehouse.connect(autocommit=True) as session:
        # As the server's own database is made.
        for statement in (
            "create database {}",
            "revoke all on database {} from public",
        ):
            session.execute(sql.SQL(statement).format(sql.Identifier(name)))
    yield replace(warehouse, database=name)
    with warehouse.connect(autocommit=True) as session:
        session.execute(
            sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
        )
