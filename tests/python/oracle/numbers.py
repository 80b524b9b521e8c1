"""Rounding as the contract states it, and intervals by their definition."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import sqrt

Number = int | Decimal | Fraction

#: Standard errors on either side of a 95 % interval.
Z = 1.959964


def rounded(value: Number, digits: int) -> Decimal:
    """Round an exact value, halves away from zero."""
    exact = Fraction(value)
    with localcontext(prec=60):
        return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(
            Decimal(1).scaleb(-digits), ROUND_HALF_UP
        )


def ratio(numerator: Number, denominator: Number, digits: int = 6) -> Decimal | None:
    """Divide exactly, then round; NULL where there is nothing to divide by."""
    if denominator == 0:
        return None
    return rounded(Fraction(numerator) / Fraction(denominator), digits)


def hours(seconds: Number) -> Decimal:
    """Return seconds as hours with four decimals."""
    return rounded(Fraction(seconds) / 3600, 4)


def wilson(successes: int, trials: int) -> tuple[float | None, float | None]:
    """Return the 95 % Wilson interval: where a share is 1.96 errors from p."""
    if trials == 0:
        return None, None
    # The two roots of (share - p)² n = z² p (1 - p).
    share = successes / trials
    square = 1 + Z**2 / trials
    half_linear = share + Z**2 / (2 * trials)
    root = sqrt(max(0.0, half_linear**2 - square * share**2))
    return (half_linear - root) / square, (half_linear + root) / square


def percentile(values: Sequence[Number], share: Fraction) -> Fraction:
    """Return the value at a share of the way, between its neighbours."""
    ordered = sorted(Fraction(value) for value in values)
    place = (len(ordered) - 1) * share
    below = ordered[int(place)]
    above = ordered[min(int(place) + 1, len(ordered) - 1)]
    return below + (above - below) * (place - int(place))
