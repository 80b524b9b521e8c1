"""Targets of the newest complete month, and how far the platform is from them."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from streaming_analytics.report.marts import Marts
from streaming_analytics.report.measures import churn, revenue_per_member, stickiness
from streaming_analytics.report.wording import number, percent, points, usd


@dataclass(frozen=True)
class _Measure:
    """A figure that may have a target.

    Attributes:
        metric: Its name in `fct_targets`.
        of: Its value in a month.
        show: The value in words.
        is_rate: Whether it is told apart in percentage points.
    """

    metric: str
    of: Callable[[pd.Series], float | None]
    show: Callable[[float | None], str]
    is_rate: bool = False


def _column(name: str) -> Callable[[pd.Series], float | None]:
    return lambda month: month[name]


def _cents(amount: float | None) -> str:
    return usd(amount, 2)


def _hours(hours: float | None) -> str:
    return f"{number(hours)} h"


def _rate(ratio: float | None) -> str:
    return percent(ratio, 1)


# By the figure's key.
_MEASURES = {
    "members": _Measure("members", _column("closing_members"), number),
    "signups": _Measure("signups", _column("signups"), number),
    "mrr": _Measure("mrr", _column("closing_mrr_usd"), usd),
    "arm": _Measure("arm", revenue_per_member, _cents),
    "churn": _Measure("gross_churn_rate", churn, _rate, is_rate=True),
    "active": _Measure("monthly_active_users", _column("monthly_active_users"), number),
    "hours": _Measure("watched_hours", _column("watched_hours"), _hours),
    "stickiness": _Measure("stickiness", stickiness, _rate, is_rate=True),
}


def target_metrics() -> dict[str, str]:
    """Return the metric that a target names, by the figure's key."""
    return {key: measure.metric for key, measure in _MEASURES.items()}


def target(marts: Marts, key: str, month: pd.Series) -> str:
    """Say a figure's target for a month and how far the figure is from it.

    Empty where nobody set a target, or the figure is not known.

    >>> _distance(_MEASURES["members"], 50440, 52000)
    'target 52,000, 3.0% below'
    """
    measure, targets = _MEASURES[key], marts["targets"]
    value = measure.of(month)
    if targets.empty or value is None:
        return ""
    found = targets[
        (targets["metric_name"] == measure.metric)
        & (targets["month_start_date"] == month["month_start_date"])
    ]
    if found.empty:
        return ""
    return _distance(measure, value, float(found["target_value"].iloc[0]))


def _distance(measure: _Measure, value: float, wanted: float) -> str:
    told = f"target {measure.show(wanted)}"
    difference = value - wanted
    if measure.is_rate:
        away = points(abs(difference)).removeprefix("+")
    elif wanted:
        away = percent(abs(difference) / wanted, 1)
    else:
        away = measure.show(abs(difference))
    if measure.show(value) == measure.show(wanted):
        return f"{told}, reached"
    return f"{told}, {away} {'above' if difference > 0 else 'below'}"
