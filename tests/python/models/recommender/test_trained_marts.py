"""SQL scores as numpy does, and lists are what the definitions make of the scores."""

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from oracle.raw import sample
from oracle.recommendation import lists, similar
from oracle.tables import differences
from psycopg.rows import dict_row
from scipy import sparse

from streaming_analytics.models.recommender.evaluation import choose
from streaming_analytics.models.recommender.feedback import read_feedback
from streaming_analytics.models.recommender.settings import ListRules
from streaming_analytics.models.training_data import read_training_data
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

from .conftest import TARGET, Trained, train_recommender


def read(connection: Connection, query: str) -> pd.DataFrame:
    with connection.connect() as session:
        return read_training_data(session, TARGET).read(query)


def rows(connection: Connection, query: str) -> list[dict[str, Any]]:
    with (
        connection.connect() as session,
        session.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(trusted(query)).fetchall()


@pytest.fixture(scope="module")
def weights(trained: Trained) -> dict[tuple[str, str], int]:
    """Return the weights as they were written."""
    return {
        (row["content_id"], row["neighbour_content_id"]): row["weight_billionths"]
        for row in rows(trained.connection, "select * from ml.content_weights")
    }


def test_sql_scores_are_numpys_for_every_account_and_title(trained: Trained) -> None:
    """From the choices on, with weights that numpy fits itself and does not round."""
    feedback = read(
        trained.connection,
        "select * from {mart_recommendation}.fct_content_feedback",
    )
    titles = read(
        trained.connection,
        "select content_id, leading_genre_code from {mart_core}.dim_content",
    )
    made = read_feedback(feedback, titles)
    dense = np.zeros(made.shape)
    dense[made.user, made.title] = made.percent / 100
    penalty = choose(made, ListRules()).penalty
    inverse = np.linalg.inv(dense.T @ dense + penalty * np.eye(dense.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    smallest = -np.sort(-np.abs(weights), axis=1)[:, [99]]
    weights = np.where(np.abs(weights) >= smallest, weights, 0)
    last = np.full(dense.shape[0], -np.inf)
    np.maximum.at(last, made.user, made.day)
    tastes = np.zeros_like(dense)
    tastes[made.user, made.title] = (
        np.floor(made.percent * 100 * 60 / (60 + last[made.user] - made.day) + 0.5)
        / 10_000
    )
    for user in np.flatnonzero((tastes > 0).sum(axis=1) > 50):
        order = np.argsort(-tastes[user], kind="stable")
        tastes[user, order[50:]] = 0
    scores = tastes @ weights

    scored = read(
        trained.connection,
        """
        select user_id, content_id, score
        from {mart_recommendation}.fct_recommendations
        where reason = 'history'
        """,
    )
    assert scored["user_id"].nunique() > 900
    ours = scores[
        np.searchsorted(made.users, scored["user_id"].to_numpy(dtype=str)),
        np.searchsorted(made.titles, scored["content_id"].to_numpy(dtype=str)),
    ]
    assert np.abs(ours - scored["score"].to_numpy()).max() < 1e-6

    candidates = rows(
        trained.connection,
        "select user_id, content_id, score_units from"
        " dev_intermediate.int_titles_by_taste",
    )
    assert len(candidates) > 5 * len(scored)
    place = {key: number for number, key in enumerate(made.users)}
    column = {key: number for number, key in enumerate(made.titles)}
    found = sparse.coo_array(
        (
            [row["score_units"] / 1e13 for row in candidates],
            (
                [place[row["user_id"]] for row in candidates],
                [column[row["content_id"]] for row in candidates],
            ),
        ),
        shape=scores.shape,
    ).toarray()
    assert np.abs(np.where(found > 0, found - scores, 0)).max() < 1e-6


def test_lists_are_what_the_definitions_say(
    trained: Trained, weights: dict[tuple[str, str], int]
) -> None:
    actual = rows(
        trained.connection,
        "select * from dev_mart_recommendation.fct_recommendations",
    )
    found = differences(
        lists(sample(), weights), actual, ["user_id", "recommendation_rank"]
    )
    assert found[:10] == [], f"{len(found)} differences"
    reasons = defaultdict(int)
    for row in actual:
        reasons[row["reason"]] += 1
    assert min(reasons["history"], reasons["popular"], reasons["new"]) > 500


def test_neighbours_are_what_the_definitions_say(
    trained: Trained, weights: dict[tuple[str, str], int]
) -> None:
    actual = rows(
        trained.connection,
        "select * from dev_mart_recommendation.fct_similar_content",
    )
    assert len(actual) > 5_000
    found = differences(
        similar(sample(), weights), actual, ["content_id", "similarity_rank"]
    )
    assert found[:10] == [], f"{len(found)} differences"


def test_the_evaluation_is_in_the_mart_whole(trained: Trained) -> None:
    actual = rows(
        trained.connection,
        "select * from dev_mart_recommendation.agg_recommender_evaluation",
    )
    # Two splits, five recommenders, five metrics.
    assert len(actual) == 50
    for row in actual:
        assert (row["lower_value"] is None) == (row["metric_name"] == "coverage_at_10")
        assert (row["setting_value"] is None) == (row["model_name"] == "popularity")


def test_data_with_nothing_to_learn_keeps_the_fit_before(trained: Trained) -> None:
    def run_ids() -> list[int]:
        found = rows(
            trained.connection, "select distinct run_id from ml.content_weights"
        )
        return [row["run_id"] for row in found]

    with trained.connection.connect() as session:
        session.execute(
            """
            create table kept as
            select * from dev_mart_recommendation.fct_content_feedback
            """
        )
        session.execute(
            """
            delete from dev_mart_recommendation.fct_content_feedback
            where user_id <> (select min(user_id) from kept)
            """
        )
    before = run_ids()
    training = train_recommender(trained.connection)
    assert training.run_id is None
    assert "1 accounts with a choice" in training.message
    assert run_ids() == before
