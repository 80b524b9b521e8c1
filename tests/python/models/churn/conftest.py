"""The sample with a trained churn model, in a database of its own."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from dbt_sample import ROOT, Built, Dbt
from psycopg import sql

from streaming_analytics.definitions import read_definitions
from streaming_analytics.models.churn.features import read_member_months
from streaming_analytics.models.churn.rules import churn_rules
from streaming_analytics.models.training import Training, train
from streaming_analytics.models.training_data import read_training_data
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.reading import PostgresFitStore
from streaming_analytics.warehouse.work_lock import work_lock

TARGET = "dev"
RULES = churn_rules(read_definitions(ROOT))


def train_churn(connection: Connection) -> Training:
    """Fit the churn model on the marts of `connection`."""
    with work_lock(connection, "train") as lock:
        (training,) = train(
            lock, Project(ROOT), TARGET, ["churn"], Progress(io.StringIO())
        )
    return training


def read(connection: Connection, query: str) -> pd.DataFrame:
    """Return the rows of a query on the marts, numbers as floats."""
    with connection.connect() as session:
        return read_training_data(PostgresFitStore(session), TARGET).read(query)


@dataclass(frozen=True)
class Trained:
    """The sample, trained and scored; the model learned from `member_months`."""

    connection: Connection
    training: Training
    member_months: pd.DataFrame

    def read(self, query: str) -> pd.DataFrame:
        """Return the rows of a query on the marts, numbers as floats."""
        return read(self.connection, query)


@pytest.fixture(scope="package")
def copy_of_sample(
    built: Built, warehouse: Connection
) -> Iterator[Callable[[], Connection]]:
    """Yield a function that returns a copy of the built sample to change."""
    names: list[str] = []

    def copy() -> Connection:
        names.append(f"churn_{len(names)}")
        with warehouse.connect(autocommit=True) as session:
            session.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(names[-1]), sql.Identifier(built.connection.database)
                )
            )
        return replace(built.connection, database=names[-1])

    yield copy
    with warehouse.connect(autocommit=True) as session:
        for name in names:
            session.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture(scope="package")
def trained(
    copy_of_sample: Callable[[], Connection],
    dbt: Dbt,
    tmp_path_factory: pytest.TempPathFactory,
) -> Trained:
    """Return the sample after training and building what scores with the fit."""
    connection = copy_of_sample()
    training = train_churn(connection)
    assert training.run_id == 1, training.message
    target: Path = tmp_path_factory.mktemp("trained")
    done = dbt(
        "build",
        "--select",
        "source:ml+",
        "--target",
        TARGET,
        connection=connection,
        target=target,
    )
    assert done.returncode == 0, done.stdout
    with connection.connect() as session:
        member_months = read_member_months(
            read_training_data(PostgresFitStore(session), TARGET)
        )
    return Trained(connection, training, member_months)
