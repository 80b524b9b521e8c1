"""Publishing beside a copy of every mart, and the dashboard's queries."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.measuring import (
    Times,
    copied_checkout,
    own_database,
    platform,
    times,
)
from streaming_analytics.jobs.build import BuildRequest, build
from streaming_analytics.jobs.load import load_files
from streaming_analytics.mart_contract import MartContract, read_mart_contract
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.publishing.builds import begin_build, finish_build
from streaming_analytics.publishing.publisher import publish
from streaming_analytics.report.resolving import query_names, resolve
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.roles import READER, ensure_reader
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock


def bench_publish(
    project: Project,
    selection: Selection,
    directory: Path,
    users: int,
    repeats: int,
    progress: Progress,
) -> list[Times]:
    """Measure publishing what is published already, and a copy of the same tables."""
    with _published(project, selection, directory, users, progress) as (copy, own):
        reader = ensure_reader(own, copy.warehouse)
        rows = 0

        def again() -> None:
            nonlocal rows
            with work_lock(own.connection, "publish") as lock:
                record = begin_build(own.connection, "loaded", "bench")
                finish_build(own.connection, record, "passed")
                publication = publish(lock, reader, progress)
            if publication is not None:
                rows = sum(found.rows for found in publication.tables.values())

        ours = times("streaming publish, nothing changed", 0, repeats, again)
        contract = _contract(copy)
        theirs = times(
            "create table as, every mart",
            0,
            repeats,
            lambda: _copy_marts(own.connection, contract),
        )
    return [Times(one.name, rows, one.seconds) for one in (ours, theirs)]


def bench_query(
    project: Project,
    selection: Selection,
    directory: Path,
    users: int,
    repeats: int,
    progress: Progress,
) -> list[Times]:
    """Measure each query of dashboard and report as the role for BI tools asks it.

    The slowest first: that one is what the others are measured beside.
    """
    with _published(project, selection, directory, users, progress) as (copy, own):
        contract = _contract(copy)
        found = []
        with own.connection.connect(autocommit=True) as session:
            session.execute(f"set role {READER}")
            for name in query_names():
                query = trusted(resolve(name, contract).sql)
                rows = len(session.execute(query).fetchall())
                found.append(times(name, rows, repeats, partial(_ask, session, query)))
    return sorted(found, key=lambda one: -one.median)


@contextmanager
def _published(
    project: Project,
    selection: Selection,
    directory: Path,
    users: int,
    progress: Progress,
) -> Generator[tuple[Project, Selection]]:
    """Yield a copy of the checkout and a database to which it has published."""
    files = platform(project, directory, users, "parquet", progress)
    copy = copied_checkout(project, directory)
    with own_database(selection) as connection:
        with work_lock(connection, "load") as lock:
            load_files(lock, project, files, progress)
        own = Selection(connection, False, ())
        build(copy, own, BuildRequest(scale=None), progress)
        yield copy, own
    progress.clear()


def _contract(project: Project) -> MartContract:
    return read_mart_contract(json.loads(project.manifest.read_text(encoding="utf-8")))


def _ask(session: psycopg.Connection[Any], query: sql.SQL) -> None:
    session.execute(query).fetchall()


def _copy_marts(connection: Connection, contract: MartContract) -> None:
    with connection.connect() as session:
        session.execute("create schema copied")
        for mart in contract:
            table = f"{mart.schema}.{mart.name}"
            copied = f"create table copied.{mart.name} as table {table}"
            session.execute(trusted(copied))
        session.execute("drop schema copied cascade")
