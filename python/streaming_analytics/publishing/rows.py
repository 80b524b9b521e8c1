"""Changes to the rows of published tables: the differences and nothing else."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.publishing.catalogue import Table, TableName
from streaming_analytics.publishing.shape import Pair, columns_of, identifier


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


def publish_rows(session: psycopg.Connection[Any], pair: Pair) -> RowChanges:
    """Make the published table hold the candidate's rows.

    Rows are never truncated away or rewritten as a whole: sessions with an older
    snapshot go on seeing the rows of that snapshot.
    """
    name = pair.wanted.name
    deleted = 0
    if pair.published is not None and not pair.keeps_its_key:
        deleted = _count_of(session, sql.SQL("delete from {}").format(identifier(name)))
    if deleted or pair.published is None or _is_empty(session, name):
        inserted = _insert_all(session, pair)
        return RowChanges(inserted, inserted, 0, deleted)
    return _publish_differences(session, pair)


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


def _publish_differences(session: psycopg.Connection[Any], pair: Pair) -> RowChanges:
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
    }
    session.execute(sql.SQL(_FIND_DIFFERENCES).format(**parts))
    session.execute("analyze publish_difference")
    counted = session.execute(sql.SQL(_COUNT).format(**parts)).fetchone()
    inserted, updated, deleted, rows = counted or (0, 0, 0, 0)
    # Rows that swap the values of another unique key cannot be updated one after the
    # other: they leave first and come back.
    is_replaced = _has_another_unique_key(table)
    parts["is_replaced"] = sql.Literal(is_replaced)
    if deleted or (updated and is_replaced):
        session.execute(sql.SQL(_DELETE).format(**parts))
    if updated and not is_replaced:
        session.execute(sql.SQL(_UPDATE).format(**parts))
    if inserted or (updated and is_replaced):
        session.execute(sql.SQL(_INSERT).format(**parts))
    session.execute("drop table publish_difference")
    return RowChanges(rows, inserted, updated, deleted)


_FIND_DIFFERENCES = """
create temporary table publish_difference on commit drop as
select
    published.ctid as published_row,
    candidate.ctid as candidate_row
from {published} as published
full join {candidate} as candidate using ({key})
where {published_key} is null or {candidate_key} is null or {differs}
"""

_COUNT = """
select
    count(*) filter (where published_row is null),
    count(*) filter (where published_row is not null and candidate_row is not null),
    count(*) filter (where candidate_row is null),
    (select count(*) from {candidate})
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


def _has_another_unique_key(table: Table) -> bool:
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
