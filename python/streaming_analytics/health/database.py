"""The server: whether it answers, who holds what, how many are connected."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from streaming_analytics.health.finding import Finding
from streaming_analytics.warehouse.heartbeat import BEAT_SECONDS
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import holder_of

Session = psycopg.Connection[Any]

_OLDEST = 14
# A beat may be late on a busy machine.
_LATE = timedelta(seconds=10 * BEAT_SECONDS)
_LONG = timedelta(minutes=10)
# Beyond it the next dashboard, or the next build, may find no place.
_FULL_PERCENT = 80


def look_at_server(selection: Selection, session: Session) -> Finding:
    """Say which server it is, and hold its version to the oldest that is known."""
    number = session.info.server_version // 10_000
    kind = "embedded" if selection.is_embedded else "your own, from PGHOST"
    text = f"PostgreSQL {number} at {selection.connection} ({kind})"
    if number < _OLDEST:
        return Finding("server", "fail", text, f"use PostgreSQL {_OLDEST} or newer")
    return Finding("server", "ok", text)


def look_at_owner(session: Session) -> Finding:
    """Say whom the commands and dbt work as, who needs no superuser's rights."""
    row = session.execute(
        "select rolname, rolsuper from pg_roles where rolname = current_user"
    ).fetchone()
    name, is_superuser = row or (session.info.user, False)
    if is_superuser:
        return Finding(
            "role",
            "warn",
            f"{name} is a superuser, so a mistake could change the server itself",
            "make one without, as docs/managed-postgresql.md shows; the embedded "
            "server has one when it is made anew: streaming warehouse remove",
        )
    return Finding("role", "ok", f"{name}, no superuser")


def look_at_work_lock(session: Session) -> Finding:
    """Say who holds the work lock, and whether that job still shows that it lives."""
    holder = holder_of(session)
    if holder is None:
        return Finding("work lock", "ok", "free")
    text = f"held by {holder.name or f'session {holder.pid}'}"
    if holder.since is None or holder.beaten_at is None:
        return Finding("work lock", "ok", f"{text}; no more is shown to this user")
    now = datetime.now(UTC)
    age, silence = now - holder.since, now - holder.beaten_at
    text += f" for {_spoken(age)}, last heartbeat {_spoken(silence)} ago"
    if silence > _LATE:
        return Finding(
            "work lock",
            "warn",
            text,
            "its process hangs or is gone: end that process, or its session with "
            f"select pg_terminate_backend({holder.pid})",
        )
    return Finding("work lock", "ok", text)


def look_at_sessions(session: Session) -> Finding:
    """Find who waits for whom, who keeps a transaction open, and whether it is full."""
    row = session.execute(
        """
        select
            count(*) filter (where backend_type = 'client backend'),
            cast(current_setting('max_connections') as integer)
        from pg_stat_activity
        """
    ).fetchone()
    connected, most = row or (0, 1)
    text = f"{connected} of {most} connections are in use"
    waiting = session.execute(
        """
        select pid, application_name, pg_blocking_pids(pid)
        from pg_stat_activity
        where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0
        order by query_start
        limit 1
        """
    ).fetchone()
    if waiting is not None:
        pid, name, blockers = waiting
        return Finding(
            "sessions",
            "warn",
            f"{text}; session {pid} ({name}) waits for session {blockers[0]}",
            f"end it when it hangs: select pg_terminate_backend({blockers[0]})",
        )
    idle = session.execute(
        """
        select pid, usename, now() - xact_start
        from pg_stat_activity
        where datname = current_database()
            and state like 'idle in transaction%%'
            and application_name not like 'streaming %%, pid %%'
            and now() - xact_start > %s
        order by xact_start
        limit 1
        """,
        [_LONG],
    ).fetchone()
    if idle is not None:
        pid, user, age = idle
        return Finding(
            "sessions",
            "warn",
            f"{text}; session {pid} of {user} keeps a transaction open for "
            f"{_spoken(age)}",
            "a change of a table's shape waits for it: "
            f"select pg_terminate_backend({pid})",
        )
    if 100 * connected > _FULL_PERCENT * most:
        return Finding("sessions", "warn", text, "end sessions that are not needed")
    return Finding("sessions", "ok", text)


def _spoken(span: timedelta) -> str:
    seconds = max(int(span.total_seconds()), 0)
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
