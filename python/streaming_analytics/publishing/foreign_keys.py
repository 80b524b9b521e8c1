"""Foreign keys of published tables, checked once per key rather than once per row.

PostgreSQL queues a check for each changed row: minutes for a fact whose data were
exchanged, and for each deleted parent a scan of its children. One join per key
takes seconds. Dropping the keys meanwhile would shut readers out.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.publishing.catalogue import (
    ForeignKey,
    Table,
    TableName,
    read_tables,
)
from streaming_analytics.publishing.changes import ChangedRows
from streaming_analytics.publishing.rows import RowChanges
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
    session: psycopg.Connection[Any],
    changes: Mapping[TableName, RowChanges],
    recorded: Mapping[TableName, ChangedRows],
) -> None:
    """Check every key that touches a changed table, from whichever schema.

    While no parent lost a row, only rows that changed can refer to one that is not
    there: where their log has no such row, the table has none.

    Args:
        session: The publication's transaction.
        changes: What the publication did to each table.
        recorded: Which rows may have changed, where that is known.

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
        [sorted({name.schema for name, change in changes.items() if change.any})],
    ).fetchall()
    tables = read_tables(session, [schema for (schema,) in schemas])
    for table in tables.values():
        change = changes.get(table.name)
        record = recorded.get(table.name)
        for key, constraint in table.foreign_keys.items():
            if _may_have_lost(key, changes.get(key.target), tables.get(key.target)):
                _check(session, table, key, constraint)
            elif change and (change.inserted or change.updated):
                # What was empty got every row, whatever the log says.
                is_partial = change.inserted < change.rows
                log = record.log if record and is_partial else None
                if log is None or _is_unknown_in(session, log, key):
                    _check(session, table, key, constraint)


def _may_have_lost(
    key: ForeignKey, change: RowChanges | None, parent: Table | None
) -> bool:
    """Whether values that a key leads to may be gone from the parent.

    A row is updated where its primary key is the same, so that stays.
    """
    if change is None or not (change.deleted or change.updated):
        return False
    is_primary = parent and set(key.target_columns) == set(parent.primary_key)
    return bool(change.deleted or not is_primary)


def _is_unknown_in(
    session: psycopg.Connection[Any], log: sql.Identifier, key: ForeignKey
) -> bool:
    """Whether a row of a log refers to one that is not there.

    The log has few different values, and reading it takes a fraction of reading the
    table. A row that changed twice is in it twice, the first time with what may be gone
    by now: what is found here need not be in the table.
    """
    values = sql.SQL("(select distinct {} from {} where change_sign >= 0)").format(
        columns_of(key.columns), log
    )
    return _unknown_values(session, values, key) is not None


def _check(
    session: psycopg.Connection[Any], child: Table, key: ForeignKey, name: str
) -> None:
    unknown = _unknown_values(session, identifier(child.name), key)
    if unknown is not None:
        values = ", ".join(map(str, unknown))
        raise UserError(
            f"nothing was published, the marts stay as they were: {child.name} has "
            f"({', '.join(key.columns)}) = ({values}), which is not in {key.target} "
            f"(foreign key {name})"
        )


def _unknown_values(
    session: psycopg.Connection[Any], child: sql.Composable, key: ForeignKey
) -> tuple[Any, ...] | None:
    """Return values of a key in `child`, a table or a query, that no parent has."""
    return session.execute(
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
            child=child,
            parent=identifier(key.target),
            targets=columns_of(key.target_columns, "parent"),
        )
    ).fetchone()
