"""Tables of quantiles: a draw is one look-up with sixteen random bits."""

from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.generator.numeric.compiled import compiled

_COUNT = 65_536


@cache
def normal_quantiles() -> NDArray[np.float32]:
    """Return the 65,536 mid-quantiles of the standard normal distribution."""
    points = (np.arange(_COUNT // 2) + 0.5) / _COUNT
    lower = np.array([NormalDist().inv_cdf(point) for point in points])
    return np.concatenate([lower, -lower[::-1]]).astype(np.float32)


@cache
def normal_percentiles() -> NDArray[np.float32]:
    """Return the distribution function of the normal on a grid over -4 to 4."""
    grid = np.linspace(-4, 4, 4096)
    return np.array([NormalDist().cdf(point) for point in grid]).astype(np.float32)


@compiled
def percentile(percentiles: NDArray[np.float32], value: float) -> np.float32:
    """Return the standard normal distribution function of a value.

    Args:
        percentiles: What `normal_percentiles` returns.
        value: Below -4 and above 4, that of the end is taken.
    """
    at = (value + 4) * (4095 / 8)
    return percentiles[np.int32(min(max(at, 0.0), 4095.0))]
