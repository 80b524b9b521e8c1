"""How well each recommender predicts what was held out, by two splits in time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from streaming_analytics.models.recommender import metrics
from streaming_analytics.models.recommender.bootstrap import intervals
from streaming_analytics.models.recommender.ease import fit_ease
from streaming_analytics.models.recommender.feedback import Feedback, taste
from streaming_analytics.models.recommender.item_knn import (
    cosine_neighbours,
    fit_item_knn,
    nearest,
)
from streaming_analytics.models.recommender.ranking import best, diverse
from streaming_analytics.models.recommender.settings import (
    KNN_NEIGHBOURS,
    LONG,
    NEIGHBOURS,
    PENALTIES,
    TOP,
    ListRules,
)
from streaming_analytics.models.recommender.splits import (
    last_fifth_of_each_user,
    last_fifth_of_time,
)

SPLITS: dict[str, Callable[[Feedback], NDArray[np.bool_]]] = {
    "per_user": last_fifth_of_each_user,
    "global": last_fifth_of_time,
}
# The first of the recommenders, which the others are compared with.
BASELINE = "popularity"
# Users ranked at a time: what the scores of so many take bounds the memory.
_BATCH = 512

Ints = NDArray[np.int64]
# Users' tastes, users x (titles, regions), to users x titles.
Scores = Callable[[sparse.csr_array], NDArray[np.float64] | Ints]
# Users' tastes, and the titles that are not to be listed, to users x places.
Listing = Callable[[sparse.csr_array, NDArray[np.bool_]], Ints]


@dataclass(frozen=True)
class Chosen:
    """What the validation split chose for a recommender.

    Attributes:
        setting: Penalty of EASE, or neighbours of kNN.
        taste_titles: Titles that a taste is made of, at most.
    """

    setting: float
    taste_titles: int


@dataclass(frozen=True)
class Choice:
    """What the validation split chose."""

    ease: Chosen
    item_knn: Chosen

    def of(self, model: str) -> Chosen | None:
        """Return what was chosen for a recommender; nothing for popularity."""
        if model == BASELINE:
            return None
        return self.item_knn if model == "item_knn" else self.ease


@dataclass(frozen=True)
class Recommender:
    """How a recommender makes lists.

    Attributes:
        listing: From tastes, and titles that are not to be listed, to lists.
        taste_titles: Titles that a taste is made of, at most.
    """

    listing: Listing
    taste_titles: int


@dataclass(frozen=True)
class Measure:
    """One figure of a recommender on a split.

    `lower` and `upper` bound 95 % over users drawn anew; None for coverage, which
    belongs to all lists together.
    """

    model: str
    metric: str
    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Evaluation:
    """All figures on a split.

    Attributes:
        choice: What validation inside the training data chose.
        users: Users who were judged.
        held_out: Choices held out of theirs.
        titles: Titles that training knows, which are what is ranked.
        measures: A figure per recommender and metric.
    """

    choice: Choice
    users: int
    held_out: int
    titles: int
    measures: tuple[Measure, ...]

    def measure(self, model: str, metric: str) -> Measure:
        """Return one figure.

        Raises:
            KeyError: There is none of that name.
        """
        for measure in self.measures:
            if (measure.model, measure.metric) == (model, metric):
                return measure
        raise KeyError(f"{model} {metric}")


def evaluate(
    feedback: Feedback, held_out: NDArray[np.bool_], rules: ListRules
) -> Evaluation | None:
    """Judge every recommender on the choices held out; None when nobody can be."""
    training, later = feedback.only(~held_out), feedback.only(held_out)
    judged = _judged(training, later)
    if not len(judged):
        return None
    choice = choose(training, rules)
    choosers = np.bincount(training.title, minlength=len(feedback.titles))
    learners = len(np.unique(training.user))
    wanted = np.bincount(later.user, minlength=len(feedback.users))[judged]
    columns: dict[tuple[str, str], NDArray[np.float64]] = {}
    covered: dict[str, float] = {}
    for model, recommender in _recommenders(training, choice, rules).items():
        listed, hit = _listed(training, later, judged, recommender, rules)
        ndcg = metrics.ndcg(hit, wanted, TOP)
        columns[model, "ndcg_at_10"] = ndcg
        # Of the same accounts: what sets two lists apart is surer than either is.
        if model != BASELINE:
            columns[model, "ndcg_at_10_gain"] = ndcg - columns[BASELINE, "ndcg_at_10"]
        columns[model, "recall_at_20"] = metrics.recall(hit, wanted, LONG)
        columns[model, "hit_rate_at_10"] = metrics.hit_rate(hit, TOP)
        columns[model, "novelty_at_10"] = metrics.novelty(
            listed, choosers, learners, TOP
        )
        covered[model] = metrics.coverage(listed, choosers, TOP)
    means = [
        Measure(model, metric, float(values.mean()), float(lower), float(upper))
        for ((model, metric), values), lower, upper in zip(
            columns.items(),
            *intervals(np.column_stack(list(columns.values()))),
            strict=True,
        )
    ]
    shares = [
        Measure(model, "coverage_at_10", share, None, None)
        for model, share in covered.items()
    ]
    return Evaluation(
        choice,
        users=len(judged),
        held_out=int(wanted.sum()),
        titles=int((choosers > 0).sum()),
        measures=(*means, *shares),
    )


def _recommenders(
    training: Feedback, choice: Choice, rules: ListRules
) -> dict[str, Recommender]:
    """Return how each recommender makes lists from scores, by name."""
    choosers = np.bincount(training.title, minlength=len(training.titles))
    titles = len(training.titles)
    ease = fit_ease(training.known(), titles, choice.ease.setting)
    weights = ease.neighbours(NEIGHBOURS)
    cosines = fit_item_knn(training.matrix(), int(choice.item_knn.setting))

    def ranked(score: Scores) -> Listing:
        return lambda tastes, taken: best(score(tastes), taken, LONG)

    listings = {
        BASELINE: ranked(
            lambda tastes: np.broadcast_to(choosers, (tastes.shape[0], titles))
        ),
        "item_knn": ranked(lambda tastes: (tastes[:, :titles] @ cosines).toarray()),
        "ease": ranked(ease.scores),
        "ease_top_100": ranked(lambda tastes: (tastes @ weights).toarray()),
        "ease_top_100_diverse": lambda tastes, taken: served(
            training, (tastes @ weights).toarray(), taken, rules
        ),
    }
    return {
        model: Recommender(listing, (choice.of(model) or choice.ease).taste_titles)
        for model, listing in listings.items()
    }


def served(
    training: Feedback,
    scores: Ints,
    taken: NDArray[np.bool_],
    rules: ListRules,
) -> Ints:
    """Return users x places as `fct_recommendations` lists titles, without new ones.

    Args:
        training: The choices that the scores were made from.
        scores: Users x titles.
        taken: Users x titles that are not to be listed.
        rules: How lists are made.
    """
    return diverse(
        scores,
        taken,
        training.genre,
        # What is served can be shorter than what is measured, not longer.
        length=min(rules.length, LONG),
        per_genre=rules.per_genre,
        fallback=np.bincount(training.title, minlength=len(training.titles)),
        kept_places=rules.new_places,
    )


def _listed(
    training: Feedback,
    later: Feedback,
    judged: Ints,
    recommender: Recommender,
    rules: ListRules,
) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the judged users' lists, and which places are hits."""
    tastes = taste(training, rules.fading_days, recommender.taste_titles)
    chosen, relevant = training.chosen(), later.chosen()
    # What training never saw cannot be ranked.
    is_unknown = np.bincount(training.title, minlength=len(training.titles)) == 0
    lists, hits = [], []
    for part in _batches(judged):
        taken = _flags(chosen, part) | is_unknown
        listed = recommender.listing(tastes[part], taken)
        listed = _filled(listed)
        lists.append(listed)
        hits.append(metrics.hits(listed, _flags(relevant, part)))
    return np.vstack(lists), np.vstack(hits)


def choose(training: Feedback, rules: ListRules) -> Choice:
    """Choose what EASE and kNN are set to by NDCG@10 inside `training`.

    EASE's penalty and the neighbours of kNN, each with the titles of a taste. The last
    20 % of each user's training choices is predicted from the rest of them; of values
    that do equally well the first is taken.
    """
    held_out = last_fifth_of_each_user(training)
    known, later = training.only(~held_out), training.only(held_out)
    judged = _judged(known, later)
    if not len(judged):
        few = rules.taste_titles[0]
        return Choice(
            Chosen(PENALTIES[len(PENALTIES) // 2], few), Chosen(KNN_NEIGHBOURS[0], few)
        )
    titles = len(known.titles)
    matrix, columns = known.matrix(), known.known()
    tastes = {
        most: taste(known, rules.fading_days, most) for most in rules.taste_titles
    }
    # A longer taste is a shorter one and more, and scores are sums over a taste.
    added = {
        most: tastes[most] - tastes[shorter] if shorter else tastes[most]
        for shorter, most in pairwise((0, *rules.taste_titles))
    }

    def goodness(score: Scores) -> dict[int, float]:
        """Return the sum of NDCG@10 over users, by the titles of a taste."""
        totals = dict.fromkeys(rules.taste_titles, 0.0)
        for part in _batches(judged):
            taken = _flags(known.chosen(), part)
            relevant = _flags(later.chosen(), part)
            wanted = relevant.sum(axis=1)
            scores = np.zeros(taken.shape)
            for most, more in added.items():
                scores = scores + score(more[part])
                hit = metrics.hits(_filled(best(scores, taken, TOP)), relevant)
                totals[most] += metrics.ndcg(hit, wanted, TOP).sum()
        return totals

    def chosen(settings: Iterable[float], scores: Callable[[float], Scores]) -> Chosen:
        found: dict[Chosen, float] = {}
        for setting in settings:
            for most, total in goodness(scores(setting)).items():
                found[Chosen(setting, most)] = total
        return max(found, key=lambda of: found[of])

    cosines = cosine_neighbours(matrix, max(KNN_NEIGHBOURS))

    def knn(neighbours: float) -> Scores:
        weights = nearest(cosines, int(neighbours))
        return lambda of: (of[:, :titles] @ weights).toarray()

    def ease(penalty: float) -> Scores:
        return fit_ease(columns, titles, penalty).scores

    return Choice(
        ease=chosen(PENALTIES, ease),
        item_knn=chosen(KNN_NEIGHBOURS, knn),
    )


def _filled(lists: Ints) -> Ints:
    """Return the lists with empty places, -1, up to the length that is measured."""
    users, places = lists.shape
    filled = np.full((users, max(places, LONG)), -1, dtype=np.int64)
    filled[:, :places] = lists
    return filled


def _judged(training: Feedback, later: Feedback) -> NDArray[np.int64]:
    return np.intersect1d(training.user, later.user)


def _batches(users: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for begin in range(0, len(users), _BATCH):
        yield users[begin : begin + _BATCH]


def _flags(chosen: sparse.csr_array, users: NDArray[np.int64]) -> NDArray[np.bool_]:
    return chosen[users].toarray() > 0
