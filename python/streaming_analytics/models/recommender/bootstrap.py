"""How sure a mean over users is."""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000
_SEED = 20_190_505
_BATCH = 100


def intervals(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the 95 % percentile intervals of the columns' means, shape (2, columns).

    Users, the rows, are drawn anew with replacement; all columns are averaged over the
    same draws, so recommenders are compared on the same users.
    """
    rng = np.random.default_rng(_SEED)
    users = len(values)
    means = []
    for _ in range(RESAMPLES // _BATCH):
        draws = rng.integers(0, users, size=(_BATCH, users))
        draws += np.arange(_BATCH)[:, None] * users
        counts = np.bincount(draws.ravel(), minlength=_BATCH * users)
        means.append(counts.reshape(_BATCH, users) @ values / users)
    return np.quantile(np.concatenate(means), (0.025, 0.975), axis=0)
