"""SQL scores as numpy does, and lists are what the definitions make of the scores."""

from collections import defaultdict

import pytest
from dbt_sample import ROOT
from oracle.raw import sample
from oracle.recommendation import lists, similar
from oracle.tables import differences

from streaming_analytics.definitions import read_definitions
from streaming_analytics.models.recommender.settings import list_rules

from .conftest import Trained, train_recommender
from .serving import (
    assert_served_is_evaluated,
    assert_sql_scores_are_numpys,
    region_weights,
    rows,
    taste_titles,
)

RULES = list_rules(read_definitions(ROOT))


@pytest.fixture(scope="module")
def weights(trained: Trained) -> dict[tuple[str, str], int]:
    """Return the weights as they were written."""
    return {
        (row["content_id"], row["neighbour_content_id"]): row["weight_billionths"]
        for row in rows(trained.connection, "select * from ml.content_weights")
    }


def test_sql_scores_are_numpys_for_every_account_and_title(trained: Trained) -> None:
    assert_sql_scores_are_numpys(trained.connection, RULES)


def test_the_evaluation_judges_lists_as_they_are_served(trained: Trained) -> None:
    assert_served_is_evaluated(trained.connection, RULES)


def test_lists_are_what_the_definitions_say(
    trained: Trained, weights: dict[tuple[str, str], int]
) -> None:
    actual = rows(
        trained.connection,
        "select * from dev_mart_recommendation.fct_recommendations",
    )
    found = differences(
        lists(
            sample(),
            weights,
            region_weights(trained.connection),
            taste_titles(trained.connection),
        ),
        actual,
        ["user_id", "recommendation_rank"],
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
    # Two splits, five recommenders, five metrics, and a gain of all but popularity.
    assert len(actual) == 58
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
