"""EASE: which titles go with which, in closed form.

Steck (2019), "Embarrassingly Shallow Autoencoders for Sparse Data": the item weights
B with a zero diagonal that minimise |X - XB|^2 + lambda |B|^2 are
B = I - P diag(1/diag P), where P = (X'X + lambda I)^-1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from streaming_analytics.models.recommender.neighbours import keep_largest

_BLOCK = 512

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ease:
    """A fitted model; one of two forms that say the same.

    `inverse` is P, titles x titles. With more titles than users it would be large and
    slow to come by; then Woodbury's identity gives P = (I - X'AX) / lambda from
    A = (XX' + lambda I)^-1, users x users, and `inverse` is None.
    """

    penalty: float
    diagonal: Floats
    inverse: Floats | None
    choices: Floats | None
    middle: Floats | None

    def rows(self, begin: int, end: int) -> Floats:
        """Return the weights of titles `begin` to `end` - 1 for every title."""
        if self.inverse is not None:
            weights = self.inverse[begin:end] / -self.diagonal
        else:
            assert self.choices is not None
            assert self.middle is not None
            reached = self.choices[:, begin:end].T @ self.middle
            weights = reached / (self.penalty * self.diagonal)
        weights[np.arange(end - begin), np.arange(begin, end)] = 0.0
        return weights

    def scores(self, tastes: sparse.csr_array) -> Floats:
        """Return users x titles: each user's taste times the weights."""
        if self.inverse is not None:
            return tastes - (tastes @ self.inverse) / self.diagonal
        assert self.choices is not None
        assert self.middle is not None
        dense = tastes.toarray()
        reached = (dense - (tastes @ self.choices.T) @ self.middle) / self.penalty
        return dense - reached / self.diagonal

    def neighbours(self, most: int) -> sparse.csr_array:
        """Return titles x titles with each title's `most` largest weights, by size.

        In billionths and whole numbers; of weights that tie the first titles are kept.
        """
        return keep_largest(self._blocks(), most)

    def _blocks(self) -> Iterator[Floats]:
        titles = len(self.diagonal)
        for begin in range(0, titles, _BLOCK):
            yield self.rows(begin, min(begin + _BLOCK, titles))


def fit_ease(matrix: sparse.csr_array, penalty: float) -> Ease:
    """Fit the weights to users x titles feedback with penalty lambda > 0."""
    users, titles = matrix.shape
    if titles <= users:
        gram = (matrix.T @ matrix).toarray()
        gram[np.diag_indices(titles)] += penalty
        inverse = np.linalg.inv(gram)
        return Ease(penalty, inverse.diagonal().copy(), inverse, None, None)
    choices = matrix.toarray()
    kernel = (matrix @ matrix.T).toarray()
    kernel[np.diag_indices(users)] += penalty
    middle = np.linalg.inv(kernel) @ choices
    explained = np.einsum("ut,ut->t", choices, middle)
    return Ease(penalty, (1.0 - explained) / penalty, None, choices, middle)
