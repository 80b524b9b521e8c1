"""What a publication replaced, kept so that it can be taken back.

For each table that a publication changed, a table of schema `audit_undo` has the rows
as they were, and the keys of the rows that came. The last publications' are kept.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.publishing.catalogue import TableName
from streaming_analytics.publishing.shape import Pair, columns_of, identifier

#: Published sets that one can go back to.
KEPT = 3
SCHEMA = "audit_undo"
#: Tells rows that were there from the keys of rows that came.
WAS_THERE = "was_there_before"

_TABLES = """
create schema if not exists audit_undo;
alter table audit.build_info add column if not exists
    has_undo boolean not null default false;
create table if not exists audit.publication_undo (
    build_id text not null references audit.build_info on delete cascade,
    table_name text not null,
    undo_table text,
    obstacle text,
    primary key (build_id, table_name),
    check ((undo_table is null) <> (obstacle is null))
);
comment on table audit.publication_undo is
    'One row per published build and table that it changed: where the rows are that it '
    'replaced, or why it cannot be taken back.';
create table if not exists audit.rollbacks (
    build_id text not null,
    back_to_build_id text not null,
    table_changes jsonb not null,
    rolled_back_by text not null default session_user,
    rolled_back_at timestamptz not null default clock_timestamp()
);
comment on table audit.rollbacks is
    'One row per publication that was taken back, and the build that readers saw then.';
"""

_KEEP_ROWS = """
create table {undo} as
select true as {was_there}, {published_columns}
from {differences} as difference
inner join {published} as published
    on published.ctid = published_row
"""

_KEEP_KEYS = """
insert into {undo} ({was_there}, {key})
select false, {candidate_key}
from {differences} as difference
inner join {candidate} as candidate
    on candidate.ctid = candidate_row
where published_row is null
"""


@dataclass(frozen=True)
class Undo:
    """The way back over one table.

    Attributes:
        table: The published table.
        undo_table: Where its former rows are; None when there is no way back.
        obstacle: Why there is none.
    """

    table: TableName
    undo_table: str | None
    obstacle: str | None


class UndoLog:
    """The undo of one publication, written while its rows change."""

    def __init__(self, session: psycopg.Connection[Any], build_id: str) -> None:
        """Begin one for a build, in the transaction that publishes it."""
        make_undo_tables(session)
        self._session = session
        self._build_id = build_id
        self._undos: list[Undo] = []

    def obstruct(self, table: TableName, obstacle: str) -> None:
        """Note a change that cannot be taken back."""
        self._undos.append(Undo(table, None, obstacle))

    def keep(self, pair: Pair, differences: sql.Composable) -> None:
        """Keep what a table is about to lose, and the keys that it gains.

        Args:
            pair: The candidate and the published table.
            differences: The places of the rows that differ, as columns published_row
                and candidate_row; NULL where there is no such row.
        """
        table = pair.wanted
        undo_table = f"{self._build_id}_{len(self._undos)}"
        parts: dict[str, sql.Composable] = {
            "undo": sql.Identifier(SCHEMA, undo_table),
            "was_there": sql.Identifier(WAS_THERE),
            "differences": differences,
            "published": identifier(table.name),
            "candidate": identifier(pair.candidate),
            "published_columns": columns_of(table.column_names, "published"),
            "key": columns_of(table.primary_key),
            "candidate_key": columns_of(table.primary_key, "candidate"),
        }
        self._session.execute(sql.SQL(_KEEP_ROWS).format(**parts))
        self._session.execute(sql.SQL(_KEEP_KEYS).format(**parts))
        self._undos.append(Undo(table.name, undo_table, None))

    def record(self) -> None:
        """Record the way back, and forget the oldest; the build is in build_info."""
        for undo in self._undos:
            self._session.execute(
                "insert into audit.publication_undo values (%s, %s, %s, %s)",
                [self._build_id, str(undo.table), undo.undo_table, undo.obstacle],
            )
        self._session.execute(
            "update audit.build_info set has_undo = true where build_id = %s",
            [self._build_id],
        )
        for (old,) in self._session.execute(
            "select build_id from audit.build_info where has_undo"
            " order by published_at desc offset %s",
            [KEPT],
        ).fetchall():
            forget_undo(self._session, old)


def make_undo_tables(session: psycopg.Connection[Any]) -> None:
    """Make the tables where they are missing; audit.build_info has to be there."""
    session.execute(_TABLES)


def read_undo(session: psycopg.Connection[Any], build_id: str) -> list[Undo]:
    """Return the way back from a published build, table by table."""
    rows = session.execute(
        "select table_name, undo_table, obstacle from audit.publication_undo"
        " where build_id = %s order by table_name",
        [build_id],
    ).fetchall()
    return [Undo(TableName(*name.split(".", 1)), *rest) for name, *rest in rows]


def forget_undo(session: psycopg.Connection[Any], build_id: str) -> None:
    """Drop the way back from a published build."""
    for undo in read_undo(session, build_id):
        if undo.undo_table is not None:
            session.execute(
                sql.SQL("drop table if exists {}").format(
                    sql.Identifier(SCHEMA, undo.undo_table)
                )
            )
    session.execute(
        "delete from audit.publication_undo where build_id = %s", [build_id]
    )
    session.execute(
        "update audit.build_info set has_undo = false where build_id = %s", [build_id]
    )
