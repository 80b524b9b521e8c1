"""Publishing beside a copy of every mart, and the dashboard's queries."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.measuring import Setting, Times, loaded_platform
from streaming_analytics.jobs.build import build
from streaming_analytics.jobs.build_request import BuildRequest
from streaming_analytics.mart_contract import MartContract, read_mart_contract
from streaming_analytics.project import Project
from streaming_analytics.publishing.builds import begin_build, finish_build
from streaming_analytics.publishing.publisher import publish
from streaming_analytics.report.resolving import query_names, resolve
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.roles import READER, ensure_reader
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock


def bench_publish(setting: Setting) -> list[Times]:
    """Measure publishing what is published already, and a copy of the same tables."""
    with _published(setting) as (copy, own):
        reader = ensure_reader(own, copy.warehouse)
        rows = 0

        def again() -> None:
            nonlocal rows
            with work_lock(own.connection, "publish") as lock:
                record = begin_build(own.connection, "loaded", "bench")
                finish_build(own.connection, record, "passed")
                publication = publish(lock, reader, setting.progress)
            if publication is not None:
                rows = sum(found.rows for found in publication.tables.values())

        ours = setting.times("streaming publish, nothing changed", 0, again)
        contract = _contract(copy)
        theirs = setting.times(
            "create table as, every mart",
            0,
            lambda: _copy_marts(own.connection, contract),
        )
    return [Times(one.name, rows, one.seconds) for one in (ours, theirs)]


def bench_query(setting: Setting) -> list[Times]:
    """Measure each query of dashboard and report as the role for BI tools asks it.

    The slowest first: that one is what the others are measured beside.
    """
    with _published(setting) as (copy, own):
        contract = _contract(copy)
        found = []
        with own.connection.connect(autocommit=True) as session:
            session.execute(f"set role {READER}")
            for name in query_names():
                query = trusted(resolve(name, contract).sql)
                rows = len(session.execute(query).fetchall())
                found.append(setting.times(name, rows, partial(_ask, session, query)))
    return sorted(found, key=lambda one: -one.median)


@contextmanager
def _published(setting: Setting) -> Generator[tuple[Project, Selection]]:
    """Yield a copy of the checkout and a database to which it has published."""
    with loaded_platform(setting) as (copy, connection, _):
        own = Selection(connection, False, ())
        build(copy, own, BuildRequest(scale=None), setting.progress)
        yield copy, own


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
