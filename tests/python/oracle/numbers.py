"""Rounding as the contract states it, and intervals from other people's code."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

Number = int | Decimal | Fraction


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
    """Return the 95 % Wilson interval of a share, as statsmodels works it out."""
    from statsmodels.stats.proportion import proportion_confint

    if trials == 0:
        return None, None
    return proportion_confint(successes, trials, alpha=0.05, method="wilson")


def percentile(values: Sequence[Number], share: Fraction) -> Fraction:
    """Return the value at a share of the way, between its neighbours."""
    ordered = sorted(Fraction(value) for value in values)
    place = (len(ordered) - 1) * share
    below = ordered[int(place)]
    above = ordered[min(int(place) + 1, len(ordered) - 1)]
    return below + (above - below) * (place - int(place))
