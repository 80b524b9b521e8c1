"""Changes to the shape of published tables, so that they follow the contract.

What needs a lock that shuts readers out happens only when the contract changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from streaming_analytics.publishing.catalogue import (
    Column,
    ForeignKey,
    Table,
    TableName,
)
from streaming_analytics.warehouse.statements import trusted


@dataclass(frozen=True)
class Pair:
    """A candidate table and the published one, which may not be there yet.

    `wanted` is the candidate's shape under the published names.
    """

    candidate: TableName
    wanted: Table
    published: Table | None

    @property
    def keeps_its_key(self) -> bool:
        """Whether rows can be matched between the two."""
        return (
            self.published is not None
            and self.published.primary_key == self.wanted.primary_key
            and not {column.name for column in self.retyped}
            & set(self.wanted.primary_key)
        )

    @property
    def has_its_shape(self) -> bool:
        """Whether the published table has the wanted columns, in whatever order."""
        return (
            self.published is not None
            and set(self.published.column_names) == set(self.wanted.column_names)
            and not self.retyped
        )

    @property
    def is_alike(self) -> bool:
        """Whether only rows can differ: a log of changed rows then says it all."""
        return self.keeps_its_key and self.has_its_shape

    @property
    def is_reshaped(self) -> bool:
        """Whether publishing it shuts its readers out for a moment."""
        there, wanted = self.published, self.wanted
        return there is not None and (
            not self.has_its_shape
            or {c.name: c.is_required for c in there.columns}
            != {c.name: c.is_required for c in wanted.columns}
            or there.primary_key != wanted.primary_key
            or there.unique_keys.keys() != wanted.unique_keys.keys()
            or there.checks.keys() != wanted.checks.keys()
            or there.foreign_keys.keys() != wanted.foreign_keys.keys()
        )

    @property
    def is_rekeyed(self) -> bool:
        """Whether foreign keys at both of its ends are made anew."""
        return self.published is not None and (
            not self.keeps_its_key or bool(self.retyped)
        )

    @property
    def stays_open(self) -> bool:
        """Whether its rows change in place, and nothing else of it."""
        return self.published is not None and not self.is_reshaped

    @property
    def retyped(self) -> tuple[Column, ...]:
        """The wanted columns that the published table has with another type."""
        if self.published is None:
            return ()
        types = {column.name: column.type for column in self.published.columns}
        return tuple(
            column
            for column in self.wanted.columns
            if types.get(column.name, column.type) != column.type
        )


def pair_tables(
    candidates: Mapping[TableName, Table],
    published: Mapping[TableName, Table],
    names: Mapping[TableName, TableName],
) -> list[Pair]:
    """Pair every candidate with the published table that `names` leads to.

    A foreign key that leads out of the candidate's marts is left out. One that the
    published table has and the candidate lost is kept while both of its ends are
    there: dbt drops the keys of an incremental model whenever it rebuilds the
    table that they point at.
    """
    ends = {names[name]: table for name, table in candidates.items()}
    pairs = []
    for name, candidate in candidates.items():
        present = published.get(names[name])
        keys = {
            replace(key, target=names[key.target]): constraint
            for key, constraint in candidate.foreign_keys.items()
            if key.target in names
        }
        if present is not None:
            for key, constraint in present.foreign_keys.items():
                if _is_possible(key, candidate, ends):
                    keys.setdefault(key, constraint)
        wanted = replace(candidate, name=names[name], foreign_keys=keys)
        pairs.append(Pair(name, wanted, present))
    return pairs


def _is_possible(
    key: ForeignKey, table: Table, ends: Mapping[TableName, Table]
) -> bool:
    target = ends.get(key.target)
    return (
        target is not None
        and target.primary_key == key.target_columns
        and set(key.columns) <= set(table.column_names)
    )


def drop_foreign_keys(session: psycopg.Connection[Any], pairs: Iterable[Pair]) -> None:
    """Drop the published foreign keys that are unwanted or in a change's way."""
    pairs = list(pairs)
    rekeyed = {pair.wanted.name for pair in pairs if pair.is_rekeyed}
    for pair in pairs:
        if pair.published is None:
            continue
        for key, constraint in pair.published.foreign_keys.items():
            is_in_the_way = not rekeyed.isdisjoint({pair.wanted.name, key.target})
            if is_in_the_way or key not in pair.wanted.foreign_keys:
                _drop_constraint(session, pair.wanted.name, constraint)


def prepare_table(session: psycopg.Connection[Any], pair: Pair) -> None:
    """Make the published table, or give it the candidate's columns.

    New columns stay empty, and new constraints are left out, until the rows are in:
    see `finish_table`.
    """
    name, published, wanted = pair.wanted.name, pair.published, pair.wanted
    if published is None:
        session.execute(
            sql.SQL("create table {} (like {} including storage)").format(
                identifier(name), identifier(pair.candidate)
            )
        )
        return
    if not pair.keeps_its_key and published.primary_key_name is not None:
        _drop_constraint(session, name, published.primary_key_name)
    for columns, constraint in published.unique_keys.items():
        if columns not in wanted.unique_keys:
            _drop_constraint(session, name, constraint)
    for check, constraint in published.checks.items():
        if check not in wanted.checks:
            _drop_constraint(session, name, constraint)
    for column in published.columns:
        if column.name not in wanted.column_names:
            _alter_column(session, name, "drop column {}", column.name)
    for column in wanted.columns:
        if column.name not in published.column_names:
            _alter_column(session, name, f"add column {{}} {column.type}", column.name)
    for column in pair.retyped:
        _retype(session, pair, column)
    optional = {column.name for column in wanted.columns if not column.is_required}
    optional -= {column.name for column in pair.retyped}
    for column in published.columns:
        if column.is_required and column.name in optional:
            _alter_column(session, name, "alter column {} drop not null", column.name)


def _retype(session: psycopg.Connection[Any], pair: Pair, column: Column) -> None:
    """Let a new column take the old one's place; its values are to come.

    A change of the type would write the table anew, and sessions with an older
    snapshot would see it empty.
    """
    name, new = pair.wanted.name, f"{column.name[:50]}__new"
    _alter_column(session, name, f"add column {{}} {column.type}", new)
    _alter_column(session, name, "drop column {}", column.name)
    session.execute(
        sql.SQL("alter table {} rename column {} to {}").format(
            identifier(name), sql.Identifier(new), sql.Identifier(column.name)
        )
    )


def finish_table(
    session: psycopg.Connection[Any], wanted: Table, present: Table
) -> None:
    """Add the constraints, indexes and comments that the published table lacks."""
    name = wanted.name
    required = {column.name for column in present.columns if column.is_required}
    for column in wanted.columns:
        if column.is_required and column.name not in required:
            _alter_column(session, name, "alter column {} set not null", column.name)
    if present.primary_key != wanted.primary_key:
        _add_constraint(
            session,
            name,
            sql.SQL("primary key ({})").format(columns_of(wanted.primary_key)),
        )
    for columns in wanted.unique_keys:
        if columns not in present.unique_keys:
            _add_constraint(
                session,
                name,
                sql.SQL("unique ({})").format(columns_of(columns)),
            )
    for check in wanted.checks:
        if check not in present.checks:
            _add_constraint(session, name, trusted(check))
    for index in sorted(wanted.indexes - present.indexes, key=str):
        session.execute(
            sql.SQL("create {} on {} {}").format(
                sql.SQL("unique index" if index.is_unique else "index"),
                identifier(name),
                trusted(index.definition),
            )
        )
    _write_comments(session, wanted, present)


def add_foreign_keys(
    session: psycopg.Connection[Any], wanted: Table, present: Table
) -> None:
    """Add the foreign keys that the published table lacks, once all rows are in."""
    for key in wanted.foreign_keys:
        if key not in present.foreign_keys:
            _add_constraint(
                session,
                wanted.name,
                sql.SQL(
                    "foreign key ({}) references {} ({}) deferrable initially deferred"
                ).format(
                    columns_of(key.columns),
                    identifier(key.target),
                    columns_of(key.target_columns),
                ),
            )


def _write_comments(
    session: psycopg.Connection[Any], wanted: Table, present: Table
) -> None:
    name = wanted.name
    if wanted.comment != present.comment:
        session.execute(
            sql.SQL("comment on table {} is {}").format(
                identifier(name), sql.Literal(wanted.comment)
            )
        )
    comments = {column.name: column.comment for column in present.columns}
    for column in wanted.columns:
        if column.comment != comments[column.name]:
            session.execute(
                sql.SQL("comment on column {} is {}").format(
                    sql.Identifier(name.schema, name.table, column.name),
                    sql.Literal(column.comment),
                )
            )


def identifier(name: TableName) -> sql.Identifier:
    """Return the table's quoted name."""
    return sql.Identifier(name.schema, name.table)


def columns_of(names: Iterable[str], table: str | None = None) -> sql.Composed:
    """Return quoted columns, separated by commas, each with `table` in front."""
    prefix = () if table is None else (table,)
    return sql.SQL(", ").join(sql.Identifier(*prefix, name) for name in names)


def _alter_column(
    session: psycopg.Connection[Any], table: TableName, action: str, column: str
) -> None:
    session.execute(
        sql.SQL("alter table {} {}").format(
            identifier(table), trusted(action).format(sql.Identifier(column))
        )
    )


def _add_constraint(
    session: psycopg.Connection[Any], table: TableName, constraint: sql.Composable
) -> None:
    session.execute(
        sql.SQL("alter table {} add {}").format(identifier(table), constraint)
    )


def _drop_constraint(
    session: psycopg.Connection[Any], table: TableName, constraint: str
) -> None:
    session.execute(
        sql.SQL("alter table {} drop constraint {}").format(
            identifier(table), sql.Identifier(constraint)
        )
    )
