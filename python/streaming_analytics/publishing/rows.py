"""Changes to the rows of published tables: the differences and nothing else."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.publishing.catalogue import Table, TableName
from streaming_analytics.publishing.changes import ChangedRows
from streaming_analytics.publishing.shape import Pair, columns_of, identifier
from streaming_analytics.publishing.undo import UndoLog


@dataclass(frozen=True)
class RowChanges:
    """How many rows a published table now has, and how they came to be."""

    rows: int
    inserted: int
    updated: int
    deleted: int

    @property
    def any(self) -> bool:
        """Whether the publication changed the table."""
        return bool(self.inserted or self.updated or self.deleted)


def publish_rows(
    session: psycopg.Connection[Any],
    pair: Pair,
    undo: UndoLog,
    changed: ChangedRows | None = None,
) -> RowChanges:
    """Make the published table hold the candidate's rows.

    Rows are never truncated away or rewritten as a whole: sessions with an older
    snapshot go on seeing the rows of that snapshot.

    Args:
        session: The publication's transaction.
        pair: The candidate and the published table.
        undo: Is told what is replaced.
        changed: Which rows may differ, when the pair is alike and the builds since the
            last publication have kept a record; None compares all.
    """
    name = pair.wanted.name
    if not pair.is_alike:
        there = (
            "was made in it" if pair.published is None else "got other columns in it"
        )
        undo.obstruct(name, there)
    deleted = 0
    if pair.published is not None and not pair.keeps_its_key:
        deleted = _count_of(session, sql.SQL("delete from {}").format(identifier(name)))
    if deleted or pair.published is None or _is_empty(session, name):
        if pair.is_alike:
            undo.keep(pair, sql.SQL(_ALL_COME).format(identifier(pair.candidate)))
        inserted = _insert_all(session, pair)
        return RowChanges(inserted, inserted, 0, deleted)
    if changed is not None and changed.log is None:
        return RowChanges(changed.rows_before, 0, 0, 0)
    return _publish_differences(session, pair, undo if pair.is_alike else None, changed)


def _is_empty(session: psycopg.Connection[Any], name: TableName) -> bool:
    probe = sql.SQL("select not exists (select from {})").format(identifier(name))
    return session.execute(probe).fetchone() == (True,)


def _insert_all(session: psycopg.Connection[Any], pair: Pair) -> int:
    columns = columns_of(pair.wanted.column_names)
    return _count_of(
        session,
        sql.SQL("insert into {} ({}) select {} from {}").format(
            identifier(pair.wanted.name), columns, columns, identifier(pair.candidate)
        ),
    )


def _publish_differences(
    session: psycopg.Connection[Any],
    pair: Pair,
    undo: UndoLog | None,
    changed: ChangedRows | None,
) -> RowChanges:
    """Find the rows that differ in one pass over both tables, then change them.

    The keys are unique and required on both sides, so a row has one partner at
    most. Neither table changes in between: both are locked.
    """
    table, key = pair.wanted, pair.wanted.primary_key
    parts: dict[str, sql.Composable] = {
        "published": identifier(table.name),
        "candidate": identifier(pair.candidate),
        "columns": columns_of(table.column_names),
        "key": columns_of(key),
        "candidate_key": sql.Identifier("candidate", key[0]),
        "published_key": sql.Identifier("published", key[0]),
        "differs": _differs(table),
        "assignments": sql.SQL(", ").join(
            sql.SQL("{} = {}").format(
                sql.Identifier(column), sql.Identifier("candidate", column)
            )
            for column in table.column_names
            if column not in key
        ),
        "candidate_columns": columns_of(table.column_names, "candidate"),
        "among": sql.SQL(""),
    }
    if changed is not None and changed.log is not None:
        # A table of their own, because the planner takes keys of several columns that
        # are only asked for with `in` for half of all rows, and reads all.
        session.execute(
            sql.SQL(_FIND_KEYS).format(key=columns_of(key), log=changed.log)
        )
        parts["among"] = sql.SQL("inner join publish_key using ({})").format(
            columns_of(key)
        )
    session.execute(sql.SQL(_FIND_DIFFERENCES).format(**parts))
    session.execute("analyze publish_difference")
    counted = session.execute(sql.SQL(_COUNT).format(**parts)).fetchone()
    inserted, updated, deleted = counted or (0, 0, 0)
    if changed is None:
        rows = _rows_in(session, pair.candidate)
    else:
        rows = changed.rows_before + inserted - deleted
    # Rows that swap the values of another unique key cannot be updated one after the
    # other: they leave first and come back.
    is_replaced = has_another_unique_key(table)
    parts["is_replaced"] = sql.Literal(is_replaced)
    if undo is not None and (inserted or updated or deleted):
        undo.keep(pair, sql.SQL("publish_difference"))
    if deleted or (updated and is_replaced):
        session.execute(sql.SQL(_DELETE).format(**parts))
    if updated and not is_replaced:
        session.execute(sql.SQL(_UPDATE).format(**parts))
    if inserted or (updated and is_replaced):
        session.execute(sql.SQL(_INSERT).format(**parts))
    session.execute("drop table if exists publish_difference, publish_key")
    return RowChanges(rows, inserted, updated, deleted)


#: The places of all rows of a candidate, for a published table that is empty.
_ALL_COME = """
(select cast(null as tid) as published_row, ctid as candidate_row from {})
"""

_FIND_KEYS = """
create temporary table publish_key on commit drop as
select distinct {key} from {log};
analyze publish_key
"""

_FIND_DIFFERENCES = """
create temporary table publish_difference on commit drop as
select published_row, candidate_row
from (
    select one.ctid as published_row, one.* from {published} as one {among}
) as published
full join (
    select one.ctid as candidate_row, one.* from {candidate} as one {among}
) as candidate using ({key})
where {published_key} is null or {candidate_key} is null or {differs}
"""

_COUNT = """
select
    count(*) filter (where published_row is null),
    count(*) filter (where published_row is not null and candidate_row is not null),
    count(*) filter (where candidate_row is null)
from publish_difference
"""

_DELETE = """
delete from {published} as published
using publish_difference
where published.ctid = published_row and (candidate_row is null or {is_replaced})
"""

_UPDATE = """
update {published} as published
set {assignments}
from publish_difference
inner join {candidate} as candidate
    on candidate.ctid = candidate_row
where published.ctid = published_row
"""

_INSERT = """
insert into {published} ({columns})
select {candidate_columns}
from publish_difference
inner join {candidate} as candidate
    on candidate.ctid = candidate_row
where published_row is null or {is_replaced}
"""


def _rows_in(session: psycopg.Connection[Any], name: TableName) -> int:
    counting = sql.SQL("select count(*) from {}").format(identifier(name))
    row = session.execute(counting).fetchone()
    return int(row[0]) if row else 0


def has_another_unique_key(table: Table) -> bool:
    """Whether rows that swap values cannot be updated one after the other."""
    return bool(table.unique_keys) or any(index.is_unique for index in table.indexes)


def _differs(table: Table) -> sql.Composable:
    """Return a condition that holds where a row differs outside of its key."""
    others = [c for c in table.column_names if c not in table.primary_key]
    if not others:
        return sql.SQL("false")
    return sql.SQL("({}) is distinct from ({})").format(
        columns_of(others, "published"), columns_of(others, "candidate")
    )


def _count_of(session: psycopg.Connection[Any], statement: sql.Composed) -> int:
    return session.execute(statement).rowcount
