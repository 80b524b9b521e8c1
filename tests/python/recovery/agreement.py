"""When an estimate agrees with what was planted: by a derived limit."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

#: Chance that all estimates of a comparison are right and one of them is rejected.
#: About twenty comparisons are made: one seed in fifty gives a false alarm.
FALSE_ALARM = 0.001


@dataclass(frozen=True)
class Comparison:
    """Estimates from the marts beside what was planted, one row each.

    Attributes:
        estimate: What the marts say.
        expected: What they should say but for chance.
        standard_error: By how much chance moves them.
    """

    estimate: pd.Series
    expected: pd.Series
    standard_error: pd.Series

    @property
    def distances(self) -> pd.Series:
        """Differences in standard errors."""
        assert set(self.estimate.index) == set(self.expected.index)
        return (self.estimate - self.expected) / self.standard_error

    @property
    def limit(self) -> float:
        """Greatest distance that chance explains, over all rows (Bonferroni)."""
        share = FALSE_ALARM / (2 * len(self.estimate))
        return NormalDist().inv_cdf(1 - share)

    @property
    def agrees(self) -> bool:
        """Whether chance explains every difference."""
        return bool((self.distances.abs() <= self.limit).all())

    def __str__(self) -> str:
        """Return the rows, for a failure's message."""
        columns = {
            "estimate": self.estimate,
            "expected": self.expected,
            "standard_error": self.standard_error,
            "distance": self.distances,
        }
        return f"limit {self.limit:.2f}\n{pd.DataFrame(columns).to_string()}"


def lower_limit(drawn: np.ndarray) -> float:
    """Return the value that a statistic undercuts by chance in `FALSE_ALARM` cases.

    Args:
        drawn: The statistic of platforms drawn as planted, near enough normal.
    """
    z = NormalDist().inv_cdf(1 - FALSE_ALARM)
    return float(drawn.mean() - z * drawn.std(ddof=1))
