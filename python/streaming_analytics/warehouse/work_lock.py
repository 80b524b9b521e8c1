"""One load, build or publish at a time on a database."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.connection import Connection

# A table and no advisory lock: whoever may connect may take those, and hold up every
# job. Nobody but its owner has a right on this one.
_TABLE = "audit.work_lock"
_MAKE = """
create schema if not exists audit;
create table if not exists audit.work_lock ();
comment on table audit.work_lock is 'Locked by the load, build or publication at work.';
"""


@dataclass(frozen=True)
class WorkLock:
    """Proof that the lock is held; functions that need it ask for it."""

    connection: Connection


@contextmanager
def work_lock(connection: Connection, work: str) -> Generator[WorkLock]:
    """Hold the database's lock for `work` (load, build or publish).

    It belongs to a session of its own, so the server drops it when this process
    ends, however it ends.

    Raises:
        UserError: Somebody else holds it.
    """
    name = f"streaming {work}, pid {os.getpid()}"
    with connection.connect(application=name, autocommit=True) as session:
        _make_table(session)
        # The transaction stays open as long as the work lasts. It has read nothing, so
        # it keeps no dead row from being cleaned away.
        session.execute("set idle_in_transaction_session_timeout = 0")
        session.execute("begin isolation level read committed")
        try:
            session.execute(f"lock table {_TABLE} in exclusive mode nowait")
        except psycopg.errors.LockNotAvailable as error:
            session.execute("rollback")
            who, _, pid = (work_at(session) or "").partition(", ")
            raise UserError(
                f"another {who or 'streaming build'} is running"
                f"{f' ({pid})' if pid else ''} on {connection}; wait for it to end"
            ) from error
        try:
            yield WorkLock(connection)
        finally:
            # A busy server ends the session only some time after it was closed.
            with suppress(psycopg.Error):
                session.execute("rollback")


def work_at(session: psycopg.Connection[Any]) -> str | None:
    """Return who holds the lock, as `streaming build, pid 123`; None: nobody."""
    holder = session.execute(
        """
        select application_name
        from pg_stat_activity
        inner join pg_locks using (pid)
        where locktype = 'relation' and granted and mode = 'ExclusiveLock'
            and relation = to_regclass(%s)
            and pg_locks.database = (
                select oid from pg_database
                where pg_database.datname = current_database()
            )
        """,
        [_TABLE],
    ).fetchone()
    return None if holder is None else holder[0]


def _make_table(session: psycopg.Connection[Any]) -> None:
    there = session.execute("select to_regclass(%s)", [_TABLE]).fetchone()
    if there is None or there[0] is None:
        # Two first jobs at once may both make it; the other's will do.
        with suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
            session.execute(_MAKE)
