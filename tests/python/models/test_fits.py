from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.models.declaration import FittedTable, read_fitted_tables
from streaming_analytics.models.fits import KEPT_RUNS, Fit, write_fit
from streaming_analytics.models.training_data import TrainingData, read_training_data
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.reading import PostgresFitStore
from streaming_analytics.warehouse.statements import trusted

ROOT = Path(__file__).parents[3]
DECLARED = {"weights": FittedTable("weights", ("run_id", "feature_name", "weight"))}

TABLES = """
create schema ml;
create table ml.runs (
    run_id integer, model_name text, raw_data text, as_of_date date,
    trained_from_date date, trained_until_date date, trained_rows integer,
    code_version text
);
create table ml.weights (run_id integer, feature_name text, weight double precision);
"""

Write = Callable[..., int]


@pytest.fixture
def write(database: Connection) -> Write:
    """Return a function that writes a fit of one weight as one transaction."""
    execute(database, TABLES)

    def write_one(weight: Any, raw_data: str = "sample", **columns: Any) -> int:
        frame = pd.DataFrame({"feature_name": ["tenure"], "weight": [weight]} | columns)
        with database.connect() as session:
            data = TrainingData(
                PostgresFitStore(session), "dev", raw_data, date(2025, 12, 31)
            )
            fit = Fit(
                "churn", date(2025, 1, 1), date(2025, 6, 30), 9, {"weights": frame}, ""
            )
            return write_fit(data, fit, DECLARED, "abc")

    return write_one


def execute(database: Connection, statements: str) -> None:
    with database.connect() as session:
        session.execute(trusted(statements))


def rows(database: Connection, query: str) -> list[tuple]:
    with database.connect() as session:
        return session.execute(trusted(query)).fetchall()


def test_a_fit_is_a_numbered_run_with_its_rows(
    write: Write, database: Connection
) -> None:
    assert [write(0.1 + 0.2), write(None)] == [1, 2]

    assert rows(database, "select * from ml.weights order by run_id") == [
        (1, "tenure", 0.1 + 0.2),
        (2, "tenure", None),
    ]
    assert rows(database, "select * from ml.runs where run_id = 2") == [
        (
            2,
            "churn",
            "sample",
            date(2025, 12, 31),
            date(2025, 1, 1),
            date(2025, 6, 30),
            9,
            "abc",
        )
    ]


def test_a_fit_that_fails_half_way_leaves_no_trace(
    write: Write, database: Connection
) -> None:
    write(1.5)

    with pytest.raises(psycopg.DataError):
        write("heavy")

    assert rows(database, "select run_id from ml.runs") == [(1,)]
    assert rows(database, "select run_id, weight from ml.weights") == [(1, 1.5)]


def test_rows_of_older_runs_go_by_raw_data_and_the_runs_stay(
    write: Write, database: Connection
) -> None:
    write(0.5, raw_data="loaded")
    for number in range(KEPT_RUNS + 2):
        write(float(number))

    kept = rows(database, "select run_id from ml.weights order by run_id")
    assert kept == [(1,), *((number + 2,) for number in range(2, KEPT_RUNS + 2))]
    assert rows(database, "select count(*) from ml.runs") == [(KEPT_RUNS + 3,)]


def test_a_frame_of_other_columns_is_refused(
    write: Write, database: Connection
) -> None:
    with pytest.raises(ValueError, match="is declared with"):
        write(1.0, extra=["x"])

    assert rows(database, "select count(*) from ml.runs") == [(0,)]


def test_a_table_of_an_older_version_is_told(
    write: Write, database: Connection
) -> None:
    execute(database, "alter table ml.weights drop column weight")

    with pytest.raises(UserError, match="run: streaming build"):
        write(1.0)


@pytest.mark.parametrize("target", ["published", "candidate", "dev"])
def test_without_marts_there_is_nothing_to_train_on(
    database: Connection, target: str
) -> None:
    with (
        database.connect() as session,
        pytest.raises(UserError, match=r"nothing to train on; run: streaming build"),
    ):
        read_training_data(PostgresFitStore(session), target)


def test_marts_are_read_where_the_target_keeps_them(database: Connection) -> None:
    execute(
        database,
        """
        create schema dev_intermediate;
        create table dev_intermediate.util_raw_data as
        select 'loaded'::text as raw_data, date '2025-03-31' as as_of_date;
        create schema dev_mart_core;
        create table dev_mart_core.dim_users as
        select 'ana'::text as user_id, 1.50::numeric as hours, null::integer as plays
        """,
    )
    with database.connect() as session:
        data = read_training_data(PostgresFitStore(session), "dev")
        frame = data.read("select * from {mart_core}.dim_users")
        with pytest.raises(UserError, match="were not built"):
            data.read("select * from {mart_core}.dim_plans")

    assert (data.raw_data, data.as_of_date) == ("loaded", date(2025, 3, 31))
    assert frame.to_dict("records") == [{"user_id": "ana", "hours": 1.5, "plays": None}]


def test_every_declared_table_belongs_to_a_run() -> None:
    declared = read_fitted_tables(ROOT)

    assert declared["runs"].column_names[:2] == ("run_id", "model_name")
    assert all(table.column_names[0] == "run_id" for table in declared.values())
