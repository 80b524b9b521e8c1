"""The figures, against hand-worked examples and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from streaming_analytics.models.recommender import metrics
from streaming_analytics.models.recommender.bootstrap import intervals
from streaming_analytics.models.recommender.ranking import best

# Ana's list is 0 1 2, of which 0 and 2 were held out with 3; Ben's is 4 and a gap.
LISTS = np.array([[0, 1, 2], [4, -1, 3]])
RELEVANT = np.array([[1, 0, 1, 1, 0], [1, 0, 0, 0, 0]]) == 1
HELD_OUT = RELEVANT.sum(axis=1)


def test_an_empty_place_is_no_hit() -> None:
    hit = metrics.hits(LISTS, RELEVANT)
    assert hit.tolist() == [[True, False, True], [False, False, False]]


def test_ndcg_by_hand() -> None:
    # Gains 1 and 1/2 of 1 + 1/log2(3) + 1/2; with two places 1 of 1 + 1/log2(3).
    hit = metrics.hits(LISTS, RELEVANT)
    assert metrics.ndcg(hit, HELD_OUT, 3) == pytest.approx([1.5 / 2.130930, 0])
    assert metrics.ndcg(hit, HELD_OUT, 2) == pytest.approx([1 / 1.630930, 0])


def test_recall_divides_by_all_that_was_held_out() -> None:
    hit = metrics.hits(LISTS, RELEVANT)
    assert metrics.recall(hit, HELD_OUT, 3) == pytest.approx([2 / 3, 0])
    assert metrics.recall(hit, HELD_OUT, 1) == pytest.approx([1 / 3, 0])


def test_hit_rate_by_hand() -> None:
    hit = metrics.hits(LISTS, RELEVANT)
    assert metrics.hit_rate(hit, 3).tolist() == [1, 0]


def test_novelty_is_in_bits_and_leaves_gaps_out() -> None:
    # Chosen by all, a half, an eighth ... of eight users: 0, 1, 3 bits.
    choosers = np.array([8, 4, 1, 2, 8])
    assert metrics.novelty(LISTS, choosers, 8, 3) == pytest.approx([4 / 3, 1.0])


def test_coverage_counts_each_title_once_among_those_chosen() -> None:
    choosers = np.array([8, 4, 1, 2, 8, 0])
    assert metrics.coverage(LISTS, choosers, 3) == pytest.approx(5 / 5)
    assert metrics.coverage(LISTS, choosers, 1) == pytest.approx(2 / 5)


def test_ndcg_is_scikit_learns_on_a_full_ranking() -> None:
    rng = np.random.default_rng(11)
    scores = rng.random((60, 80))
    relevant = rng.random((60, 80)) < 0.1
    relevant[:, 0] = True
    lists = best(scores, np.zeros_like(relevant), 10)
    ours = metrics.ndcg(metrics.hits(lists, relevant), relevant.sum(axis=1), 10)
    assert ours.mean() == pytest.approx(ndcg_score(relevant, scores, k=10))


def test_intervals_have_the_width_that_theory_gives_a_mean() -> None:
    rng = np.random.default_rng(5)
    values = np.column_stack([rng.random(2_000), rng.exponential(2.0, 2_000)])
    lower, upper = intervals(values)
    error = values.std(axis=0) / np.sqrt(2_000)
    assert (upper - lower) / (2 * 1.96 * error) == pytest.approx([1, 1], abs=0.1)
    assert (lower + upper) / 2 == pytest.approx(values.mean(axis=0), rel=0.01)
