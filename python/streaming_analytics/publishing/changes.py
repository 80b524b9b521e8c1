"""What changed in the kept tables since the last publication.

The tables' materialization writes it: macros/by_part/changes.sql.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql


@dataclass(frozen=True)
class Changes:
    """The changes of one kept model.

    Attributes:
        is_whole: The table was filled anew, so that any row may differ.
        rows: Rows in the log, as they were and as they are; 0 when nothing changed.
    """

    is_whole: bool
    rows: int


@dataclass(frozen=True)
class ChangedRows:
    """Which rows of a table may differ from the published ones.

    Attributes:
        log: The table with the keys of these rows; None when there are none.
        rows_before: Rows of the published table.
    """

    log: sql.Identifier | None
    rows_before: int


def change_schema(target: str) -> str:
    """Return the schema with the logs of a dbt target."""
    return f"{target}_changes"


def read_changes(session: psycopg.Connection[Any], target: str) -> dict[str, Changes]:
    """Return what changed in each kept model, by its name; nothing before any build."""
    schema = change_schema(target)
    found = session.execute("select to_regclass(%s)", [f"{schema}.models"]).fetchone()
    if found is None or found[0] is None:
        return {}
    rows = session.execute(
        sql.SQL(
            "select model_name, is_whole or fingerprint = '', changed_rows from {}"
        ).format(sql.Identifier(schema, "models"))
    ).fetchall()
    return {name: Changes(is_whole, changed) for name, is_whole, changed in rows}


def forget_changes(session: psycopg.Connection[Any], target: str) -> None:
    """Begin new logs: all kept models were built, and what changed was published."""
    changes = read_changes(session, target)
    if not changes:
        return
    schema = change_schema(target)
    names = [name for name, change in changes.items() if change.rows]
    if names:
        session.execute(
            sql.SQL("truncate {}").format(
                sql.SQL(", ").join(sql.Identifier(schema, name) for name in names)
            )
        )
    session.execute(
        sql.SQL(
            "update {} set is_whole = false, changed_rows = 0"
            " where is_whole or changed_rows <> 0"
        ).format(sql.Identifier(schema, "models"))
    )


def changed_rows(
    session: psycopg.Connection[Any], target: str, rows_before: Mapping[str, int]
) -> dict[str, ChangedRows]:
    """Return what may differ, by the tables' names, where the builds have a record.

    Args:
        session: The publication's transaction.
        target: The dbt target that is published.
        rows_before: Rows of each table that the last publication left.
    """
    schema = change_schema(target)
    return {
        name: ChangedRows(
            sql.Identifier(schema, name) if change.rows else None, rows_before[name]
        )
        for name, change in read_changes(session, target).items()
        if name in rows_before and not change.is_whole
    }


def mark_changed_since(
    session: psycopg.Connection[Any], target: str, first_day: date
) -> int:
    """Log every kept row of a day and those after it, as if it had changed.

    The next build computes anew the parts that these rows reach. Returns how many
    rows were logged; 0 when nothing was built yet.
    """
    schema = change_schema(target)
    marked = 0
    for name in read_changes(session, target):
        found = session.execute(
            sql.SQL(_KEPT_SINCE).format(models=sql.Identifier(schema, "models")),
            [schema, name],
        ).fetchone()
        if found is None:
            continue
        table_schema, column = found
        rows = session.execute(
            sql.SQL("insert into {} select *, 0 from {} where {} >= {}").format(
                sql.Identifier(schema, name),
                sql.Identifier(table_schema, name),
                sql.Identifier(column),
                sql.Literal(first_day),
            )
        ).rowcount
        session.execute(
            sql.SQL(
                "update {} set changed_rows = changed_rows + %s where model_name = %s"
            ).format(sql.Identifier(schema, "models")),
            [rows, name],
        )
        marked += rows
    return marked


#: Where a kept model is, and its column that says when; a log has the same columns.
_KEPT_SINCE = """
select pg_namespace.nspname, pg_attribute.attname
from pg_class as log
inner join pg_namespace as log_schema
    on log_schema.oid = log.relnamespace and log_schema.nspname = %s
inner join pg_attribute on pg_attribute.attrelid = log.oid and not attisdropped
inner join {models} as models on models.model_name = log.relname
inner join pg_class on pg_class.oid = to_regclass(models.relation_name)
inner join pg_namespace on pg_namespace.oid = pg_class.relnamespace
where log.relname = %s and attname = any(
    '{{viewed_date,session_date,started_at,last_ended_at}}'
)
order by attname
limit 1
"""
