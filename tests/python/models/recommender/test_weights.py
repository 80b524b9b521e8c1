"""The weights, against hand-worked figures and another library's."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import cosine_similarity

from streaming_analytics.models.recommender.ease import fit_ease
from streaming_analytics.models.recommender.item_knn import fit_item_knn
from streaming_analytics.models.recommender.neighbours import keep_largest


def random_matrix(users: int, titles: int) -> sparse.csr_array:
    rng = np.random.default_rng(7)
    chosen = rng.random((users, titles)) < 0.3
    chosen[0] = True
    return sparse.csr_array(chosen * rng.integers(1, 101, (users, titles)) / 100)


def test_two_titles_by_hand() -> None:
    # X'X + I = [[3, 1], [1, 2]], whose inverse is [[2, -1], [-1, 3]] / 5.
    matrix = sparse.csr_array(np.array([[1.0, 1.0], [1.0, 0.0]]))
    weights = fit_ease(matrix, 2, 1.0).rows(0, 2)
    assert weights == pytest.approx(np.array([[0, 1 / 3], [1 / 2, 0]]))


@pytest.mark.parametrize(("users", "titles"), [(40, 12), (12, 40)])
def test_each_column_is_a_ridge_regression_on_the_other_titles(
    users: int, titles: int
) -> None:
    matrix = random_matrix(users, titles)
    dense = matrix.toarray()
    model = fit_ease(matrix, titles, 2.5)
    weights = np.vstack([model.rows(0, 5), model.rows(5, titles)])
    assert (np.diag(weights) == 0).all()
    for title in range(titles):
        others = np.arange(titles) != title
        ridge = Ridge(alpha=2.5, fit_intercept=False)
        ridge.fit(dense[:, others], dense[:, title])
        assert weights[others, title] == pytest.approx(ridge.coef_, abs=1e-9)


@pytest.mark.parametrize(("users", "titles"), [(40, 12), (12, 40)])
def test_what_else_is_known_speaks_for_titles_and_is_not_recommended(
    users: int, titles: int
) -> None:
    matrix = random_matrix(users, titles)
    model = fit_ease(matrix, titles - 2, 2.5)
    all_titles = fit_ease(matrix, titles, 2.5)
    tastes = sparse.csr_array(matrix.toarray() * 10_000)
    assert model.rows(0, titles) == pytest.approx(
        all_titles.rows(0, titles)[:, : titles - 2]
    )
    assert model.scores(tastes) == pytest.approx(
        all_titles.scores(tastes)[:, : titles - 2]
    )
    kept = model.neighbours(3).toarray()
    assert kept.shape == (titles, titles - 2)
    assert (np.count_nonzero(kept[: titles - 2], axis=1) == 3).all()
    assert kept[titles - 2 :] / 1e9 == pytest.approx(
        model.rows(titles - 2, titles), abs=1e-9
    )


@pytest.mark.parametrize(("users", "titles"), [(40, 12), (12, 40)])
def test_scores_are_tastes_times_weights(users: int, titles: int) -> None:
    matrix = random_matrix(users, titles)
    model = fit_ease(matrix, titles, 2.5)
    tastes = sparse.csr_array((matrix.toarray() * 10_000).astype(np.int64))
    expected = tastes.toarray() @ model.rows(0, titles)
    assert model.scores(tastes) == pytest.approx(expected, abs=1e-6)


def test_the_largest_weights_are_kept_whatever_their_sign_and_the_first_of_a_tie() -> (
    None
):
    rows = np.array([[0.1, -0.4, 0.2, 0.2, 0.0], [0.0, 0.0, 0.0, 0.0, -0.3]])
    kept = keep_largest([rows], 2).toarray() / 1e9
    assert kept.tolist() == [[0, -0.4, 0.2, 0, 0], [0, 0, 0, 0, -0.3]]
    assert keep_largest([rows], 9).toarray() / 1e9 == pytest.approx(rows)


def test_neighbours_are_the_nearest_by_cosine() -> None:
    matrix = random_matrix(30, 12)
    cosines = cosine_similarity(matrix.T.toarray())
    np.fill_diagonal(cosines, 0)
    nearest = fit_item_knn(matrix, 3).toarray() / 1e9
    for title in range(12):
        floor = np.sort(cosines[:, title])[-3]
        expected = np.where(cosines[:, title] >= floor, cosines[:, title], 0)
        assert nearest[:, title] == pytest.approx(expected, abs=1e-9)
