"""Writing a fit: all of its tables as one numbered run, or nothing.

A fit that fails writes nothing, so the models go on with the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from streaming_analytics.errors import UserError
from streaming_analytics.models.declaration import RUN_ID, RUNS, SCHEMA, FittedTable
from streaming_analytics.models.training_data import TrainingData
from streaming_analytics.reading import FitStore, NotThereError

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
    """Write a fit on `data` in its transaction, and return its number.

    It holds once the transaction ends well. The caller has the work lock, so nobody
    else takes the same number.

    Raises:
        UserError: A table of schema `ml` is not there or of another shape.
        ValueError: A frame has other columns than its table is declared with.
    """
    store = data.store
    for name, frame in fit.tables.items():
        _require_declared(declared[name], frame)
    try:
        run_id = _next_run_id(store)
        store.insert(SCHEMA, RUNS, _run(run_id, data, fit, code_version))
        for name, frame in fit.tables.items():
            rows = frame.copy()
            rows.insert(0, RUN_ID, run_id)
            store.insert(SCHEMA, name, rows)
        _forget_older_runs(store, fit)
    except NotThereError as error:
        raise UserError(
            f"schema {SCHEMA} does not hold the tables that this version of the "
            f"project writes ({error}); run: streaming build"
        ) from error
    return run_id


def _require_declared(table: FittedTable, frame: "pd.DataFrame") -> None:
    columns = (RUN_ID, *frame.columns)
    if columns != table.column_names:
        raise ValueError(
            f"{SCHEMA}.{table.name} is declared with {table.column_names}, "
            f"the fit has {columns}"
        )


def _next_run_id(store: FitStore) -> int:
    found = store.frame(
        f"select coalesce(max({RUN_ID}), 0) + 1 as next_id from {SCHEMA}.{RUNS}"
    )
    return int(found["next_id"].iloc[0])


def _run(
    run_id: int, data: TrainingData, fit: Fit, code_version: str
) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        [
            {
                RUN_ID: run_id,
                "model_name": fit.model_name,
                "raw_data": data.raw_data,
                "as_of_date": data.as_of_date,
                "trained_from_date": fit.trained_from_date,
                "trained_until_date": fit.trained_until_date,
                "trained_rows": fit.trained_rows,
                "code_version": code_version,
            }
        ]
    )


def _forget_older_runs(store: FitStore, fit: Fit) -> None:
    # A name of ours, which needs no quoting.
    assert fit.model_name.isidentifier()
    for name in fit.tables:
        store.execute(
            f"""
            delete from {SCHEMA}.{name}
            where run_id in (
                select run_id
                from (
                    select
                        run_id,
                        row_number() over (
                            partition by raw_data order by run_id desc
                        ) as recency_rank
                    from {SCHEMA}.{RUNS}
                    where model_name = '{fit.model_name}'
                ) as ranked
                where recency_rank > {KEPT_RUNS}
            )
            """
        )
