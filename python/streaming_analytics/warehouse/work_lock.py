"""One load, build or publish at a time on a database."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.heartbeat import Heartbeat
from streaming_analytics.warehouse.reading import PostgresFitStore

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
    """Proof that the lock is held; functions that need it ask for it.

    `pid` is the server's process of the session that holds it.
    """

    connection: Connection
    work: str
    pid: int

    def require_held(self, session: psycopg.Connection[Any]) -> None:
        """Ask the server, in any session, whether the lock is still held.

        Raises:
            UserError: It is not: another job may have begun.
        """
        holder = holder_of(session)
        if holder is None or holder.pid != self.pid:
            raise _lost(self.work)

    @contextmanager
    def fitting(self) -> Generator[PostgresFitStore]:
        """Begin a transaction that reads marts and writes a fit.

        Raises:
            UserError: The lock was lost, so that nothing is written.
        """
        with self.connection.connect(application="streaming train") as session:
            yield PostgresFitStore(session)
            # Whoever fits may be a process that outlived the job.
            self.require_held(session)


@dataclass(frozen=True)
class Holder:
    """Who holds the lock.

    Attributes:
        name: As `streaming build, pid 123`.
        pid: The server's process of its session.
        since: When it took the lock.
        beaten_at: When it last showed that it lives.
    """

    name: str
    pid: int
    since: datetime | None
    beaten_at: datetime | None


@contextmanager
def work_lock(connection: Connection, work: str) -> Generator[WorkLock]:
    """Hold the database's lock for `work` (load, build or publish).

    It belongs to a session of its own, so the server drops it when this process
    ends, however it ends. A job whose session was ended stops within seconds.

    Raises:
        UserError: Somebody else holds it, or it was lost on the way.
    """
    name = f"streaming {work}, pid {os.getpid()}"
    with connection.connect(application=name, autocommit=True) as session:
        _take(session, connection)
        heartbeat = Heartbeat(session)
        try:
            try:
                yield WorkLock(connection, work, session.info.backend_pid)
            finally:
                if heartbeat.stop():
                    # A busy server ends the session only some time after it was
                    # closed.
                    with suppress(psycopg.Error):
                        session.execute("rollback")
                else:
                    # Leaving the session would wait for the heartbeat, unless closed.
                    session.close()
        except KeyboardInterrupt as error:
            if heartbeat.lost_by is None:
                raise
            # Whose session somebody ends is told so; one that a crash ends is not.
            if isinstance(heartbeat.lost_by, psycopg.errors.AdminShutdown):
                raise _lost(work) from error
            raise _without_server(work) from error


def _take(session: psycopg.Connection[Any], connection: Connection) -> None:
    """Begin the transaction that holds the lock."""
    try:
        _make_table(session)
        # The transaction stays open as long as the work lasts. It has read nothing, so
        # it keeps no dead row from being cleaned away.
        session.execute("set idle_in_transaction_session_timeout = 0")
        session.execute("begin isolation level read committed")
        session.execute(f"lock table {_TABLE} in exclusive mode nowait")
    except psycopg.errors.LockNotAvailable as error:
        session.execute("rollback")
        who, _, pid = (work_at(session) or "").partition(", ")
        raise UserError(
            f"another {who or 'streaming build'} is running"
            f"{f' ({pid})' if pid else ''} on {connection}; wait for it to end"
        ) from error
    except (
        psycopg.errors.InsufficientPrivilege,
        psycopg.errors.ReadOnlySqlTransaction,
    ) as error:
        raise UserError(
            f"user {connection.user} may not work on {connection} "
            f"({error.diag.message_primary}); set PGUSER to the warehouse's owner"
        ) from error


def work_at(session: psycopg.Connection[Any]) -> str | None:
    """Return who holds the lock, as `streaming build, pid 123`; None: nobody."""
    holder = holder_of(session)
    return None if holder is None else holder.name


def holder_of(session: psycopg.Connection[Any]) -> Holder | None:
    """Return who holds the lock; None: nobody."""
    row = session.execute(
        """
        select application_name, pid, xact_start, state_change
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
    return None if row is None else Holder(row[0] or "", *row[1:])


def _lost(work: str) -> UserError:
    return UserError(
        f"streaming {work} stopped, because the session that held its work lock was "
        "ended and another job may have begun; what was published stays as it was. "
        "Look with: streaming doctor"
    )


def _without_server(work: str) -> UserError:
    return UserError(
        f"streaming {work} stopped, because PostgreSQL went away: it was stopped, or "
        "it crashed, as on a full disk; its log says which. What was published stays "
        "as it was. Look with: streaming doctor"
    )


def _make_table(session: psycopg.Connection[Any]) -> None:
    there = session.execute("select to_regclass(%s)", [_TABLE]).fetchone()
    if there is None or there[0] is None:
        # Two first jobs at once may both make it; the other's will do.
        with suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
            session.execute(_MAKE)
