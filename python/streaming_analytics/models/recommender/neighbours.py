"""Keeping of each title's weights the few that say most."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# Weights are kept in billionths and whole numbers, so that SQL adds up the very same.
WEIGHT_UNIT = 1_000_000_000


def keep_largest(blocks: Iterable[NDArray[np.float64]], most: int) -> sparse.csr_array:
    """Keep of each row the `most` weights that are largest by absolute value.

    Args:
        blocks: The rows in turn, some at a time; |weight| < 2^63 / (10^9 x columns).
        most: Weights to keep of a row. Of those that tie the first are kept; zeros
            never are.

    Returns:
        Rows x columns, in billionths.
    """
    kept = []
    for block in blocks:
        weights = np.rint(block * WEIGHT_UNIT).astype(np.int64)
        columns = weights.shape[1]
        # Size and place in one number, so that no two are the same.
        rank = np.abs(weights) * columns + np.arange(columns)[::-1]
        few = min(most, columns)
        order = np.argpartition(-rank, few - 1, axis=1)[:, :few]
        values = np.take_along_axis(weights, order, axis=1)
        rows = np.repeat(np.arange(len(block)), few)
        part = sparse.csr_array(
            (values.ravel(), (rows, order.ravel())), shape=weights.shape
        )
        part.eliminate_zeros()
        kept.append(part)
    return sparse.csr_array(sparse.vstack(kept, format="csr"))
