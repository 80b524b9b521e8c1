"""Ratings alone build: the marts of viewing are empty, films are recommended."""

import io
from pathlib import Path

import numpy as np
import pytest
from dbt_sample import ROOT, Dbt

from streaming_analytics.loading.adapters import find_adapter
from streaming_analytics.loading.adapters.raw_files import RawFiles
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.loader import load
from streaming_analytics.models.training import train
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock

LOADED = ("--warn-error", "--target", "dev", "--vars", "{raw_data: loaded}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write ratings of users who like either even or odd films."""
    rng = np.random.default_rng(8)
    films = [f"{film},Film {film} ({1950 + film}),Drama|War" for film in range(1, 41)]
    lines = ["userId,movieId,rating,timestamp"]
    for user in range(1, 61):
        chance = np.where(np.arange(1, 41) % 2 == user % 2, 4.0, 1.0)
        taken = rng.choice(40, size=12, replace=False, p=chance / chance.sum())
        lines += [
            f"{user},{film + 1},{rng.integers(1, 11) / 2},{850_000_000 + 9_999 * place}"
            for place, film in enumerate(taken)
        ]
    folder = tmp_path / "movielens"
    folder.mkdir()
    (folder / "ratings.csv").write_text("\n".join(lines) + "\n")
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]))
    return folder


def test_a_movielens_folder_goes_all_the_way_to_recommendations(
    folder: Path, tmp_path: Path, database: Connection, dbt: Dbt
) -> None:
    tables = read_raw_contract(Project(ROOT).raw_contract)
    raw = tmp_path / "raw"
    raw.mkdir()
    with RawFiles(raw, tables) as files:
        find_adapter("movielens")(folder, files)
    with work_lock(database, "load") as lock:
        options = Options(Project(ROOT).reference_seeds)
        load(lock, raw, tables, Progress(io.StringIO()), options=options)

    # Unit tests know nothing of the data.
    done = dbt(
        "build",
        *LOADED,
        "--exclude",
        "resource_type:unit_test",
        connection=database,
        target=tmp_path / "target",
    )
    assert done.returncode == 0, done.stdout
    assert counts(database) == {"popular": 60 * 20}

    with work_lock(database, "train") as lock:
        (training,) = train(
            lock, Project(ROOT), "dev", ["recommend"], Progress(io.StringIO())
        )
    assert training.run_id is not None, training.message
    done = dbt(
        "build",
        *LOADED,
        "--exclude",
        "resource_type:unit_test",
        "--select",
        "stg_ml__content_weights+",
        "stg_ml__region_weights+",
        "stg_ml__recommender_evaluation+",
        connection=database,
        target=tmp_path / "target",
    )
    assert done.returncode == 0, done.stdout
    reasons = counts(database)
    assert reasons["history"] > 60 * 10
    assert sum(reasons.values()) == 60 * 20


def counts(database: Connection) -> dict[str, int]:
    """Return the number of recommendations by reason."""
    with database.connect() as session:
        return dict(
            session.execute(
                trusted(
                    """
                    select reason, count(*)
                    from dev_mart_recommendation.fct_recommendations
                    group by reason
                    """
                )
            ).fetchall()
        )
