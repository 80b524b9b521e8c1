"""What the role of BI tools may do, tried statement by statement on a real server."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.roles import (
    READER_CONNECTIONS,
    Reader,
    ensure_reader,
    grant_marts,
)
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_at, work_lock

SCHEMAS = (
    "raw",
    "raw_quarantine",
    "audit",
    "audit_undo",
    "ml",
    "candidate_staging",
    "candidate_mart_core",
    "candidate_changes",
    "candidate_snapshots",
    "mart_core",
)
VERBS = {
    "select": "select * from {schema}.t",
    "insert": "insert into {schema}.t values (2)",
    "update": "update {schema}.t set a = 3",
    "delete": "delete from {schema}.t",
    "truncate": "truncate {schema}.t",
    "alter": "alter table {schema}.t add column b integer",
    "drop": "drop table {schema}.t",
    "create": "create table {schema}.mine (a integer)",
}
MAY = (
    "select 1",
    "explain select * from mart_core.t",
    "select count(*) from information_schema.tables",
    "begin isolation level repeatable read; select * from mart_core.t; commit",
    "set statement_timeout = '1min'",
    "prepare own as select * from mart_core.t; execute own",
    "begin; declare own cursor for select * from mart_core.t; fetch own; commit",
    # Anybody may; it holds nothing up.
    "select pg_advisory_lock(1)",
)
MAY_NOT = (
    "create schema mine",
    "create table public.mine (a integer)",
    "create temporary table mine (a integer)",
    "create view mart_core.mine as select 1 as a",
    "create function mart_core.mine() returns integer language sql return 1",
    "create database mine",
    "create role mine",
    "create foreign data wrapper mine",
    "create event trigger mine on ddl_command_end execute function mine()",
    "create publication mine for all tables",
    "create materialized view mart_core.mine as select 1 as a",
    "alter role bi_reader superuser",
    "alter role bi_reader createdb",
    "alter role bi_reader connection limit -1",
    "alter role bi_reader set temp_file_limit = -1",
    "set temp_file_limit = -1",
    "set session_replication_role = replica",
    "set role {owner}",
    "set session authorization {owner}",
    "comment on table mart_core.t is 'mine'",
    "create index on mart_core.t (a)",
    "begin; lock table mart_core.t in exclusive mode",
    "begin; lock table audit.work_lock in exclusive mode nowait",
    "select lo_create(0)",
    "select lo_creat(-1)",
    "select lo_from_bytea(0, 'x')",
    "select lo_import('/etc/hostname')",
    "copy mart_core.t to '/tmp/mine'",
    "copy mart_core.t to program 'cat'",
    "copy mart_core.t from program 'id'",
    "select pg_read_file('/etc/hostname')",
    "select pg_ls_dir('/')",
    "select pg_terminate_backend({pid})",
    "select pg_cancel_backend({pid})",
    "select pg_reload_conf()",
    "select rolpassword from pg_authid",
    "select * from pg_hba_file_rules",
    "alter system set work_mem = '1GB'",
    "alter database {database} set work_mem = '1GB'",
    "checkpoint",
)
ELSEWHERE = ("postgres", "template1")


def run(connection: Connection, statements: str) -> None:
    with connection.connect() as session:
        session.execute(trusted(statements))


@contextmanager
def made(database: Connection, folder: Path) -> Generator[Reader]:
    """Yield the role, and drop it afterwards."""
    try:
        yield ensure_reader(Selection(database, True, ()), folder)
    finally:
        run(database, "drop owned by bi_reader; drop role bi_reader")


@pytest.fixture
def reader(database: Connection, tmp_path: Path) -> Iterator[Reader]:
    with work_lock(database, "build"), database.connect() as session:
        for name in SCHEMAS:
            schema = sql.Identifier(name)
            session.execute(sql.SQL("create schema if not exists {}").format(schema))
            session.execute(sql.SQL("create table {}.t (a integer)").format(schema))
    with made(database, tmp_path) as reader:
        with database.connect() as session:
            grant_marts(session, reader, ["mart_core"])
        yield reader


def as_reader(database: Connection, reader: Reader) -> Connection:
    assert reader.password is not None
    return database.with_user(reader.name, reader.password)


def is_let(bi: Connection, statement: str) -> bool:
    """Tell whether a statement is let through; any error but a refusal is raised."""
    with bi.connect(autocommit=True) as session:
        # What holds are the rights, and not the default that a session can change.
        session.execute("set default_transaction_read_only = off")
        try:
            session.execute(trusted(statement))
        except psycopg.errors.InsufficientPrivilege:
            return False
    return True


def test_the_matrix_of_rights(database: Connection, reader: Reader) -> None:
    bi = as_reader(database, reader)
    attempts = {
        text.format(schema=schema): (schema, verb) == ("mart_core", "select")
        for schema in SCHEMAS
        for verb, text in VERBS.items()
    }
    attempts |= dict.fromkeys(MAY, True)
    with database.connect() as own:
        facts = {
            "owner": f'"{database.user}"',
            "database": database.database,
            "pid": own.info.backend_pid,
        }
        attempts |= {text.format(**facts): False for text in MAY_NOT}
        deviations = [
            statement
            for statement, is_allowed in attempts.items()
            if is_let(bi, statement) != is_allowed
        ]
    for name in ELSEWHERE:
        try:
            with replace(bi, database=name).connect():
                deviations.append(f"connect to {name}")
        except UserError:
            continue
    assert deviations == []
    assert len(attempts) + len(ELSEWHERE) >= 120


def test_what_the_role_changed_of_itself_is_set_back(
    database: Connection, reader: Reader, tmp_path: Path
) -> None:
    bi = as_reader(database, reader)
    for own in (
        "alter role bi_reader set default_transaction_read_only = off",
        "alter role bi_reader set statement_timeout = 0",
        "alter role bi_reader set search_path = mart_core",
        "alter role bi_reader password 'mine'",
    ):
        assert is_let(bi, own)
    with pytest.raises(UserError, match="cannot connect"):
        run(bi, "select 1")

    again = ensure_reader(Selection(database, True, ()), tmp_path)

    assert again == reader
    with bi.connect() as session:
        assert session.execute(
            """
            select
                current_setting('default_transaction_read_only'),
                current_setting('statement_timeout'),
                current_setting('temp_file_limit'),
                current_setting('search_path')
            """
        ).fetchone() == ("on", "10min", "2GB", '"$user", public')


def test_no_password_is_sent_that_a_log_could_keep(
    database: Connection,
    reader: Reader,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[str] = []
    execute = psycopg.Connection.execute

    def listen(session: Any, query: Any, *rest: Any) -> Any:
        is_made = isinstance(query, sql.Composable)
        sent.append(query.as_string(session) if is_made else str(query))
        return execute(session, query, *rest)

    monkeypatch.setattr(psycopg.Connection, "execute", listen)
    assert ensure_reader(Selection(database, True, ()), tmp_path) == reader

    assert reader.password is not None
    assert not any(reader.password in text for text in sent)
    assert len([text for text in sent if "password 'SCRAM-SHA-256$" in text]) == 1


def test_a_password_that_does_not_let_in_is_not_printed(
    database: Connection, reader: Reader, tmp_path: Path
) -> None:
    """Somebody else's role: it is left as it is, and what is kept is tried."""
    run(
        database,
        "alter role bi_reader password 'theirs';"
        "create role plain_user login password 'plain';"
        f"grant connect on database {database.database} to plain_user",
    )
    plain = database.with_user("plain_user", "plain")
    server = f"{database.host}-{database.port}-{database.database}"
    (tmp_path / f"bi_reader.{server}.password").write_text("forgotten")
    try:
        found = ensure_reader(Selection(plain, False, ()), tmp_path)
    finally:
        run(database, "drop owned by plain_user; drop role plain_user")
    assert found.password is None
    assert found.note is not None
    assert "is not its own" in found.note


def test_twenty_connections_are_enough(
    database: Connection, reader: Reader, tmp_path: Path
) -> None:
    bi = as_reader(database, reader)
    with ExitStack() as stack:
        for _ in range(READER_CONNECTIONS):
            stack.enter_context(bi.connect())
        with pytest.raises(UserError, match="too many connections for role"):
            bi.connect()
        assert ensure_reader(Selection(database, True, ()), tmp_path) == reader


def test_a_reader_cannot_hold_up_a_job(database: Connection, reader: Reader) -> None:
    with as_reader(database, reader).connect() as session:
        session.execute("select pg_advisory_lock(8319104487341747815)")
        session.execute("select count(*) from mart_core.t")
        with (
            work_lock(database, "build"),
            database.connect() as own,
        ):
            assert (work_at(own) or "").startswith("streaming build, pid ")
            with (
                pytest.raises(UserError, match="another streaming build is running"),
                work_lock(database, "load"),
            ):
                pass
        with work_lock(database, "load"):
            pass


def test_the_lock_keeps_no_dead_rows(database: Connection) -> None:
    """A build takes an hour at times; what others delete meanwhile is cleaned away."""
    run(database, "create table public.busy as select generate_series(1, 1000) as a")
    with work_lock(database, "build"):
        run(database, "delete from public.busy")
        with database.connect(autocommit=True) as session:
            session.execute("vacuum public.busy")
            assert session.execute(
                "select pg_relation_size('public.busy')"
            ).fetchone() == (0,)
