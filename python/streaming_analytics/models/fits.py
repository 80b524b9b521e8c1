"""Writing a fit: all of its tables as one numbered run, or nothing.

A fit that fails writes nothing, so the models go on with the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.models.declaration import RUN_ID, RUNS, SCHEMA, FittedTable
from streaming_analytics.models.training_data import TrainingData

if TYPE_CHECKING:
    import pandas as pd

# Rows of older runs are removed; what `runs` says of them stays.
KEPT_RUNS = 5


class UntrainableError(UserError):
    """The data has nothing to learn from, such as no member who ever left."""


@dataclass(frozen=True)
class Fit:
    """What a model learned.

    Attributes:
        model_name: churn or recommend.
        trained_from_date: First day of what it learned from.
        trained_until_date: Last day of it.
        trained_rows: Examples it learned from.
        tables: Rows by table of schema `ml`, without `run_id`.
        summary: One line for people: what was fitted, and how good it is.
    """

    model_name: str
    trained_from_date: date
    trained_until_date: date
    trained_rows: int
    tables: "Mapping[str, pd.DataFrame]"
    summary: str


def write_fit(
    data: TrainingData,
    fit: Fit,
    declared: Mapping[str, FittedTable],
    code_version: str,
) -> int:
    """Write a fit on `data` in its session, and return its number.

    It holds once the session commits. The caller has the work lock, so nobody else
    takes the same number.

    Raises:
        UserError: A table of schema `ml` is not there or of another shape.
        ValueError: A frame has other columns than its table is declared with.
    """
    session = data.session
    for name, frame in fit.tables.items():
        _require_declared(declared[name], frame)
    try:
        run_id = _next_run_id(session)
        session.execute(
            sql.SQL("insert into {} values (%s, %s, %s, %s, %s, %s, %s, %s)").format(
                _table(RUNS)
            ),
            [
                run_id,
                fit.model_name,
                data.raw_data,
                data.as_of_date,
                fit.trained_from_date,
                fit.trained_until_date,
                fit.trained_rows,
                code_version,
            ],
        )
        for name, frame in fit.tables.items():
            _copy(session, declared[name], frame, run_id)
        _forget_older_runs(session, fit)
    except (
        psycopg.errors.UndefinedTable,
        psycopg.errors.UndefinedColumn,
        psycopg.errors.InvalidSchemaName,
    ) as error:
        raise UserError(
            f"schema {SCHEMA} does not hold the tables that this version of the "
            f"project writes ({error.diag.message_primary}); run: streaming build"
        ) from error
    return run_id


def _require_declared(table: FittedTable, frame: "pd.DataFrame") -> None:
    columns = (RUN_ID, *frame.columns)
    if columns != table.column_names:
        raise ValueError(
            f"{SCHEMA}.{table.name} is declared with {table.column_names}, "
            f"the fit has {columns}"
        )


def _next_run_id(session: psycopg.Connection[Any]) -> int:
    row = session.execute(
        sql.SQL("select coalesce(max(run_id), 0) + 1 from {}").format(_table(RUNS))
    ).fetchone()
    assert row is not None
    return row[0]


def _copy(
    session: psycopg.Connection[Any],
    table: FittedTable,
    frame: "pd.DataFrame",
    run_id: int,
) -> None:
    import pandas as pd

    statement = sql.SQL("copy {} ({}) from stdin").format(
        _table(table.name),
        sql.SQL(", ").join(map(sql.Identifier, table.column_names)),
    )
    # As objects: psycopg knows Python's numbers and None, not numpy's.
    rows = frame.astype(object).where(pd.notna(frame), None)
    with session.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows.itertuples(index=False, name=None):
            copy.write_row((run_id, *row))
    session.execute(sql.SQL("analyze {}").format(_table(table.name)))


def _forget_older_runs(session: psycopg.Connection[Any], fit: Fit) -> None:
    for name in fit.tables:
        session.execute(
            sql.SQL(
                """
                delete from {table}
                where run_id in (
                    select run_id
                    from (
                        select
                            run_id,
                            row_number() over (
                                partition by raw_data order by run_id desc
                            ) as recency_rank
                        from {runs}
                        where model_name = %s
                    ) as ranked
                    where recency_rank > %s
                )
                """
            ).format(table=_table(name), runs=_table(RUNS)),
            [fit.model_name, KEPT_RUNS],
        )


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, name)
