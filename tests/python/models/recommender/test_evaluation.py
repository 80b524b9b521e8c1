"""The evaluation as a whole: on planted taste, and on real ratings where they are."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from streaming_analytics.models.fits import UntrainableError
from streaming_analytics.models.recommender.choosing import choose
from streaming_analytics.models.recommender.evaluation import evaluate
from streaming_analytics.models.recommender.feedback import read_feedback
from streaming_analytics.models.recommender.splits import last_fifth_of_each_user
from streaming_analytics.models.recommender.trainer import fit_feedback
from streaming_analytics.progress import Progress

from .made_up import RULES, anywhere, two_camps, without_genres

# A folder with ml-latest-small, whose licence does not let it lie here.
MOVIELENS = os.environ.get("MOVIELENS")


def test_planted_taste_is_found_and_popularity_is_beaten() -> None:
    choices = two_camps(users=300, titles=60, choices=20, seed=3)
    made = read_feedback(choices, without_genres(choices), anywhere(choices))
    evaluation = evaluate(made, last_fifth_of_each_user(made), RULES)
    assert evaluation is not None
    assert evaluation.users == 300
    assert evaluation.held_out == 300 * 4
    ours = evaluation.measure("ease", "ndcg_at_10")
    theirs = evaluation.measure("popularity", "ndcg_at_10")
    assert ours.lower is not None
    assert theirs.upper is not None
    assert ours.lower > theirs.upper
    assert evaluation.measure("ease", "coverage_at_10").lower is None


def test_where_nobody_has_a_taste_nothing_beats_popularity() -> None:
    choices = two_camps(users=300, titles=60, choices=20, seed=3)
    # Each place of each user's history goes to another user: popularity stays.
    rng = np.random.default_rng(1)
    shuffled = choices.assign(
        content_id=choices.groupby("chosen_at")["content_id"].transform(
            lambda titles: rng.permutation(titles)
        )
    ).drop_duplicates(["user_id", "content_id"])
    made = read_feedback(shuffled, without_genres(choices), anywhere(choices))
    evaluation = evaluate(made, last_fifth_of_each_user(made), RULES)
    assert evaluation is not None
    ours = evaluation.measure("ease", "ndcg_at_10").value
    assert ours < 1.05 * evaluation.measure("popularity", "ndcg_at_10").value


def test_what_is_held_out_changes_nothing_that_is_listed() -> None:
    """A figure of the lists alone cannot move when only the held-out titles do."""
    choices = two_camps(users=80, titles=40, choices=10, seed=4)
    made = read_feedback(choices, without_genres(choices), anywhere(choices))
    held_out = last_fifth_of_each_user(made)
    moved = made.title.copy()
    moved[held_out] = np.random.default_rng(2).permutation(moved[held_out])
    other = replace(made, title=moved)
    before = evaluate(made, held_out, RULES)
    after = evaluate(other, held_out, RULES)
    assert before is not None
    assert after is not None
    for name in ("novelty_at_10", "coverage_at_10"):
        assert before.measure("ease", name).value == after.measure("ease", name).value
    assert before.choice == after.choice


def test_where_regions_watch_other_titles_the_region_is_learned() -> None:
    """Two choices tell nothing of a camp; that users of a region share one does."""
    choices = two_camps(users=400, titles=60, choices=6, seed=8)
    camp = choices["user_id"].str[-1].astype(int) % 2
    known = pd.DataFrame(
        {"user_id": choices["user_id"], "region_code": camp.map({0: "N", 1: "S"})}
    ).drop_duplicates()
    split = last_fifth_of_each_user
    of = {}
    for name, users in (("known", known), ("unknown", anywhere(choices))):
        made = read_feedback(choices, without_genres(choices), users)
        evaluation = evaluate(made, split(made), RULES)
        assert evaluation is not None
        of[name] = evaluation.measure("ease", "ndcg_at_10_gain")
    assert of["known"].lower is not None
    assert of["unknown"].upper is not None
    assert of["known"].lower > of["unknown"].upper


def test_a_gain_is_of_the_same_accounts() -> None:
    choices = two_camps(users=300, titles=60, choices=20, seed=3)
    made = read_feedback(choices, without_genres(choices), anywhere(choices))
    evaluation = evaluate(made, last_fifth_of_each_user(made), RULES)
    assert evaluation is not None
    ours = evaluation.measure("ease", "ndcg_at_10")
    theirs = evaluation.measure("popularity", "ndcg_at_10")
    gain = evaluation.measure("ease", "ndcg_at_10_gain")
    assert gain.value == pytest.approx(ours.value - theirs.value)
    # The bounds of a difference are not the difference of bounds.
    assert gain.lower is not None
    assert ours.lower is not None
    assert theirs.lower is not None
    assert gain.lower != pytest.approx(ours.lower - theirs.lower, abs=1e-4)


def three_phases(users: int, phases: list[tuple[str, int]]) -> pd.DataFrame:
    """Return a choice a day, of the own camp, of the other or of neither."""
    rng = np.random.default_rng(6)
    rows = []
    for user in range(users):
        camps = {
            "own": iter(rng.permutation(60) + 100 * (user % 2)),
            "other": iter(rng.permutation(60) + 100 * (1 - user % 2)),
            "neither": iter(rng.permutation(60) + 200),
        }
        titles = [next(camps[camp]) for camp, days in phases for _ in range(days)]
        rows += [
            {
                "user_id": f"u{user:03}",
                "content_id": f"t{title:03}",
                "feedback_percent": 100,
                "chosen_at": pd.Timestamp("2025-01-01") + pd.Timedelta(days=place),
            }
            for place, title in enumerate(titles)
        ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("early", "late", "titles"), [("own", "neither", 32), ("other", "own", 6)]
)
def test_a_taste_is_as_long_as_predicts_best(
    early: str, late: str, titles: int
) -> None:
    """What comes last is of the own camp: old choices tell it, or lead astray."""
    choices = three_phases(60, [(early, 26), (late, 6), ("own", 8)])
    made = read_feedback(choices, without_genres(choices), anywhere(choices))
    rules = replace(RULES, taste_titles=(6, 32), fading_days=30)
    assert choose(made, rules).ease.taste_titles == titles


def test_the_summary_names_what_was_measured() -> None:
    choices = two_camps(users=300, titles=60, choices=20, seed=3)
    fit = fit_feedback(
        choices, without_genres(choices), anywhere(choices), RULES, Progress()
    )
    evaluated = fit.tables["recommender_evaluation"].set_index(
        ["split_name", "model_name", "metric_name"]
    )
    measured = evaluated.loc[("per_user", "ease_top_100_diverse", "ndcg_at_10")]
    fitted = fit.tables["recommender_settings"].iloc[0]
    assert (
        f"on held-out choices with lambda {measured['setting_value']:g}" in fit.summary
    )
    assert f"accounts, lambda {fitted['penalty']:g} and" in fit.summary


@pytest.mark.parametrize(
    ("users", "titles", "choices", "reason"),
    [
        (1, 9, 9, "1 accounts with a choice"),
        (9, 1, 1, "1 titles with a choice"),
        (9, 9, 4, "no account has chosen five titles"),
    ],
)
def test_data_with_nothing_to_learn_says_so(
    users: int, titles: int, choices: int, reason: str
) -> None:
    made = two_camps(users, titles, choices, seed=1)
    with pytest.raises(UntrainableError, match=reason):
        fit_feedback(made, without_genres(made), anywhere(made), RULES, Progress())


def test_no_choices_at_all_says_so() -> None:
    made = two_camps(2, 2, 1, seed=1).head(0)
    with pytest.raises(UntrainableError, match="0 accounts"):
        fit_feedback(made, without_genres(made), anywhere(made), RULES, Progress())


def test_a_fit_has_at_most_a_hundred_neighbours_and_knows_its_data() -> None:
    made = two_camps(users=150, titles=130, choices=30, seed=5)
    fit = fit_feedback(made, without_genres(made), anywhere(made), RULES, Progress())
    weights = fit.tables["content_weights"]
    assert weights.groupby("content_id").size().max() == 100
    assert (weights["content_id"] != weights["neighbour_content_id"]).all()
    assert (weights["weight_billionths"] != 0).all()
    evaluation = fit.tables["recommender_evaluation"]
    assert set(evaluation["split_name"]) == {"per_user", "global"}
    assert not evaluation.duplicated(["split_name", "model_name", "metric_name"]).any()
    assert fit.trained_rows == 150 * 30


@pytest.mark.only_where(MOVIELENS is not None)
def test_on_real_ratings_the_figures_are_those_of_an_independent_run() -> None:
    """Bounds found by another program on the same split of ml-latest-small."""
    choices, titles = _movielens(Path(str(MOVIELENS)))
    made = read_feedback(choices, titles, anywhere(choices))
    evaluation = evaluate(made, last_fifth_of_each_user(made), RULES)
    assert evaluation is not None

    def value(model: str, metric: str) -> float:
        return evaluation.measure(model, metric).value

    assert value("ease", "ndcg_at_10") >= 0.131
    assert value("ease", "recall_at_20") >= 0.126
    assert value("item_knn", "ndcg_at_10") >= 0.116
    assert value("item_knn", "recall_at_20") >= 0.098
    assert value("popularity", "ndcg_at_10") == pytest.approx(0.088, abs=0.002)
    assert value("popularity", "recall_at_20") == pytest.approx(0.069, abs=0.002)


def _movielens(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    ratings = pd.read_csv(folder / "ratings.csv")
    movies = pd.read_csv(folder / "movies.csv")
    return (
        pd.DataFrame(
            {
                "user_id": ratings["userId"].astype(str),
                "content_id": ratings["movieId"].astype(str),
                "feedback_percent": (ratings["rating"].clip(lower=1) * 20).astype(int),
                "chosen_at": pd.to_datetime(ratings["timestamp"], unit="s"),
            }
        ),
        pd.DataFrame(
            {
                "content_id": movies["movieId"].astype(str),
                "leading_genre_code": movies["genres"].str.split("|").str[0],
            }
        ),
    )
