"""Key figures of the newest complete month, and how they changed."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pandas as pd

from streaming_analytics.report.intervals import share, share_difference
from streaming_analytics.report.marts import Marts
from streaming_analytics.report.wording import (
    NONE,
    interval,
    month_of_year,
    number,
    percent,
    points,
    signed,
    usd,
)

_NO_DIFFERENCE = "no clear change on {}"


@dataclass(frozen=True)
class Figure:
    """One number with what it was before.

    Attributes:
        key: Its name in the page.
        label: What it is.
        value: As shown, with its unit.
        change: Against the month before, in words.
        detail: What to know about it; may be empty.
        direction: up, down or level, as told by the change; never good or bad.
        series: Its values by month, oldest first; None where unknown.
    """

    key: str
    label: str
    value: str
    change: str
    detail: str
    direction: str
    series: tuple[float | None, ...]

    def as_row(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)


def key_figures(marts: Marts, region: str) -> list[Figure]:
    """Return the figures of a region, or of the platform for `ALL`.

    Empty when there is no complete month.
    """
    months = _months(marts, region)
    if months.empty:
        return []
    now = months.iloc[-1]
    before = months.iloc[-2] if len(months) > 1 else None
    # The first month's adds and bills are those of the start.
    usual = months.iloc[1:] if len(months) > 1 else months
    return [
        _counted(_MEMBERS, months, now, before),
        _counted(_SIGNUPS, usual, now, before),
        _counted(_MRR, months, now, before),
        _revenue_per_member(usual, now, before),
        _churn(usual, now, before),
        _counted(_ACTIVE, months, now, before),
        _hours(months, now, before),
        _stickiness(months, now, before),
    ]


def _months(marts: Marts, region: str) -> pd.DataFrame:
    """Return all measures by month, oldest first."""
    growth = marts.of_region("growth", region)
    if growth.empty:
        return growth
    for query in ("active_users", "viewing_months"):
        other = marts.of_region(query, region)
        columns = ["month_start_date", *_MEASURES[query]]
        if other.empty:
            other = pd.DataFrame(columns=columns, dtype=object)
        growth = growth.merge(other[columns], how="left", on="month_start_date")
    return growth.astype(object).where(growth.notna(), None)


_MEASURES = {
    "active_users": ["monthly_active_users", "user_days_in_window"],
    "viewing_months": ["watched_hours"],
}


@dataclass(frozen=True)
class _Count:
    """A count of a month: where it is and how it is told."""

    key: str
    label: str
    column: str
    detail: str
    show: Callable[[float | None], str] = number


_MEMBERS = _Count("members", "Paid members", "closing_members", "at the month's end")
_SIGNUPS = _Count("signups", "Sign-ups", "signups", "in the month")
_MRR = _Count("mrr", "Recurring revenue", "closing_mrr_usd", "a month, contracted", usd)
_ACTIVE = _Count(
    "active", "Active accounts", "monthly_active_users", "in the last 28 days"
)


def _counted(
    what: _Count, months: pd.DataFrame, now: pd.Series, before: pd.Series | None
) -> Figure:
    value = now[what.column]
    earlier = None if before is None else before[what.column]
    change, direction = relative_change(value, earlier, _month(before), what.show)
    return Figure(
        what.key,
        what.label,
        what.show(value),
        change,
        what.detail,
        direction,
        tuple(months[what.column]),
    )


def relative_change(
    value: float | None,
    earlier: float | None,
    month: str,
    show: Callable[[float | None], str] = number,
) -> tuple[str, str]:
    """Return the change of a count in words, and its direction."""
    if value is None or earlier is None:
        return "no earlier month to compare with", "level"
    difference = value - earlier
    if not difference:
        return f"as in {month}", "level"
    direction = "up" if difference > 0 else "down"
    sign = "+" if difference > 0 else ""
    if not earlier:
        return f"{sign}{show(difference)} from none in {month}", direction
    share_text = signed(difference / earlier * 100, 1)
    return f"{sign}{show(difference)} ({share_text}%) on {month}", direction


def _revenue_per_member(
    months: pd.DataFrame, now: pd.Series, before: pd.Series | None
) -> Figure:
    series = tuple(
        _ratio(revenue, members)
        for revenue, members in zip(
            months["revenue_usd"], months["average_members"], strict=True
        )
    )
    value = _ratio(now["revenue_usd"], now["average_members"])
    earlier = (
        None
        if before is None
        else _ratio(before["revenue_usd"], before["average_members"])
    )

    def cents(amount: float | None) -> str:
        return usd(amount, 2)

    change, direction = relative_change(value, earlier, _month(before), cents)
    return Figure(
        "arm", "Revenue per member", cents(value), change, "a month", direction, series
    )


def _churn(months: pd.DataFrame, now: pd.Series, before: pd.Series | None) -> Figure:
    label = "Monthly churn"
    series = tuple(
        _ratio(cancels, members)
        for cancels, members in zip(
            months["cancels"], months["opening_members"], strict=True
        )
    )
    rate = share(now["cancels"], now["opening_members"])
    if rate is None:
        change = "no members at the start of the month"
        return Figure("churn", label, NONE, change, "", "level", series)
    change, direction = "no earlier month to compare with", "level"
    difference = None
    if before is not None:
        difference = share_difference(
            now["cancels"],
            now["opening_members"],
            before["cancels"],
            before["opening_members"],
        )
    if difference is not None:
        month = _month(before)
        if difference.excludes_zero:
            change = f"{points(difference.value)} on {month}"
            direction = "up" if difference.value > 0 else "down"
        else:
            change = _NO_DIFFERENCE.format(month)
    detail = interval(rate.lower, rate.upper)
    return Figure(
        "churn", label, percent(rate.value, 1), change, detail, direction, series
    )


def _hours(months: pd.DataFrame, now: pd.Series, before: pd.Series | None) -> Figure:
    value = now["watched_hours"]
    series = tuple(
        _per_day(hours, month)
        for hours, month in zip(
            months["watched_hours"], months["month_start_date"], strict=True
        )
    )
    # By day, so that February does not fall.
    a_day = _per_day(value, now["month_start_date"])
    earlier = (
        None
        if before is None
        else _per_day(before["watched_hours"], before["month_start_date"])
    )
    change, direction = "no earlier month to compare with", "level"
    if a_day is not None and earlier:
        ratio = a_day / earlier - 1
        text = signed(ratio * 100, 1)
        change = f"{text}% a day on {_month(before)}"
        direction = "up" if ratio > 0 else "down" if ratio < 0 else "level"
    detail = "" if a_day is None else f"{number(a_day, 1)} h a day"
    shown = NONE if value is None else f"{number(value)} h"
    return Figure("hours", "Hours watched", shown, change, detail, direction, series)


def _stickiness(
    months: pd.DataFrame, now: pd.Series, before: pd.Series | None
) -> Figure:
    days = 28

    def stickiness(row: pd.Series) -> float | None:
        users = row["monthly_active_users"]
        return _ratio(row["user_days_in_window"], users * days if users else None)

    value = stickiness(now)
    earlier = None if before is None else stickiness(before)
    change, direction = "no earlier month to compare with", "level"
    if value is not None and earlier is not None:
        difference = value - earlier
        change = f"{points(difference)} on {_month(before)}"
        direction = "up" if difference > 0 else "down" if difference < 0 else "level"
    return Figure(
        "stickiness",
        "Stickiness",
        percent(value, 1),
        change,
        "daily of 28-day active",
        direction,
        tuple(stickiness(row) for _, row in months.iterrows()),
    )


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _per_day(hours: float | None, month: date) -> float | None:
    return None if hours is None else hours / monthrange(month.year, month.month)[1]


def _month(row: pd.Series | None) -> str:
    return "" if row is None else month_of_year(row["month_start_date"].month)
