"""What EASE and kNN are set to, chosen inside the training data."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from streaming_analytics.models.recommender import metrics
from streaming_analytics.models.recommender.ease import ease_of
from streaming_analytics.models.recommender.feedback import Feedback, taste
from streaming_analytics.models.recommender.item_knn import cosine_neighbours, nearest
from streaming_analytics.models.recommender.ranking import best, filled
from streaming_analytics.models.recommender.settings import (
    FIRST_ASKED,
    KNN_NEIGHBOURS,
    PENALTIES,
    SURELY_BEHIND,
    TOP,
    ListRules,
)
from streaming_analytics.models.recommender.splits import (
    flags,
    in_batches,
    judged_users,
    last_fifth_of_each_user,
)

# The first of the recommenders, which the others are compared with.
BASELINE = "popularity"
_SEED = 20_190_505
_ROUNDS_GROW_BY = 4

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Users' tastes, users x (titles, regions), to users x titles.
Scores = Callable[[sparse.csr_array], Floats | Ints]


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
class _Validation:
    """Choices held out of the training data, to be predicted from the rest.

    Attributes:
        known: Users x titles, 1 where training goes on knowing the choice.
        later: Users x titles, 1 where the choice is held out.
        added: By the titles of a taste, ascending, what a taste of so many has beside
            the shorter one: users x (titles, regions).
    """

    known: sparse.csr_array
    later: sparse.csr_array
    added: dict[int, sparse.csr_array]

    def goodness(
        self, score: Scores, tastes: set[int], users: Ints
    ) -> dict[int, list[Floats]]:
        """Return NDCG@10 of users, some at a time, by the titles of a taste."""
        found: dict[int, list[Floats]] = {most: [] for most in tastes}
        for part in in_batches(users):
            taken = flags(self.known, part)
            relevant = flags(self.later, part)
            wanted = relevant.sum(axis=1)
            scores = np.zeros(taken.shape)
            # Scores are sums over a taste: those of a longer one are these and more.
            for most, more in self.added.items():
                if most > max(tastes):
                    break
                scores += score(more[part])
                if most in tastes:
                    hit = metrics.hits(filled(best(scores, taken, TOP)), relevant)
                    found[most].append(metrics.ndcg(hit, wanted, TOP))
        return found


def choose(training: Feedback, rules: ListRules) -> Choice:
    """Choose what EASE and kNN are set to by NDCG@10 inside `training`.

    EASE's penalty and the neighbours of kNN, each with the titles of a taste. The last
    20 % of each user's training choices is predicted from the rest of them; of values
    that do equally well the first is taken.
    """
    held_out = last_fifth_of_each_user(training)
    known, later = training.only(~held_out), training.only(held_out)
    judged = judged_users(known, later)
    if not len(judged):
        few = rules.taste_titles[0]
        return Choice(
            Chosen(PENALTIES[len(PENALTIES) // 2], few), Chosen(KNN_NEIGHBOURS[0], few)
        )
    titles = len(known.titles)
    tastes = {
        most: taste(known, rules.fading_days, most) for most in rules.taste_titles
    }
    validation = _Validation(
        known.chosen(),
        later.chosen(),
        {
            most: tastes[most] - tastes[shorter] if shorter else tastes[most]
            for shorter, most in pairwise((0, *rules.taste_titles))
        },
    )
    cosines = cosine_neighbours(known.matrix(), max(KNN_NEIGHBOURS))
    fit = ease_of(known.known(), titles)

    def ease(penalty: float) -> Scores:
        return fit(penalty).scores

    def knn(neighbours: float) -> Scores:
        weights = nearest(cosines, int(neighbours))
        return lambda of: (of[:, :titles] @ weights).toarray()

    def chosen(settings: Sequence[float], scores: Callable[[float], Scores]) -> Chosen:
        candidates = [
            Chosen(setting, most) for setting in settings for most in rules.taste_titles
        ]
        leader = candidates[0]
        for asked in rounds(judged):
            found = _goodness(candidates, scores, validation, asked)
            leader = max(candidates, key=lambda of: sum(map(np.sum, found[of])))
            candidates = [
                candidate
                for candidate in candidates
                if not _surely_behind(found[candidate], found[leader])
            ]
            if candidates == [leader]:
                break
        return leader

    return Choice(ease=chosen(PENALTIES, ease), item_knn=chosen(KNN_NEIGHBOURS, knn))


def rounds(judged: Ints) -> Iterator[Ints]:
    """Yield the users who are asked in each round: some of them, more, then all.

    They are drawn, always the same ones, and not taken at even distances: keys can have
    a rhythm.
    """
    drawn = np.random.default_rng(_SEED).permutation(judged)
    few = FIRST_ASKED
    # A round of more than half of all saves little.
    while 2 * few <= len(judged):
        yield np.sort(drawn[:few])
        few *= _ROUNDS_GROW_BY
    yield judged


def _goodness(
    candidates: Sequence[Chosen],
    scores: Callable[[float], Scores],
    validation: _Validation,
    asked: Ints,
) -> dict[Chosen, list[Floats]]:
    found: dict[Chosen, list[Floats]] = {}
    for setting in dict.fromkeys(candidate.setting for candidate in candidates):
        tastes = {of.taste_titles for of in candidates if of.setting == setting}
        of_setting = validation.goodness(scores(setting), tastes, asked)
        found |= {Chosen(setting, most): parts for most, parts in of_setting.items()}
    return found


def _surely_behind(own: list[Floats], best_one: list[Floats]) -> bool:
    # User by user: what sets two lists apart is surer than either is.
    lead = np.concatenate(best_one) - np.concatenate(own)
    return bool(lead.mean() > SURELY_BEHIND * lead.std() / np.sqrt(len(lead)))
