"""EASE: which titles go with which, in closed form.

Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data": the item weights
B with a zero diagonal that minimise |X - XB|^2 + lambda |B|^2 are
B = I - P diag(1/diag P), where P = (X'X + lambda I)^-1. What else is known of users
stands in columns after those of the titles (Jeunen, Van Balen and Goethals 2020,
"Closed-Form Models for Collaborative Filtering with Side-Information"): it speaks for
titles and is not recommended itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import get_lapack_funcs

from streaming_analytics.models.recommender.neighbours import keep_largest

_BLOCK = 512

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ease:
    """A fitted model; one of two forms that say the same.

    `inverse` is P, columns x columns. With more columns than users it would be large
    and slow to come by; then Woodbury's identity gives P = (I - X'AX) / lambda from
    A = (XX' + lambda I)^-1, users x users, and `inverse` is None. `titles` is the
    number of columns that are titles.
    """

    titles: int
    penalty: float
    diagonal: Floats
    inverse: Floats | None
    choices: Floats | None
    middle: Floats | None

    def rows(self, begin: int, end: int) -> Floats:
        """Return the weights of columns `begin` to `end` - 1 for every title."""
        if self.inverse is not None:
            weights = self.inverse[begin:end] / -self.diagonal
        else:
            assert self.choices is not None
            assert self.middle is not None
            reached = self.choices[:, begin:end].T @ self.middle
            weights = reached / (self.penalty * self.diagonal)
        weights[np.arange(end - begin), np.arange(begin, end)] = 0.0
        return weights[:, : self.titles]

    def scores(self, tastes: sparse.csr_array) -> Floats:
        """Return users x titles: each user's taste times the weights.

        Args:
            tastes: Users x columns.
        """
        return self._scores(tastes)[:, : self.titles]

    def _scores(self, tastes: sparse.csr_array) -> Floats:
        if self.inverse is not None:
            reached = tastes @ self.inverse
            reached /= self.diagonal
            return tastes - reached
        assert self.choices is not None
        assert self.middle is not None
        dense = tastes.toarray()
        reached = (dense - (tastes @ self.choices.T) @ self.middle) / self.penalty
        return dense - reached / self.diagonal

    def neighbours(self, most: int) -> sparse.csr_array:
        """Return columns x titles with each title's `most` largest weights, by size.

        In billionths and whole numbers; of weights that tie the first titles are kept.
        Of columns that are no titles all weights are.
        """
        others = self.rows(self.titles, len(self.diagonal))
        return sparse.csr_array(
            sparse.vstack(
                [
                    keep_largest(self._blocks(), most),
                    keep_largest([others], max(self.titles, 1)),
                ],
                format="csr",
            )
        )

    def _blocks(self) -> Iterator[Floats]:
        for begin in range(0, self.titles, _BLOCK):
            yield self.rows(begin, min(begin + _BLOCK, self.titles))


def fit_ease(matrix: sparse.csr_array, titles: int, penalty: float) -> Ease:
    """Fit the weights with penalty lambda > 0.

    Args:
        matrix: Feedback, users x columns; the titles come first.
        titles: Columns that are titles.
        penalty: Lambda.
    """
    return ease_of(matrix, titles)(penalty)


def ease_of(matrix: sparse.csr_array, titles: int) -> Callable[[float], Ease]:
    """Return what fits with a penalty, for more than one: arguments as `fit_ease`.

    The products, which no penalty changes, are added up once.
    """
    users, columns = matrix.shape
    if columns <= users:
        gram = (matrix.T @ matrix).toarray()

        def fit_by_columns(penalty: float) -> Ease:
            inverse = _inverse(gram, penalty)
            return Ease(titles, penalty, inverse.diagonal().copy(), inverse, None, None)

        return fit_by_columns
    choices = matrix.toarray()
    kernel = (matrix @ matrix.T).toarray()

    def fit_by_users(penalty: float) -> Ease:
        middle = _inverse(kernel, penalty) @ choices
        explained = np.einsum("ut,ut->t", choices, middle)
        diagonal = (1.0 - explained) / penalty
        return Ease(titles, penalty, diagonal, None, choices, middle)

    return fit_by_users


def _inverse(products: Floats, penalty: float) -> Floats:
    """Return the inverse of `products`, X'X of some X, with the penalty added.

    Such a matrix is symmetric and positive definite: Cholesky's way to the inverse
    takes less than half of the work of one that cannot rely on it.
    """
    penalised = products.copy(order="F")
    penalised[np.diag_indices(len(products))] += penalty
    factorised, inverted = get_lapack_funcs(("potrf", "potri"), (penalised,))
    factor, failed = factorised(penalised, lower=True, clean=False, overwrite_a=True)
    if failed:
        raise np.linalg.LinAlgError(f"no inverse with the penalty {penalty:g}")
    inverse, _ = inverted(factor, lower=True, overwrite_c=True)
    for column in range(len(inverse)):
        inverse[column, column + 1 :] = inverse[column + 1 :, column]
    # The same matrix, with the rows in one piece as products with sparse ones want it.
    return inverse.T
