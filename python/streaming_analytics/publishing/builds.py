"""The record of builds: what ran, what it found, what was published."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import psycopg

from streaming_analytics.errors import UserError
from streaming_analytics.reading import Reader
from streaming_analytics.warehouse.connection import Connection

Status = Literal["running", "failed", "passed", "partial", "published"]

_TABLES = """
create schema if not exists audit;

create table if not exists audit.builds (
    build_id text primary key,
    raw_data text not null,
    code_version text not null,
    as_of_date date,
    status text not null
        check (status in ('running', 'failed', 'passed', 'partial', 'published')),
    failed_tests text[] not null default '{}',
    warnings text[] not null default '{}',
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);
-- Builds of before there were warnings.
alter table audit.builds add column if not exists warnings text[] not null default '{}';
-- Of the tables that were audited; NULL before they were.
alter table audit.builds add column if not exists fingerprint jsonb;
comment on table audit.builds is
    'One row per build of the candidate, with what failed in it and what it warned of.';

create table if not exists audit.build_info (
    build_id text primary key,
    raw_data text not null,
    code_version text not null,
    as_of_date date,
    tables integer not null,
    rows bigint not null,
    rows_inserted bigint not null,
    rows_updated bigint not null,
    rows_deleted bigint not null,
    duration_seconds numeric not null,
    table_changes jsonb not null,
    published_at timestamptz not null
);
comment on table audit.build_info is
    'One row per published build; the newest is what the mart_ schemas hold.';
"""


@dataclass(frozen=True)
class Build:
    """One build of the candidate.

    `status` is partial when only some models were built, which is never published.
    """

    build_id: str
    raw_data: str
    code_version: str
    as_of_date: date | None
    status: Status
    failed_tests: tuple[str, ...]


@dataclass(frozen=True)
class PublishedBuild:
    """What is known of the build that readers see; the time is in UTC."""

    warnings: tuple[str, ...]
    raw_data: str
    published_at: datetime


def make_audit_tables(session: psycopg.Connection[Any]) -> None:
    """Make schema `audit` with its tables where they are missing."""
    session.execute(_TABLES)


def begin_build(connection: Connection, raw_data: str, code_version: str) -> Build:
    """Record that a build runs, and return it.

    Builds that were killed are recorded as failed: the caller holds the work lock,
    so none of them can still be running.
    """
    build = Build(str(uuid.uuid4()), raw_data, code_version, None, "running", ())
    with connection.connect() as session:
        make_audit_tables(session)
        session.execute(
            """
            update audit.builds
            set status = 'failed', failed_tests = '{interrupted}',
                finished_at = clock_timestamp()
            where status = 'running'
            """
        )
        session.execute(
            """
            insert into audit.builds (build_id, raw_data, code_version, status)
            values (%s, %s, %s, %s)
            """,
            [build.build_id, raw_data, code_version, build.status],
        )
    return build


def finish_build(
    connection: Connection,
    build: Build,
    status: Status,
    *,
    failed_tests: Sequence[str] = (),
    as_of_date: date | None = None,
    warnings: Sequence[str] | None = None,
) -> None:
    """Record how a build ended; without `warnings` those it had are kept."""
    with connection.connect() as session:
        session.execute(
            """
            update audit.builds
            set status = %s, failed_tests = %s, as_of_date = %s,
                warnings = coalesce(%s, warnings), finished_at = clock_timestamp()
            where build_id = %s
            """,
            [
                status,
                list(failed_tests),
                as_of_date,
                None if warnings is None else list(warnings),
                build.build_id,
            ],
        )


def newest_build(connection: Connection) -> Build:
    """Return the build that the candidate schemas hold.

    Raises:
        UserError: There was none yet.
    """
    with connection.connect() as session:
        make_audit_tables(session)
        row = session.execute(
            """
            select
                build_id, raw_data, code_version, as_of_date, status, failed_tests
            from audit.builds
            order by started_at desc
            limit 1
            """
        ).fetchone()
    if row is None:
        raise UserError("nothing was built yet on this server; run: streaming build")
    *values, failed_tests = row
    return Build(*values, tuple(failed_tests))


def published_build(reader: Reader) -> PublishedBuild | None:
    """Return the build that is published; None when nothing says so."""
    _, columns = reader.rows(
        """
        select column_name from information_schema.columns
        where table_schema = 'audit' and table_name = 'builds'
            and column_name = 'warnings'
        """
    )
    if not columns or not reader.has_table("audit.build_info"):
        return None
    _, rows = reader.rows(
        """
        select builds.warnings, builds.raw_data, info.published_at
        from audit.build_info as info
        inner join audit.builds as builds using (build_id)
        order by info.published_at desc
        limit 1
        """
    )
    if not rows:
        return None
    warnings, raw_data, published_at = rows[0]
    return PublishedBuild(tuple(warnings), raw_data, published_at.astimezone(UTC))
