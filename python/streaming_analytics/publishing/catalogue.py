"""What tables look like, read from PostgreSQL's catalogue."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from streaming_analytics.errors import UserError


@dataclass(frozen=True)
class TableName:
    """A table's schema and name."""

    schema: str
    table: str

    def __str__(self) -> str:
        """Return `schema.table`."""
        return f"{self.schema}.{self.table}"


@dataclass(frozen=True)
class Column:
    """A column; `type` is spelt as `format_type` does."""

    name: str
    type: str
    is_required: bool
    comment: str | None


@dataclass(frozen=True)
class ForeignKey:
    """Columns that refer to columns of another table."""

    columns: tuple[str, ...]
    target: TableName
    target_columns: tuple[str, ...]


@dataclass(frozen=True)
class Index:
    """An index that no constraint made; `definition` is what follows the table."""

    is_unique: bool
    definition: str


@dataclass(frozen=True)
class Table:
    """A table's shape. The mappings lead from a definition to its present name."""

    name: TableName
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    primary_key_name: str | None
    unique_keys: dict[tuple[str, ...], str]
    checks: dict[str, str]
    foreign_keys: dict[ForeignKey, str]
    indexes: frozenset[Index]
    comment: str | None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns in the table's order."""
        return tuple(column.name for column in self.columns)


def schemas_like(session: psycopg.Connection[Any], pattern: str) -> list[str]:
    """Return the schemas whose whole name matches a regular expression, in order."""
    rows = session.execute(
        "select nspname from pg_namespace where nspname ~ %s order by 1",
        [f"^({pattern})$"],
    )
    return [name for (name,) in rows]


def read_tables(
    session: psycopg.Connection[Any], schemas: Sequence[str]
) -> dict[TableName, Table]:
    """Read every table of `schemas`, in the order of their names."""
    relations = session.execute(
        """
        select
            pg_class.oid, nspname, relname,
            obj_description(pg_class.oid, 'pg_class')
        from pg_class
        inner join pg_namespace on pg_namespace.oid = relnamespace
        where nspname = any(%s) and relkind = 'r'
        order by nspname, relname
        """,
        [list(schemas)],
    ).fetchall()
    oids = [oid for oid, *_ in relations]
    columns = _read_columns(session, oids)
    constraints = _read_constraints(session, oids)
    indexes = _read_indexes(session, oids)
    tables = {}
    for oid, schema, relation, comment in relations:
        name = TableName(schema, relation)
        by_kind = constraints[oid]
        primary_keys = by_kind["p"]
        tables[name] = Table(
            name=name,
            columns=tuple(columns[oid]),
            primary_key=next(iter(primary_keys), ()),
            primary_key_name=next(iter(primary_keys.values()), None),
            unique_keys=by_kind["u"],
            checks=by_kind["c"],
            foreign_keys=by_kind["f"],
            indexes=frozenset(indexes[oid]),
            comment=comment,
        )
    return tables


def require_tables(session: psycopg.Connection[Any], schemas: Sequence[str]) -> None:
    """Check that `schemas` hold plain tables only.

    Raises:
        UserError: There is something else among them, such as a view.
    """
    row = session.execute(
        """
        select nspname, relname
        from pg_class
        inner join pg_namespace on pg_namespace.oid = relnamespace
        where nspname = any(%s) and relkind in ('p', 'v', 'm', 'f')
        order by 1, 2
        limit 1
        """,
        [list(schemas)],
    ).fetchone()
    if row is not None:
        raise UserError(
            f"{row[0]}.{row[1]} is not a table and cannot be published; "
            "materialise the model as a table"
        )


def _read_columns(
    session: psycopg.Connection[Any], oids: list[int]
) -> dict[int, list[Column]]:
    columns = defaultdict(list)
    for oid, *values in session.execute(
        """
        select
            attrelid, attname, format_type(atttypid, atttypmod), attnotnull,
            col_description(attrelid, attnum)
        from pg_attribute
        where attrelid = any(%s) and attnum > 0 and not attisdropped
        order by attrelid, attnum
        """,
        [oids],
    ):
        columns[oid].append(Column(*values))
    return columns


def _read_constraints(
    session: psycopg.Connection[Any], oids: list[int]
) -> dict[int, dict[str, dict[Any, str]]]:
    constraints: dict[int, dict[str, dict[Any, str]]] = defaultdict(
        lambda: {"p": {}, "u": {}, "c": {}, "f": {}}
    )
    for oid, name, kind, definition, columns, schema, table, targets in session.execute(
        """
        select
            conrelid, conname, contype::text, pg_get_constraintdef(pg_constraint.oid),
            array(
                select attname
                from unnest(conkey) with ordinality as key (attnum, place)
                inner join pg_attribute using (attnum)
                where attrelid = conrelid
                order by place
            )::text[],
            nspname, relname,
            array(
                select attname
                from unnest(confkey) with ordinality as key (attnum, place)
                inner join pg_attribute using (attnum)
                where attrelid = confrelid
                order by place
            )::text[]
        from pg_constraint
        left join pg_class on pg_class.oid = confrelid
        left join pg_namespace on pg_namespace.oid = relnamespace
        where conrelid = any(%s) and contype in ('p', 'u', 'c', 'f')
        order by conrelid, conname
        """,
        [oids],
    ):
        if kind == "c":
            key: Any = definition
        elif kind == "f":
            key = ForeignKey(tuple(columns), TableName(schema, table), tuple(targets))
        else:
            key = tuple(columns)
        constraints[oid][kind][key] = name
    return constraints


def _read_indexes(
    session: psycopg.Connection[Any], oids: list[int]
) -> dict[int, list[Index]]:
    indexes = defaultdict(list)
    for oid, is_unique, definition in session.execute(
        """
        select indrelid, indisunique, pg_get_indexdef(indexrelid)
        from pg_index
        where indrelid = any(%s)
            and not exists (
                select from pg_constraint where conindid = indexrelid
            )
        order by indexrelid
        """,
        [oids],
    ):
        tail = definition[definition.index(" USING ") :]
        indexes[oid].append(Index(is_unique, tail.strip()))
    return indexes
