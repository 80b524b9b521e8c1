"""What the numbers can bear: intervals of shares, and of what lies between two."""

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval."""

    value: float
    lower: float
    upper: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero: a clear difference."""
        return self.lower > 0 or self.upper < 0


def z_score(comparisons: int = 1) -> float:
    """Return the width of an interval in standard errors.

    Args:
        comparisons: How many differences are looked at before one is told. Picking
            the largest of four and testing it alone would find one too often
            (Bonferroni).
    """
    tail = (1 - CONFIDENCE) / max(comparisons, 1)
    return NormalDist().inv_cdf(1 - tail / 2)


def share(hits: float, trials: float, comparisons: int = 1) -> Estimate | None:
    """Return `hits` ÷ `trials` with its Wilson interval; None without trials."""
    if not trials:
        return None
    z = z_score(comparisons)
    rate = hits / trials
    centre = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = (
        z
        * math.sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2))
        / (1 + z**2 / trials)
    )
    return Estimate(rate, max(0.0, centre - half), min(1.0, centre + half))


def share_difference(
    hits: float,
    trials: float,
    other_hits: float,
    other_trials: float,
    comparisons: int = 1,
) -> Estimate | None:
    """Return one share less another with Newcombe's interval; None without trials."""
    one = share(hits, trials, comparisons)
    other = share(other_hits, other_trials, comparisons)
    if one is None or other is None:
        return None
    difference = one.value - other.value
    below = math.hypot(one.value - one.lower, other.upper - other.value)
    above = math.hypot(one.upper - one.value, other.value - other.lower)
    return Estimate(difference, difference - below, difference + above)


def normal_difference(
    value: float,
    standard_error: float,
    other: float,
    other_standard_error: float,
    comparisons: int = 1,
) -> Estimate:
    """Return the difference of two independent estimates with its interval."""
    difference = value - other
    half = z_score(comparisons) * math.hypot(standard_error, other_standard_error)
    return Estimate(difference, difference - half, difference + half)
