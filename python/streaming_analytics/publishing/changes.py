"""What changed in the kept tables since the last publication.

The tables' materialization writes it: macros/by_part/changes.sql.
"""

from collections.abc import Mapping, Sequence
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
    if not is_there(session, f"{schema}.models"):
        return {}
    rows = session.execute(
        sql.SQL(
            "select model_name, is_whole or fingerprint = '', changed_rows from {}"
        ).format(sql.Identifier(schema, "models"))
    ).fetchall()
    return {name: Changes(is_whole, changed) for name, is_whole, changed in rows}


def is_there(session: psycopg.Connection[Any], table: str) -> bool:
    """Return whether there is a table of that name, written as `schema.table`."""
    found = session.execute("select to_regclass(%s)", [table]).fetchone()
    return found is not None and found[0] is not None


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
    # Where the table is missing, the next build makes it.
    if is_there(session, f"{schema}.passed_tests"):
        forget_outdated(session, target, sql.Identifier(schema, "passed_tests"))
    models = sql.Identifier(schema, "models")
    session.execute(sql.SQL(_FORGET).format(models=models))


def forget_outdated(
    session: psycopg.Connection[Any], target: str, known: sql.Identifier
) -> None:
    """Remove what was known of tables that changed afterwards, as new logs begin.

    No log will say which rows came: all are asked again. The rest is known as of the
    beginning of the new logs. Call it before the changes are forgotten.

    Args:
        session: The publication's transaction.
        target: The dbt target whose logs begin anew.
        known: A table with `model_name`, and `changed_rows` as of when it was known.
    """
    models = sql.Identifier(change_schema(target), "models")
    session.execute(sql.SQL(_FORGET_OUTDATED).format(models=models, known=known))


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


def compare_whole(
    session: psycopg.Connection[Any], target: str, names: Sequence[str]
) -> None:
    """Forget what is known of some tables: the next publication compares all rows."""
    if read_changes(session, target):
        session.execute(
            sql.SQL("update {} set is_whole = true where model_name = any(%s)").format(
                sql.Identifier(change_schema(target), "models")
            ),
            [list(names)],
        )


def mark_changed_since(
    session: psycopg.Connection[Any], target: str, first_day: date
) -> int:
    """Log every kept row of a day and those after it, as if it had changed.

    The next build computes anew the parts that these rows reach. Returns how many
    rows were logged; 0 when nothing was built yet.
    """
    if not read_changes(session, target):
        return 0
    schema = change_schema(target)
    models = sql.Identifier(schema, "models")
    marked = 0
    for name, table_schema, column in session.execute(
        sql.SQL(_KEPT_SINCE).format(models=models), [schema]
    ).fetchall():
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
            ).format(models),
            [rows, name],
        )
        marked += rows
    return marked


_FORGET_OUTDATED = """
delete from {known} as known
using {models} as models
where
    models.model_name = known.model_name
    and models.changed_rows <> known.changed_rows;
update {known} set changed_rows = 0
"""

#: A table that an earlier version made lacks columns. Where rows came after their rules
#: were tested, no test would ever ask these again: macros/rows_hold/known_rules.sql.
_FORGET = """
alter table {models}
    add column if not exists rules_held text,
    add column if not exists changed_rows_when_held bigint;
update {models}
set
    is_whole = false,
    changed_rows = 0,
    rules_held = case when changed_rows = changed_rows_when_held then rules_held end,
    changed_rows_when_held = 0
where is_whole or changed_rows <> 0
"""

#: Where each kept model is that has a log, and its column that says when.
_KEPT_SINCE = """
select model_name, nspname, since_column
from {models} as models
inner join pg_class on pg_class.oid = to_regclass(relation_name)
inner join pg_namespace on pg_namespace.oid = relnamespace
where
    since_column is not null
    and to_regclass(format('%%I.%%I', %s::text, model_name)) is not null
"""
