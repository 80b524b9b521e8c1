"""One load, build or publish at a time on a database."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.connection import Connection

# Any constant that no other program on the database uses.
_HIGH, _LOW = 0x73747265, 0x616D6E67


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
    key = (_HIGH << 32) | _LOW
    name = f"streaming {work}, pid {os.getpid()}"
    with connection.connect(application=name, autocommit=True) as session:
        taken = session.execute("select pg_try_advisory_lock(%s)", [key]).fetchone()
        if taken != (True,):
            who, _, pid = (work_at(session) or "").partition(", ")
            raise UserError(
                f"another {who or 'streaming build'} is running"
                f"{f' ({pid})' if pid else ''} on {connection}; wait for it to end"
            )
        try:
            yield WorkLock(connection)
        finally:
            # A busy server ends the session only some time after it was closed.
            with suppress(psycopg.Error):
                session.execute("select pg_advisory_unlock(%s)", [key])


def work_at(session: psycopg.Connection[Any]) -> str | None:
    """Return who holds the lock, as `streaming build, pid 123`; None: nobody."""
    holder = session.execute(
        """
        select application_name
        from pg_stat_activity
        inner join pg_locks using (pid)
        where locktype = 'advisory' and granted and objsubid = 1
            and classid = %s and objid = %s
            and pg_locks.database = (
                select oid from pg_database
                where pg_database.datname = current_database()
            )
        """,
        [_HIGH, _LOW],
    ).fetchone()
    return None if holder is None else holder[0]
