"""Foreign keys of published tables, checked once per key rather than once per row.

PostgreSQL queues a check for each changed row: minutes for a fact whose data were
exchanged, and for each deleted parent a scan of its children. One join per key
takes seconds. Dropping the keys meanwhile would shut readers out.
"""

from collections.abc import Generator, Set
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.publishing.catalogue import ForeignKey, TableName, read_tables
from streaming_analytics.publishing.shape import columns_of, identifier


@contextmanager
def suspend_foreign_keys(session: psycopg.Connection[Any]) -> Generator[bool]:
    """Keep PostgreSQL from checking foreign keys row by row, where it lets us.

    Yields whether it did, so that the caller has to check. It takes a right that few
    roles have; for others PostgreSQL goes on checking every row, as safe and slower.
    """
    try:
        with session.transaction():
            session.execute("set local session_replication_role = replica")
    except psycopg.errors.InsufficientPrivilege:
        yield False
        return
    yield True
    session.execute("set local session_replication_role = origin")


def check_foreign_keys(
    session: psycopg.Connection[Any], changed: Set[TableName]
) -> None:
    """Check every key that touches a changed table, from whichever schema.

    Raises:
        UserError: A row refers to one that is not there.
    """
    schemas = session.execute(
        """
        select distinct child_schema.nspname
        from pg_constraint
        inner join pg_class as child on child.oid = conrelid
        inner join pg_namespace as child_schema
            on child_schema.oid = child.relnamespace
        inner join pg_class as parent on parent.oid = confrelid
        inner join pg_namespace as parent_schema
            on parent_schema.oid = parent.relnamespace
        where contype = 'f'
            and array[child_schema.nspname, parent_schema.nspname]::text[] && %s
        """,
        [sorted({name.schema for name in changed})],
    ).fetchall()
    for table in read_tables(session, [schema for (schema,) in schemas]).values():
        for key, constraint in table.foreign_keys.items():
            if table.name in changed or key.target in changed:
                _check(session, table.name, key, constraint)


def _check(
    session: psycopg.Connection[Any], child: TableName, key: ForeignKey, name: str
) -> None:
    row = session.execute(
        sql.SQL(
            """
            select {columns}
            from {child} as child
            where ({columns}) is not null
                and not exists (
                    select
                    from {parent} as parent
                    where ({targets}) = ({columns})
                )
            limit 1
            """
        ).format(
            columns=columns_of(key.columns, "child"),
            child=identifier(child),
            parent=identifier(key.target),
            targets=columns_of(key.target_columns, "parent"),
        )
    ).fetchone()
    if row is not None:
        values = ", ".join(map(str, row))
        raise UserError(
            f"nothing was published, the marts stay as they were: {child} has "
            f"({', '.join(key.columns)}) = ({values}), which is not in {key.target} "
            f"(foreign key {name})"
        )
