"""Seasons of sign-ups: what a month of the year adds to the trend."""

import math
from dataclasses import dataclass
from typing import Any

import altair as alt

from streaming_analytics.palette import ACCENT, INK, MUTED
from streaming_analytics.report.intervals import Estimate, z_score
from streaming_analytics.report.marts import Marts
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_rows,
    complete_months,
    layered,
    to_rows,
)
from streaming_analytics.report.wording import count, listing, number

_FIELDS = [
    "season_name",
    "season_number",
    "observations",
    "signups",
    "seasonality_index",
]
_NAMED = 3


@dataclass(frozen=True)
class Season:
    """A month of the year or a weekday with its index, 1 being the trend."""

    name: str
    index: Estimate
    observations: int


def seasons(marts: Marts, season_type: str, comparisons: int = 1) -> list[Season]:
    """Return the seasons with an index, in the order of the calendar.

    The interval is that of a count of sign-ups (Poisson): the trend is taken as known,
    and whether the next year will be like this one is not in it.
    """
    frame = marts["seasons"]
    if frame.empty:
        return []
    known = frame[frame["season_type"] == season_type].dropna(
        subset=["seasonality_index"]
    )
    return [
        Season(name, _with_interval(index, signups, comparisons), observations)
        for name, index, signups, observations in zip(
            known["season_name"],
            known["seasonality_index"],
            known["signups"],
            known["observations"],
            strict=True,
        )
        if signups
    ]


def _with_interval(index: float, signups: int, comparisons: int) -> Estimate:
    half = z_score(comparisons) * index / math.sqrt(signups)
    return Estimate(index, max(0.0, index - half), index + half)


def clear_seasons(marts: Marts, season_type: str) -> tuple[list[Season], list[Season]]:
    """Return the seasons clearly above and clearly below the trend, extremes first.

    Each is held against the trend, so the interval is widened for as many as there are.
    """
    all_of_them = seasons(marts, season_type)
    known = seasons(marts, season_type, comparisons=len(all_of_them))
    above = [season for season in known if season.index.lower > 1]
    below = [season for season in known if season.index.upper < 1]
    return (
        sorted(above, key=lambda season: -season.index.value),
        sorted(below, key=lambda season: season.index.value),
    )


def years_behind(marts: Marts) -> int:
    """Return how many years the months' indices rest on, at the most."""
    return max((season.observations for season in seasons(marts, "month")), default=0)


def _rows(marts: Marts) -> list[Row]:
    known = {season.name: season for season in seasons(marts, "month")}
    return [
        row
        | {
            "short_name": row["season_name"][:3],
            "index_lower": known[row["season_name"]].index.lower,
            "index_upper": known[row["season_name"]].index.upper,
        }
        for row in to_rows(marts["seasons"], _FIELDS)
        if row["season_name"] in known
    ]


def _chart(marts: Marts) -> Any:
    index: dict[str, Any] = {
        "title": "times the trend",
        "axis": alt.Axis(tickCount=5, format=".1f"),
        "scale": alt.Scale(zero=True),
    }
    base = chart_of_rows().encode(
        x=alt.X(
            "short_name:N",
            sort=[row["short_name"] for row in _rows(marts)],
            title=None,
            axis=alt.Axis(labelAngle=0, ticks=False),
        ),
        tooltip=[
            alt.Tooltip("season_name:N", title="Month"),
            alt.Tooltip("seasonality_index:Q", title="Times the trend", format=".2f"),
            alt.Tooltip("signups:Q", title="Sign-ups"),
            alt.Tooltip("observations:Q", title="Years"),
        ],
    )
    trend = chart_of_rows().transform_calculate(one="1")
    return layered(
        base.mark_bar(color=ACCENT, opacity=0.85).encode(
            y=alt.Y("seasonality_index:Q", **index)
        ),
        base.mark_rule(color=INK, strokeWidth=1.5).encode(
            y=alt.Y("index_lower:Q", **index), y2="index_upper:Q"
        ),
        trend.mark_rule(color=MUTED, strokeDash=[3, 3]).encode(
            y=alt.Y(field="one", aggregate="mean", type="quantitative", **index)
        ),
    )


def _finding(marts: Marts, region: str) -> str:
    if not seasons(marts, "month"):
        return "Too few months yet to tell a season from a trend"
    above, below = clear_seasons(marts, "month")
    if not above and not below:
        return "No month of the year stands out clearly from the trend"
    parts = []
    if above:
        parts.append(
            f"{_names(above)} {'brings' if len(above) == 1 else 'bring'} clearly more "
            "sign-ups than the trend"
        )
    if below:
        verb = "brings" if len(below) == 1 else "bring"
        parts.append(
            f"{_names(below)} fewer"
            if above
            else f"{_names(below)} {verb} clearly fewer sign-ups than the trend"
        )
    return ", ".join(parts)


def _names(found: list[Season]) -> str:
    names = [season.name for season in found[:_NAMED]]
    more = len(found) - len(names)
    return listing([*names, f"{number(more)} more"] if more else names)


def _note(marts: Marts, region: str) -> str:
    years = years_behind(marts)
    caution = " and not yet a habit" if years == 1 else ""
    return (
        f"Each month of the year rests on at most {count(years, 'year')}: what that "
        f"year did{caution}. Intervals are those of the counts."
    )


PANEL = Panel(
    key="seasons",
    topic="Seasons",
    queries=("seasons",),
    region="none",
    subtitle=lambda marts: (
        "Sign-ups by month of the year, times their trend (1 = as the trend), with 95% "
        "intervals"
    ),
    reading="A bar per month of the year around a line at 1, the trend.",
    columns=(
        Column("season_name", "Month", "text"),
        Column("seasonality_index", "Times the trend", "stars"),
        Column("index_lower", "from", "stars"),
        Column("index_upper", "to", "stars"),
        Column("signups", "Sign-ups", "integer"),
        Column("observations", "Years", "integer"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    period=complete_months,
)
