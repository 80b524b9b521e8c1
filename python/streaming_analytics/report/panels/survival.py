"""How long paid subscription periods (spells) last, by plan."""

from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.report.intervals import Estimate, normal_difference
from streaming_analytics.report.marts import Marts
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_rows,
    colour_of,
    layered,
    no_note,
    to_rows,
)
from streaming_analytics.report.theme import series_colours
from streaming_analytics.report.wording import count, percent

_LEAST_AT_RISK = 20
_MILESTONES = (12, 6, 3, 1)
_FIELDS = [
    "plan_code",
    "plan_name",
    "plan_rank",
    "tenure_month",
    "at_risk_spells",
    "survival_rate",
    "survival_rate_lower",
    "survival_rate_upper",
]


def milestone(marts: Marts) -> int | None:
    """Return the longest span that enough spells of every plan can have reached."""
    known = _well_known(marts)
    if known.empty:
        return None
    plans = known["plan_code"].nunique()
    for months in _MILESTONES:
        if known.loc[known["tenure_month"] == months, "plan_code"].nunique() == plans:
            return months
    return None


def extremes(marts: Marts) -> tuple[pd.Series, pd.Series, Estimate] | None:
    """Return the plans that last longest and shortest at the milestone.

    None with fewer than two plans. Picking one of all pairs is paid for with a wider
    interval.
    """
    months = milestone(marts)
    if months is None:
        return None
    known = _well_known(marts)
    at = known[known["tenure_month"] == months].sort_values("survival_rate")
    if len(at) < 2:
        return None
    shortest, longest = at.iloc[0], at.iloc[-1]
    difference = normal_difference(
        longest["survival_rate"],
        longest["survival_rate_standard_error"],
        shortest["survival_rate"],
        shortest["survival_rate_standard_error"],
        comparisons=len(at) * (len(at) - 1) // 2,
    )
    return longest, shortest, difference


def _well_known(marts: Marts) -> pd.DataFrame:
    survival = marts["survival_by_plan"]
    if survival.empty:
        return survival
    return survival[survival["at_risk_spells"] >= _LEAST_AT_RISK].dropna(
        subset=["survival_rate_standard_error"]
    )


def _rows(marts: Marts) -> list[Row]:
    return to_rows(_well_known(marts), _FIELDS)


def _plans(marts: Marts) -> dict[str, str]:
    """Return the names of the plans by code, the cheapest first."""
    known = _well_known(marts)
    if known.empty:
        return {}
    return dict(zip(known["plan_code"], known["plan_name"], strict=True))


def _chart(marts: Marts) -> Any:
    base = chart_of_rows().encode(
        x=alt.X(
            "tenure_month:Q",
            title="full months since the first paid day",
            axis=alt.Axis(values=list(range(0, 61, 3)), grid=False),
        ),
        color=colour_of(series_colours(_plans(marts)), "plan_code"),
    )
    rate = alt.Y(
        "survival_rate:Q",
        title="subscription periods that last longer, %",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    lines = base.encode(
        y=rate,
        tooltip=[
            alt.Tooltip("plan_name:N", title="Plan"),
            alt.Tooltip("tenure_month:Q", title="Months"),
            alt.Tooltip("survival_rate:Q", title="Last longer", format=".0%"),
            alt.Tooltip("at_risk_spells:Q", title="Observed", format=",.0f"),
        ],
    )
    return layered(
        base.mark_area(opacity=0.1, interpolate="step-after").encode(
            y=alt.Y("survival_rate_lower:Q", title=None), y2="survival_rate_upper:Q"
        ),
        lines.mark_line(strokeWidth=2.5, interpolate="step-after"),
        lines.mark_point(size=160, opacity=0),
    )


def _finding(marts: Marts, region: str) -> str:
    found = extremes(marts)
    if found is None:
        return "Too few subscription periods yet to compare how long plans last"
    longest, shortest, difference = found
    span = count(milestone(marts) or 0, "month")
    if not difference.excludes_zero:
        return f"No clear difference between plans in how many last {span}"
    return (
        f"{longest['plan_name']} lasts: {percent(longest['survival_rate'])} outlive "
        f"{span}, against {percent(shortest['survival_rate'])} on "
        f"{shortest['plan_name']}"
    )


PANEL = Panel(
    key="survival",
    topic="Survival by plan",
    queries=("survival_by_plan",),
    region="none",
    subtitle=lambda marts: (
        "Paid subscription periods that outlive a tenure, % (Kaplan-Meier), with 95% "
        "intervals"
    ),
    reading="A falling stepped line per plan over months of tenure.",
    columns=(
        Column("plan_name", "Plan", "text"),
        Column("tenure_month", "Months", "integer"),
        Column("at_risk_spells", "Observed periods", "integer"),
        Column("survival_rate", "Last longer", "rate"),
        Column("survival_rate_lower", "from", "rate"),
        Column("survival_rate_upper", "to", "rate"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=no_note,
    legend=lambda marts: {
        _plans(marts)[code]: colour
        for code, colour in series_colours(_plans(marts)).items()
    },
    height=320,
)
