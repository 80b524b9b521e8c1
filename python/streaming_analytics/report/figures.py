"""Key figures of the newest complete month, beside those of a year before."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from streaming_analytics.report.intervals import share, share_difference
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.measures import churn, revenue_per_member, stickiness
from streaming_analytics.report.targets import target
from streaming_analytics.report.wording import (
    NONE,
    interval,
    month_name,
    month_of_year,
    number,
    percent,
    points,
    signed,
    usd,
)

_YEAR = 12
_NOTHING_EARLIER = "no earlier month to compare with"


@dataclass(frozen=True)
class Figure:
    """One number with what it was before.

    Attributes:
        key: Its name in the page.
        label: What it is.
        value: As shown, with its unit.
        change: Against the same month of the year before, in words; against the month
            before, and marked so, where there is no such year.
        before: The value of the month before, season and all; empty where `change`
            tells it.
        detail: What it is of, and its interval; may be empty.
        direction: up, down or level, as told by the change; never good or bad.
        series: Its values by month, oldest first; None where unknown.
        target: What the platform was to reach, and how far it is from that; empty where
            nobody set a target.
    """

    key: str
    label: str
    value: str
    change: str
    before: str
    detail: str
    direction: str
    series: tuple[float | None, ...]
    target: str = ""

    def as_row(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)


@dataclass(frozen=True)
class _Times:
    """The newest month, and those it is compared with.

    Attributes:
        now: The newest complete month.
        year: The same month of the year before; None in the first year.
        month: The month before; None in the first month.
    """

    now: pd.Series
    year: pd.Series | None
    month: pd.Series | None

    @property
    def base(self) -> pd.Series | None:
        """What a change is told against."""
        return self.month if self.year is None else self.year

    @property
    def base_name(self) -> str:
        """What `base` is called."""
        if self.year is not None:
            return month_name(self.year["month_start_date"])
        if self.month is None:
            return ""
        return f"{month_of_year(self.month['month_start_date'].month)}, season included"

    def of(self, measure: Callable[[pd.Series], float | None]) -> "_Values":
        """Return a measure of each of the months."""

        def known(row: pd.Series | None) -> float | None:
            return None if row is None else measure(row)

        return _Values(
            measure(self.now), known(self.base), known(self.month), self.base_name
        )

    def before(self, shown: str) -> str:
        """Say what the month before had, unless the change says it already."""
        if self.year is None or self.month is None:
            return ""
        return f"{month_of_year(self.month['month_start_date'].month)}: {shown}"


@dataclass(frozen=True)
class _Values:
    now: float | None
    base: float | None
    month: float | None
    base_name: str


def key_figures(marts: Marts, region: str) -> list[Figure]:
    """Return the figures of a region, or of the platform for `ALL`.

    Empty when there is no complete month.
    """
    months = _months(marts, region)
    if months.empty:
        return []
    times = _Times(
        months.iloc[-1],
        months.iloc[-1 - _YEAR] if len(months) > _YEAR else None,
        months.iloc[-2] if len(months) > 1 else None,
    )
    # The first month's adds and bills are those of the start.
    usual = months.iloc[1:] if len(months) > 1 else months
    figures = [
        _counted(_MEMBERS, months, times),
        _counted(_SIGNUPS, usual, times),
        _counted(_MRR, months, times),
        _revenue_per_member(usual, times),
        _churn(usual, times),
        _counted(_ACTIVE, months, times),
        _hours(months, times),
        _stickiness(months, times),
    ]
    # Targets are of the whole platform.
    if region != ALL:
        return figures
    return [
        replace(figure, target=target(marts, figure.key, times.now))
        for figure in figures
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
_MRR = _Count(
    "mrr", "Recurring revenue", "closing_mrr_usd", "MRR: a month, contracted", usd
)
_ACTIVE = _Count(
    "active", "Active in 28 days", "monthly_active_users", "accounts with a view"
)


def _counted(what: _Count, months: pd.DataFrame, times: _Times) -> Figure:
    told = times.of(lambda row: row[what.column])
    change, direction = relative_change(told.now, told.base, told.base_name, what.show)
    return Figure(
        what.key,
        what.label,
        what.show(told.now),
        change,
        times.before(what.show(told.month)),
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
        return _NOTHING_EARLIER, "level"
    difference = value - earlier
    if not difference:
        return f"as in {month}", "level"
    direction = "up" if difference > 0 else "down"
    sign = "+" if difference > 0 else ""
    if not earlier:
        return f"{sign}{show(difference)} from none in {month}", direction
    share_text = signed(difference / earlier * 100, 1)
    return f"{sign}{show(difference)} ({share_text}%) on {month}", direction


def _revenue_per_member(months: pd.DataFrame, times: _Times) -> Figure:
    def cents(amount: float | None) -> str:
        return usd(amount, 2)

    told = times.of(revenue_per_member)
    series = tuple(revenue_per_member(row) for _, row in months.iterrows())
    label = "Revenue per member"
    if told.now is None:
        return Figure("arm", label, NONE, "no payments", "", "", "level", series)
    change, direction = relative_change(told.now, told.base, told.base_name, cents)
    return Figure(
        "arm",
        label,
        cents(told.now),
        change,
        times.before(cents(told.month)),
        "revenue of the month \N{DIVISION SIGN} average members",
        direction,
        series,
    )


def _churn(months: pd.DataFrame, times: _Times) -> Figure:
    label = "Monthly churn"
    series = tuple(churn(row) for _, row in months.iterrows())
    now, base = times.now, times.base
    rate = share(now["cancels"], now["opening_members"])
    if rate is None:
        change = "no members at the start of the month"
        return Figure("churn", label, NONE, change, "", "", "level", series)
    change, direction = _NOTHING_EARLIER, "level"
    difference = None
    if base is not None:
        difference = share_difference(
            now["cancels"],
            now["opening_members"],
            base["cancels"],
            base["opening_members"],
        )
    if difference is not None and difference.excludes_zero:
        change = f"{points(difference.value)} on {times.base_name}"
        direction = "up" if difference.value > 0 else "down"
    elif difference is not None:
        change = f"no clear change on {times.base_name}"
    return Figure(
        "churn",
        label,
        percent(rate.value, 1),
        change,
        times.before(percent(times.of(churn).month, 1)),
        f"of {number(now['opening_members'])} at its start; "
        f"{interval(rate.lower, rate.upper)}",
        direction,
        series,
    )


def _hours(months: pd.DataFrame, times: _Times) -> Figure:
    # By day, so that February does not fall.
    def a_day(row: pd.Series) -> float | None:
        return _per_day(row["watched_hours"], row["month_start_date"])

    told = times.of(a_day)
    change, direction = _NOTHING_EARLIER, "level"
    if told.now is not None and told.base:
        ratio = told.now / told.base - 1
        text = signed(ratio * 100, 1)
        change = f"{text}% a day on {told.base_name}"
        direction = "up" if ratio > 0 else "down" if ratio < 0 else "level"
    value = times.now["watched_hours"]
    before = None if times.month is None else times.month["watched_hours"]
    return Figure(
        "hours",
        "Hours watched",
        NONE if value is None else f"{number(value)} h",
        change,
        times.before(NONE if before is None else f"{number(before)} h"),
        "" if told.now is None else f"{number(told.now, 1)} h a day",
        direction,
        tuple(a_day(row) for _, row in months.iterrows()),
    )


def _stickiness(months: pd.DataFrame, times: _Times) -> Figure:
    told = times.of(stickiness)
    change, direction = _NOTHING_EARLIER, "level"
    if told.now is not None and told.base is not None:
        difference = told.now - told.base
        change = f"{points(difference)} on {told.base_name}"
        direction = "up" if difference > 0 else "down" if difference < 0 else "level"
    return Figure(
        "stickiness",
        "Stickiness",
        percent(told.now, 1),
        change,
        times.before(percent(told.month, 1)),
        "mean daily \N{DIVISION SIGN} 28-day active accounts",
        direction,
        tuple(stickiness(row) for _, row in months.iterrows()),
    )


def _per_day(hours: float | None, month: date) -> float | None:
    return None if hours is None else hours / monthrange(month.year, month.month)[1]
