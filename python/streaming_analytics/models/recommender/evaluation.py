"""How well each recommender predicts what was held out, by two splits in time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from streaming_analytics.models.recommender import metrics
from streaming_analytics.models.recommender.bootstrap import intervals
from streaming_analytics.models.recommender.choosing import (
    BASELINE,
    Choice,
    Scores,
    choose,
)
from streaming_analytics.models.recommender.ease import fit_ease
from streaming_analytics.models.recommender.feedback import Feedback, taste
from streaming_analytics.models.recommender.item_knn import fit_item_knn
from streaming_analytics.models.recommender.ranking import best, diverse, filled
from streaming_analytics.models.recommender.settings import (
    LONG,
    NEIGHBOURS,
    TOP,
    ListRules,
)
from streaming_analytics.models.recommender.splits import (
    flags,
    in_batches,
    judged_users,
    last_fifth_of_each_user,
    last_fifth_of_time,
)

SPLITS: dict[str, Callable[[Feedback], NDArray[np.bool_]]] = {
    "per_user": last_fifth_of_each_user,
    "global": last_fifth_of_time,
}

Ints = NDArray[np.int64]
# Users' tastes, and the titles that are not to be listed, to users x places.
Listing = Callable[[sparse.csr_array, NDArray[np.bool_]], Ints]


@dataclass(frozen=True)
class Recommender:
    """How a recommender makes lists.

    Attributes:
        listing: From tastes, and titles that are not to be listed, to lists.
        tastes: Users' tastes, users x (titles, regions).
    """

    listing: Listing
    tastes: sparse.csr_array


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
    judged = judged_users(training, later)
    if not len(judged):
        return None
    choice = choose(training, rules)
    choosers = np.bincount(training.title, minlength=len(feedback.titles))
    learners = len(np.unique(training.user))
    wanted = np.bincount(later.user, minlength=len(feedback.users))[judged]
    columns: dict[tuple[str, str], NDArray[np.float64]] = {}
    covered: dict[str, float] = {}
    for model, recommender in _recommenders(training, choice, rules).items():
        listed, hit = _listed(training, later, judged, recommender)
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
    lengths = {
        model: (choice.of(model) or choice.ease).taste_titles for model in listings
    }
    tastes = {
        most: taste(training, rules.fading_days, most) for most in set(lengths.values())
    }
    return {
        model: Recommender(listing, tastes[lengths[model]])
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
) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the judged users' lists, and which places are hits."""
    chosen, relevant = training.chosen(), later.chosen()
    # What training never saw cannot be ranked.
    is_unknown = np.bincount(training.title, minlength=len(training.titles)) == 0
    lists, hits = [], []
    for part in in_batches(judged):
        taken = flags(chosen, part) | is_unknown
        listed = recommender.listing(recommender.tastes[part], taken)
        listed = filled(listed)
        lists.append(listed)
        hits.append(metrics.hits(listed, flags(relevant, part)))
    return np.vstack(lists), np.vstack(hits)
