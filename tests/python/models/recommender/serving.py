"""What SQL scores and lists, beside what numpy and the evaluation make of the marts."""

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from psycopg.rows import dict_row
from scipy import sparse

from streaming_analytics.models.recommender.choosing import choose
from streaming_analytics.models.recommender.evaluation import served
from streaming_analytics.models.recommender.feedback import (
    Feedback,
    read_feedback,
    taste,
)
from streaming_analytics.models.recommender.settings import LONG, ListRules
from streaming_analytics.models.training_data import read_training_data
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.reading import PostgresFitStore
from streaming_analytics.warehouse.statements import trusted

TARGET = "dev"


def read(connection: Connection, query: str) -> pd.DataFrame:
    """Return the rows of a query on the marts, numbers as floats."""
    with connection.connect() as session:
        return read_training_data(PostgresFitStore(session), TARGET).read(query)


def rows(connection: Connection, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query, exact."""
    with (
        connection.connect() as session,
        session.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(trusted(query)).fetchall()


def taste_titles(connection: Connection) -> int:
    """Return of how many titles a taste is made at most, as the last fit chose."""
    found = rows(
        connection,
        "select taste_titles from ml.recommender_settings order by run_id desc limit 1",
    )
    return found[0]["taste_titles"]


def region_weights(connection: Connection) -> dict[tuple[str, str], int]:
    """Return what living in a region says for a title, as it was written."""
    return {
        (row["region_code"], row["content_id"]): row["weight_billionths"]
        for row in rows(connection, "select * from ml.region_weights")
    }


def feedback_of(connection: Connection) -> Feedback:
    """Return what was chosen, as the fit reads it."""
    return read_feedback(
        read(connection, "select * from {mart_recommendation}.fct_content_feedback"),
        read(
            connection,
            "select content_id, leading_genre_code from {mart_core}.dim_content",
        ),
        read(connection, "select user_id, region_code from {mart_core}.dim_users"),
    )


def assert_sql_scores_are_numpys(connection: Connection, rules: ListRules) -> None:
    """From the choices on, with weights that numpy fits itself and does not round."""
    made = feedback_of(connection)
    dense = np.zeros(made.shape)
    dense[made.user, made.title] = made.percent / 100
    living = np.hstack(
        [np.ones((len(dense), 1)), np.equal.outer(made.region, np.unique(made.region))]
    )
    columns = np.hstack([dense, 2.0 * living])
    penalty = choose(made, rules).ease.setting
    inverse = np.linalg.inv(columns.T @ columns + penalty * np.eye(columns.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    of_regions = 2.0 * living @ weights[dense.shape[1] :, : dense.shape[1]]
    weights = weights[: dense.shape[1], : dense.shape[1]]
    # Weights that are one billionth are alike, and of those the lower key is kept.
    billionths = np.rint(np.abs(weights) * 1e9)
    weakest = np.argsort(-billionths, axis=1, kind="stable")[:, 100:]
    np.put_along_axis(weights, weakest, 0, axis=1)
    last = np.full(dense.shape[0], -np.inf)
    np.maximum.at(last, made.user, made.day)
    half = rules.fading_days
    tastes = np.zeros_like(dense)
    tastes[made.user, made.title] = (
        np.floor(made.percent * 100 * half / (half + last[made.user] - made.day) + 0.5)
        / 10_000
    )
    most = taste_titles(connection)
    for user in np.flatnonzero((tastes > 0).sum(axis=1) > most):
        order = np.argsort(-tastes[user], kind="stable")
        tastes[user, order[most:]] = 0
    scores = tastes @ weights + of_regions

    scored = read(
        connection,
        """
        select user_id, content_id, score
        from {mart_recommendation}.fct_recommendations
        where score is not null
        """,
    )
    assert scored["user_id"].nunique() > 900
    ours = scores[
        np.searchsorted(made.users, scored["user_id"].to_numpy(dtype=str)),
        np.searchsorted(made.titles, scored["content_id"].to_numpy(dtype=str)),
    ]
    assert np.abs(ours - scored["score"].to_numpy()).max() < 1e-6

    candidates = rows(
        connection,
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


def assert_served_is_evaluated(connection: Connection, rules: ListRules) -> None:
    """The evaluation's way to a list, on all choices, gives the lists of the mart."""
    made = feedback_of(connection)
    tastes = taste(made, rules.fading_days, taste_titles(connection))
    fitted = read(connection, "select * from ml.content_weights")
    title = {key: number for number, key in enumerate(made.titles)}
    weights = sparse.csr_array(
        (
            fitted["weight_billionths"].to_numpy(dtype=np.int64),
            (
                fitted["content_id"].map(title),
                fitted["neighbour_content_id"].map(title),
            ),
        ),
        shape=(len(title), len(title)),
    )
    number = {key: number for number, key in enumerate(made.regions)}
    of_regions = np.zeros((len(number), len(title)), dtype=np.int64)
    for (region, key), weight in region_weights(connection).items():
        of_regions[number[region], title[key]] = weight
    scores = (tastes[:, : len(title)] @ weights).toarray()
    scores += 10_000 * of_regions[made.region]
    lists = served(made, scores, _taken(connection, made), rules)

    listed: dict[str, list[str]] = defaultdict(list)
    for row in rows(
        connection,
        """
        select user_id, content_id
        from dev_mart_recommendation.fct_recommendations
        where score is not null
        order by user_id, recommendation_rank
        """,
    ):
        listed[row["user_id"]].append(row["content_id"])
    compared = 0
    for number, user in enumerate(made.users):
        ours = [
            made.titles[place]
            for place in lists[number]
            if place >= 0 and scores[number, place] > 0
        ]
        theirs = listed[user]
        # SQL gives places of new titles to others where there are not enough of them.
        assert theirs[: len(ours)] == ours
        assert len(theirs) <= len(ours) + len(rules.new_places)
        compared += len(ours)
    assert compared > 5_000
    assert max(map(len, listed.values())) <= min(rules.length, LONG)


def _taken(connection: Connection, made: Feedback) -> NDArray[np.bool_]:
    """Return users x titles that SQL may not list: seen, not on offer, not suitable."""
    column = {key: number for number, key in enumerate(made.titles)}
    offered: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows(
        connection,
        "select content_id, region_code, lowest_age from"
        " dev_intermediate.int_titles_on_offer",
    ):
        if row["content_id"] in column:
            offered[row["region_code"]].append(
                (column[row["content_id"]], row["lowest_age"])
            )
    user = {key: number for number, key in enumerate(made.users)}
    allowed = np.zeros(made.shape, dtype=bool)
    for row in rows(
        connection,
        "select user_id, region_code, audience_age from"
        " dev_intermediate.int_users_to_advise",
    ):
        if row["user_id"] in user:
            own = [
                t
                for t, age in offered[row["region_code"]]
                if age <= row["audience_age"]
            ]
            allowed[user[row["user_id"]], own] = True
    return ~allowed | (made.chosen().toarray() > 0)
