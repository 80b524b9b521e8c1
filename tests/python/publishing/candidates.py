"""A candidate of two tables, and what it takes to publish it."""

import io
from datetime import date

from streaming_analytics.progress import Progress
from streaming_analytics.publishing.builds import begin_build, finish_build
from streaming_analytics.publishing.catalogue import TableName
from streaming_analytics.publishing.fingerprint import record_fingerprint
from streaming_analytics.publishing.publisher import Publication, publish
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.roles import Reader
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock

USERS = TableName("mart_core", "dim_users")
PLAYS = TableName("mart_core", "fct_plays")

CANDIDATE = """
create schema candidate_mart_core;
create table candidate_mart_core.dim_users (
    user_id text primary key,
    plan text not null check (plan <> ''),
    hours numeric(12, 2)
);
comment on table candidate_mart_core.dim_users is 'One row per user.';
comment on column candidate_mart_core.dim_users.hours is 'Hours it''s watched.';
create table candidate_mart_core.fct_plays (
    play_id text primary key,
    user_id text not null references candidate_mart_core.dim_users (user_id),
    build integer not null
);
create index on candidate_mart_core.fct_plays (user_id);
insert into candidate_mart_core.dim_users
values ('ana', 'basic', 1.5), ('bob', 'basic', null), ('cem', 'ads', 0);
insert into candidate_mart_core.fct_plays values ('p1', 'ana', 1), ('p2', 'bob', 1);
"""

#: Where builds note what they changed: of both tables, and nothing yet.
CHANGE_LOGS = """
create schema candidate_changes;
create table candidate_changes.models (
    model_name text, relation_name text, fingerprint text, is_whole boolean,
    reason text, changed_rows bigint
);
insert into candidate_changes.models values
    ('dim_users', 'candidate_mart_core.dim_users', 'as ever', false, null, 0),
    ('fct_plays', 'candidate_mart_core.fct_plays', 'as ever', false, null, 0);
create table candidate_changes.dim_users as
select *, 1 as change_sign from candidate_mart_core.dim_users limit 0;
create table candidate_changes.fct_plays as
select *, 1 as change_sign from candidate_mart_core.fct_plays limit 0;
"""

NO_READER = Reader("bi_reader", None, False, None)


def run(connection: Connection, statements: str) -> None:
    with connection.connect() as session:
        session.execute(trusted(statements))


def rows_of(connection: Connection, query: str) -> list[tuple]:
    with connection.connect() as session:
        return session.execute(trusted(query)).fetchall()


def record_green_build(connection: Connection) -> None:
    build = begin_build(connection, "sample", "abc123")
    record_fingerprint(connection, build, "candidate")
    finish_build(connection, build, "passed", as_of_date=date(2025, 12, 31))


def publish_green(connection: Connection, reader: Reader = NO_READER) -> Publication:
    record_green_build(connection)
    with work_lock(connection, "publish") as lock:
        publication = publish(lock, reader, Progress(io.StringIO()))
    assert publication is not None
    return publication


def assert_published_equals_candidate(connection: Connection) -> None:
    for table in ("dim_users", "fct_plays"):
        difference = rows_of(
            connection,
            f"(table candidate_mart_core.{table} except table mart_core.{table}) "
            f"union all "
            f"(table mart_core.{table} except table candidate_mart_core.{table})",
        )
        assert difference == []
