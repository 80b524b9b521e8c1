"""Choosing penalty, neighbours and taste: as if everyone were asked about them all."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from streaming_analytics.models.recommender import choosing
from streaming_analytics.models.recommender.choosing import (
    Choice,
    Chosen,
    Scores,
    choose,
)
from streaming_analytics.models.recommender.ease import ease_of, fit_ease
from streaming_analytics.models.recommender.feedback import (
    Feedback,
    read_feedback,
    taste,
)
from streaming_analytics.models.recommender.settings import (
    KNN_NEIGHBOURS,
    PENALTIES,
    ListRules,
)
from streaming_analytics.models.recommender.splits import last_fifth_of_each_user

from .made_up import RULES, anywhere, two_camps, without_genres

SHORT_OR_LONG = replace(RULES, taste_titles=(2, 8, 50))


def made(users: int, seed: int) -> Feedback:
    choices = two_camps(users=users, titles=60, choices=20, seed=seed)
    return read_feedback(choices, without_genres(choices), anywhere(choices))


def by_everyone(training: Feedback, rules: ListRules) -> Choice:
    """Return what all users choose of all settings, one after the other."""
    is_later = last_fifth_of_each_user(training)
    known, later = training.only(~is_later), training.only(is_later)
    columns = known.known().toarray()
    titles = len(known.titles)

    def ease(penalty: float) -> np.ndarray:
        gram = columns.T @ columns + penalty * np.eye(columns.shape[1])
        inverse = np.linalg.inv(gram)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0)
        return weights[:, :titles]

    def knn(neighbours: float) -> np.ndarray:
        rated = columns[:, :titles]
        lengths = np.linalg.norm(rated, axis=0)
        cosines = np.rint(rated.T @ rated / np.outer(lengths, lengths) * 1e9)
        np.fill_diagonal(cosines, 0)
        weights = np.zeros((columns.shape[1], titles))
        for title in range(titles):
            near = np.argsort(-cosines[title], kind="stable")[: int(neighbours)]
            weights[near, title] = cosines[title, near]
        return weights

    def ndcg(weights: np.ndarray, most: int) -> float:
        total = 0.0
        scores = taste(known, rules.fading_days, most).toarray() @ weights
        for user in np.unique(later.user):
            scores[user, known.title[known.user == user]] = -np.inf
            wanted = later.title[later.user == user]
            listed = np.argsort(-scores[user], kind="stable")[:10]
            gains = 1 / np.log2(np.arange(2, 12))
            total += gains[np.isin(listed, wanted)].sum() / gains[: len(wanted)].sum()
        return total

    def best_of(
        settings: Sequence[float], weights: Callable[[float], np.ndarray]
    ) -> Chosen:
        found = {
            Chosen(setting, most): ndcg(weights(setting), most)
            for setting in settings
            for most in rules.taste_titles
        }
        return max(found, key=lambda of: found[of])

    return Choice(best_of(PENALTIES, ease), best_of(KNN_NEIGHBOURS, knn))


@pytest.mark.parametrize("seed", range(3))
def test_of_few_accounts_all_choose(seed: int) -> None:
    training = made(200, seed)
    assert choose(training, SHORT_OR_LONG) == by_everyone(training, SHORT_OR_LONG)


@pytest.mark.parametrize("seed", range(3))
def test_more_accounts_choose_the_same_by_rounds(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "FIRST_ASKED", 60)
    training = made(400, seed)
    assert choose(training, SHORT_OR_LONG) == by_everyone(training, SHORT_OR_LONG)


def test_settings_that_are_surely_behind_are_not_asked_about_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choosing, "FIRST_ASKED", 200)
    asked: list[tuple[int, int]] = []
    goodness = choosing._Validation.goodness

    def counted(
        self: Any, score: Scores, tastes: set[int], users: np.ndarray
    ) -> dict[int, list[np.ndarray]]:
        asked.append((len(users), len(tastes)))
        return goodness(self, score, tastes, users)

    monkeypatch.setattr(choosing._Validation, "goodness", counted)
    choose(made(400, 5), SHORT_OR_LONG)
    first = [tastes for users, tastes in asked if users == 200]
    last = [tastes for users, tastes in asked if users == 400]
    assert first == [3] * (len(PENALTIES) + len(KNN_NEIGHBOURS))
    assert 2 <= sum(last) < sum(first) / 2


def test_a_setting_is_behind_when_the_same_accounts_say_so() -> None:
    best_one = [np.array([0.1, 0.9, 0.5]), np.array([0.7])]
    # Each account has less, by nearly the same; or one less and the others more.
    less = [part - np.linspace(0.09, 0.1, len(part)) for part in best_one]
    mixed = [np.array([0.2, 0.2, 0.6]), np.array([0.8])]
    assert choosing._surely_behind(less, best_one)
    assert not choosing._surely_behind(mixed, best_one)
    assert not choosing._surely_behind(best_one, best_one)


@pytest.mark.parametrize(
    ("judged", "sizes"),
    [(999, [999]), (1_000, [500, 1_000]), (9_000, [500, 2_000, 9_000])],
)
def test_each_round_asks_those_before_and_more_and_the_last_one_all(
    judged: int, sizes: list[int]
) -> None:
    users = 3 * np.arange(judged)
    asked = list(choosing.rounds(users))
    assert [len(some) for some in asked] == sizes
    assert np.array_equal(asked[-1], users)
    for some, more in pairwise(asked):
        assert set(some) < set(more)
        assert (np.diff(some) > 0).all()
    again = list(choosing.rounds(users))
    assert all(np.array_equal(*pair) for pair in zip(asked, again, strict=True))


def test_who_is_asked_first_follows_no_rhythm_of_the_keys() -> None:
    first = next(choosing.rounds(np.arange(5_000)))
    assert 200 < (first % 2 == 0).sum() < 300
    assert 200 < (first < 2_500).sum() < 300


@pytest.mark.parametrize("users", [100, 20])
def test_a_penalty_is_fitted_as_if_it_were_the_only_one(users: int) -> None:
    matrix = made(users, 1).known()
    fit = ease_of(matrix, 60)
    for penalty in (50.0, 5_000.0, 50.0):
        alone = fit_ease(matrix, 60, penalty)
        assert np.array_equal(fit(penalty).rows(0, 60), alone.rows(0, 60))
