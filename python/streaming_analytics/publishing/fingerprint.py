"""What was audited, so that it and nothing else is published.

PostgreSQL stamps each row with the transaction that wrote it: how many rows there are
of each stamp changes with every row that is written or removed.
docs/decisions/0059-only-what-was-audited.md
"""

from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from streaming_analytics.errors import UserError
from streaming_analytics.publishing.builds import Build, make_audit_tables
from streaming_analytics.publishing.changes import change_schema
from streaming_analytics.warehouse.connection import Connection

Session = psycopg.Connection[Any]
# By table, as `schema.table`.
Fingerprint = dict[str, str]
_NAMES_SHOWN = 3


def record_fingerprint(connection: Connection, build: Build, target: str) -> None:
    """Keep with a build what its candidate is, once dbt's tests have passed."""
    with connection.connect() as session:
        make_audit_tables(session)
        session.execute(
            "update audit.builds set fingerprint = %s where build_id = %s",
            [Jsonb(read_fingerprint(session, target)), build.build_id],
        )


def require_audited(session: Session, build: Build, target: str) -> None:
    """Compare the candidate, which the caller keeps others from, with what was audited.

    Raises:
        UserError: Something was changed since, or nobody knows.
    """
    row = session.execute(
        "select fingerprint from audit.builds where build_id = %s", [build.build_id]
    ).fetchone()
    audited: Fingerprint | None = row[0] if row else None
    if audited is None:
        raise UserError(
            "the newest build does not say what was audited, as before this version; "
            "run: streaming build"
        )
    now = read_fingerprint(session, target)
    changed = sorted(
        name
        for name in audited.keys() | now.keys()
        if audited.get(name) != now.get(name)
    )
    if changed:
        more = len(changed) - _NAMES_SHOWN
        shown = ", ".join(changed[:_NAMES_SHOWN])
        raise UserError(
            f"{shown}{f' and {more} more' if more > 0 else ''} changed after the build "
            "was audited, so nothing was published and the marts stay as they were; "
            "run: streaming build"
        )


def take_over_changes(session: Session, target: str) -> None:
    """Count the logs of changes, which a rollback has written, as audited again."""
    session.execute(
        """
        update audit.builds
        set fingerprint = fingerprint || %s
        where fingerprint is not null
            and started_at = (select max(started_at) from audit.builds)
        """,
        [Jsonb(_of_schemas(session, change_schema(target)))],
    )


def read_fingerprint(session: Session, target: str) -> Fingerprint:
    """Return what changes with any row or column of what a publication reads."""
    return _of_schemas(session, rf"{target}_mart_.*|{change_schema(target)}")


def _of_schemas(session: Session, pattern: str) -> Fingerprint:
    tables = session.execute(
        """
        select
            nspname, relname,
            md5(string_agg(
                format('%%s %%s', attname, format_type(atttypid, atttypmod)),
                ',' order by attnum
            ))
        from pg_class
        inner join pg_namespace on pg_namespace.oid = relnamespace
        inner join pg_attribute on attrelid = pg_class.oid
        where relkind in ('r', 'p') and nspname ~ %s
            and attnum > 0 and not attisdropped
        group by nspname, relname
        order by nspname, relname
        """,
        [f"^({pattern})$"],
    ).fetchall()
    return {
        f"{schema}.{table}": f"{row_stamps(session, schema, table)} {columns}"
        for schema, table, columns in tables
    }


def row_stamps(session: Session, schema: str, table: str) -> str:
    """Return one hash of how many rows each transaction has left in a table."""
    row = session.execute(
        sql.SQL(
            """
            select md5(string_agg(
                concat_ws(' ', stamp, row_count), ', ' order by stamp
            ))
            from (
                select cast(xmin as text) as stamp, count(*) as row_count
                from {} group by xmin
            ) as stamps
            """
        ).format(sql.Identifier(schema, table))
    ).fetchone()
    return (row and row[0]) or "no rows"
