"""Neighbours by cosine: the recommender that EASE has to beat beside popularity."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from streaming_analytics.models.recommender.neighbours import WEIGHT_UNIT, keep_largest

_BLOCK = 512


def fit_item_knn(matrix: sparse.csr_array, neighbours: int) -> sparse.csr_array:
    """Return titles x titles: of each column the cosines of its nearest neighbours.

    The cosine, in billionths, is that of two titles' columns of users x titles
    feedback (Sarwar et al. 2001); no title is its own neighbour.
    """
    return nearest(cosine_neighbours(matrix, neighbours), neighbours)


def cosine_neighbours(matrix: sparse.csr_array, neighbours: int) -> sparse.csr_array:
    """Return titles x titles: of each row the cosines of its nearest neighbours."""
    squares = np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel()
    lengths = np.sqrt(np.where(squares > 0, squares, 1.0))
    unit = sparse.csr_array(matrix.multiply(1.0 / lengths))
    return keep_largest(_cosines(unit), neighbours)


def nearest(cosines: sparse.csr_array, neighbours: int) -> sparse.csr_array:
    """Return the cosines of fewer neighbours, by column."""
    rows, titles = _rows(cosines), cosines.shape[1]
    # By row, then the largest, then by title: each of them in one number, since no
    # cosine of shares is below 0 or above one.
    size = (2 * rows + 1) * WEIGHT_UNIT - cosines.data
    order = np.argsort(size * titles + cosines.indices)
    place = np.arange(cosines.nnz) - cosines.indptr[rows]
    kept = order[place < neighbours]
    return sparse.csr_array(
        (cosines.data[kept], (cosines.indices[kept], rows[kept])),
        shape=cosines.shape,
    )


def _rows(matrix: sparse.csr_array) -> NDArray[np.int64]:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def _cosines(unit: sparse.csr_array) -> Iterator[NDArray[np.float64]]:
    titles = unit.shape[1]
    for begin in range(0, titles, _BLOCK):
        end = min(begin + _BLOCK, titles)
        cosines = (unit[:, begin:end].T @ unit).toarray()
        cosines[np.arange(end - begin), np.arange(begin, end)] = 0.0
        yield cosines
