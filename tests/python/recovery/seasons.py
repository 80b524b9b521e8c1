"""The seasons of two years of daily sign-ups, worked out beside the models."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def month_indices(first: date, daily: Floats) -> Floats:
    """Return twelve indices with mean 1 for each series of days.

    A month ÷ the mean of the two 12-month means around it, where 13 months are known.

    Args:
        first: First day, that of a month.
        daily: Series x day, whole months.
    """
    days = [first + timedelta(days=age) for age in range(daily.shape[1])]
    number = np.array([day.year * 12 + day.month - 1 for day in days])
    months = np.stack(
        [daily[:, number == one].sum(axis=1) for one in np.unique(number)]
    )
    ratios: list[list[Floats]] = [[] for _ in range(12)]
    for at in range(6, len(months) - 6):
        two_years = months[at - 6 : at + 6].sum(axis=0) + months[at - 5 : at + 7].sum(
            axis=0
        )
        ratios[(first.month - 1 + at) % 12].append(months[at] * 24 / two_years)
    index = np.stack([np.mean(ratio, axis=0) for ratio in ratios], axis=1)
    return index / index.mean(axis=1, keepdims=True)


def weekday_indices(first: date, daily: Floats) -> Floats:
    """Return seven indices with mean 1, Monday first, for each series of days.

    The sum over a weekday's days ÷ the sum of the weekly means around them.
    """
    last = daily.shape[1] - 6
    week = np.stack([daily[:, shift : shift + last] for shift in range(7)]).mean(axis=0)
    middle = daily[:, 3:-3]
    weekday = (first.weekday() + 3 + np.arange(last)) % 7
    index = np.stack(
        [
            middle[:, weekday == day].sum(axis=1) / week[:, weekday == day].sum(axis=1)
            for day in range(7)
        ],
        axis=1,
    )
    return index / index.mean(axis=1, keepdims=True)
