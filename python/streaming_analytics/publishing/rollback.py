"""Taking back the last publication, in one transaction like a publication."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from streaming_analytics.errors import UserError
from streaming_analytics.progress import Progress
from streaming_analytics.publishing.builds import make_audit_tables
from streaming_analytics.publishing.catalogue import Table, TableName, read_tables
from streaming_analytics.publishing.changes import compare_whole
from streaming_analytics.publishing.fingerprint import take_over_changes
from streaming_analytics.publishing.foreign_keys import (
    check_foreign_keys,
    suspend_foreign_keys,
)
from streaming_analytics.publishing.locks import lock_table
from streaming_analytics.publishing.publisher import (
    CANDIDATE_TARGET,
    SETTINGS,
    explained_errors,
)
from streaming_analytics.publishing.rows import RowChanges, has_another_unique_key
from streaming_analytics.publishing.shape import columns_of, identifier
from streaming_analytics.publishing.undo import (
    SCHEMA,
    WAS_THERE,
    Undo,
    forget_undo,
    make_undo_tables,
    read_undo,
)
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import WorkLock

_DELETE = """
delete from {table} as published
using {undo} as undo
where ({published_key}) = ({undo_key}) and (not undo.{was_there} or {is_replaced})
"""

_UPDATE = """
update {table} as published
set {assignments}
from {undo} as undo
where ({published_key}) = ({undo_key}) and undo.{was_there}
"""

_INSERT = """
insert into {table} ({columns})
select {undo_columns}
from {undo} as undo
where
    undo.{was_there}
    and not exists (
        select from {table} as published
        where ({published_key}) = ({undo_key})
    )
"""


@dataclass(frozen=True)
class PublishedSet:
    """A set that readers see, or saw and can see again.

    Attributes:
        build_id: The build that it came of.
        changed: Rows that its publication changed.
        has_undo: Whether what it replaced is kept.
        obstacles: Why it cannot be taken back all the same.
    """

    build_id: str
    raw_data: str
    code_version: str
    as_of_date: date | None
    tables: int
    rows: int
    changed: int
    published_at: datetime
    has_undo: bool
    obstacles: list[str]


@dataclass(frozen=True)
class Rollback:
    """What was taken back: the set that was left, that which holds now, the changes."""

    left: PublishedSet
    back_to: PublishedSet
    tables: dict[TableName, RowChanges]
    seconds: float


def published_sets(connection: Connection) -> list[PublishedSet]:
    """Return the sets that were published, the one that readers see first."""
    with connection.connect() as session:
        make_audit_tables(session)
        make_undo_tables(session)
        return _published_sets(session)


def roll_back(lock: WorkLock, progress: Progress) -> Rollback:
    """Let readers see the set that was published before the present one.

    Raises:
        UserError: There is none, or the way back is not kept; the published marts
            stay as they are.
    """
    began = time.monotonic()
    with explained_errors("rolled back", "streaming publish --rollback"):
        with lock.connection.connect(application="streaming publish") as session:
            make_audit_tables(session)
            make_undo_tables(session)
            session.execute(SETTINGS)
            sets = _published_sets(session)
            _require_way_back(sets)
            undos = read_undo(session, sets[0].build_id)
            changes = _take_back(session, undos, progress)
            _record(session, sets, changes)
            progress.update("committing")
            lock.require_held(session)
        progress.clear()
    return Rollback(sets[0], sets[1], changes, time.monotonic() - began)


def _published_sets(session: psycopg.Connection[Any]) -> list[PublishedSet]:
    with session.cursor(row_factory=class_row(PublishedSet)) as cursor:
        return cursor.execute(
            """
            select
                build_id, raw_data, code_version, as_of_date, tables, rows,
                rows_inserted + rows_updated + rows_deleted as changed,
                published_at, has_undo,
                array(
                    select table_name || ' ' || obstacle
                    from audit.publication_undo as undo
                    where undo.build_id = build_info.build_id
                        and obstacle is not null
                    order by 1
                ) as obstacles
            from audit.build_info
            order by published_at desc
            """
        ).fetchall()


def _require_way_back(sets: Sequence[PublishedSet]) -> None:
    if len(sets) < 2:
        there = "only one set was published" if sets else "nothing was published yet"
        raise UserError(f"{there}, so there is none to go back to")
    if not sets[0].has_undo:
        raise UserError(
            "what the last publication replaced is not kept any more, so it cannot be "
            "taken back; build what is wanted: streaming build"
        )
    if sets[0].obstacles:
        count = len(sets[0].obstacles)
        more = f" and {count - 1} more" if count > 1 else ""
        raise UserError(
            f"the last publication cannot be taken back: {sets[0].obstacles[0]}{more}; "
            "build with the models of before: streaming build"
        )


def _take_back(
    session: psycopg.Connection[Any], undos: Sequence[Undo], progress: Progress
) -> dict[TableName, RowChanges]:
    schemas = sorted({undo.table.schema for undo in undos})
    present = read_tables(session, schemas)
    for undo in undos:
        if undo.table not in present:
            raise UserError(
                f"{undo.table} is gone, so the last publication cannot be taken back"
            )
        lock_table(session, undo.table, "streaming publish --rollback")
    changes = {}
    with suspend_foreign_keys(session) as are_suspended:
        for undo in undos:
            progress.update(f"taking back {undo.table}")
            changes[undo.table] = _take_back_rows(session, undo, present[undo.table])
    changed = {name for name, change in changes.items() if change.any}
    if are_suspended and changed:
        progress.update("checking keys")
        check_foreign_keys(session, changes, {})
    session.execute("set constraints all immediate")
    for name in changed:
        session.execute(sql.SQL("analyze {}").format(identifier(name)))
    return changes


def _take_back_rows(
    session: psycopg.Connection[Any], undo: Undo, table: Table
) -> RowChanges:
    assert undo.undo_table is not None
    is_replaced = has_another_unique_key(table)
    key = table.primary_key
    parts: dict[str, sql.Composable] = {
        "table": identifier(table.name),
        "undo": sql.Identifier(SCHEMA, undo.undo_table),
        "was_there": sql.Identifier(WAS_THERE),
        "columns": columns_of(table.column_names),
        "undo_columns": columns_of(table.column_names, "undo"),
        "published_key": columns_of(key, "published"),
        "undo_key": columns_of(key, "undo"),
        "is_replaced": sql.Literal(is_replaced),
        "assignments": sql.SQL(", ").join(
            sql.SQL("{} = {}").format(
                sql.Identifier(column), sql.Identifier("undo", column)
            )
            for column in table.column_names
            if column not in key
        ),
    }
    deleted = session.execute(sql.SQL(_DELETE).format(**parts)).rowcount
    updated = 0
    if not is_replaced and len(table.column_names) > len(key):
        updated = session.execute(sql.SQL(_UPDATE).format(**parts)).rowcount
    inserted = session.execute(sql.SQL(_INSERT).format(**parts)).rowcount
    row = session.execute(
        sql.SQL("select count(*) from {}").format(identifier(table.name))
    ).fetchone()
    return RowChanges(row[0] if row else 0, inserted, updated, deleted)


def _record(
    session: psycopg.Connection[Any],
    sets: Sequence[PublishedSet],
    changes: dict[TableName, RowChanges],
) -> None:
    """Make the set before the newest one, and let the build be published again."""
    left, back_to = sets[0].build_id, sets[1].build_id
    session.execute(
        "insert into audit.rollbacks (build_id, back_to_build_id, table_changes)"
        " values (%s, %s, %s)",
        [
            left,
            back_to,
            Jsonb({str(name): asdict(change) for name, change in changes.items()}),
        ],
    )
    forget_undo(session, left)
    session.execute("delete from audit.build_info where build_id = %s", [left])
    session.execute(
        "update audit.builds set status = 'passed' where build_id = %s", [left]
    )
    compare_whole(session, CANDIDATE_TARGET, [name.table for name in changes])
    take_over_changes(session, CANDIDATE_TARGET)
