"""The sample with a trained recommender, in a database of its own."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from dbt_sample import ROOT, Built, Dbt, copied

from streaming_analytics.models.training import Training, train
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import work_lock

TARGET = "dev"


def train_recommender(connection: Connection) -> Training:
    """Fit the recommender on the marts of `connection`."""
    with work_lock(connection, "train") as lock:
        (training,) = train(
            lock, Project(ROOT), TARGET, ["recommend"], Progress(io.StringIO())
        )
    return training


@dataclass(frozen=True)
class Trained:
    """The sample, trained and scored."""

    connection: Connection
    training: Training


@pytest.fixture(scope="module")
def trained(
    built: Built, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trained]:
    """Yield the sample after training and building what scores with the fit."""
    with copied(built.connection, "recommended") as connection:
        training = train_recommender(connection)
        assert training.run_id is not None, training.message
        done = dbt(
            "build",
            "--warn-error",
            "--target",
            TARGET,
            "--select",
            "stg_ml__content_weights+",
            "stg_ml__region_weights+",
            "stg_ml__recommender_evaluation+",
            "stg_ml__recommender_settings+",
            connection=connection,
            target=tmp_path_factory.mktemp("recommended"),
        )
        assert done.returncode == 0, done.stdout
        yield Trained(connection, training)
