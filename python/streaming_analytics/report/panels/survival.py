"""How long paid subscription periods (spells) last, by plan."""

from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.report.intervals import Estimate
from streaming_analytics.report.marts import Marts
from streaming_analytics.report.panels import curves
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    colour_of,
    no_note,
    to_rows,
)
from streaming_analytics.report.theme import series_colours
from streaming_analytics.report.wording import count, percent

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
    return curves.milestone(marts["survival_by_plan"], "plan_code")


def extremes(marts: Marts) -> tuple[pd.Series, pd.Series, Estimate] | None:
    """Return the plans that last longest and shortest, and what lies between."""
    return curves.extremes(marts["survival_by_plan"], "plan_code")


def _rows(marts: Marts) -> list[Row]:
    return to_rows(curves.well_known(marts["survival_by_plan"]), _FIELDS)


def _plans(marts: Marts) -> dict[str, str]:
    """Return the names of the plans by code, the cheapest first."""
    known = curves.well_known(marts["survival_by_plan"])
    if known.empty:
        return {}
    return dict(zip(known["plan_code"], known["plan_name"], strict=True))


def _chart(marts: Marts) -> Any:
    return curves.curves_with_bands(
        colour_of(series_colours(_plans(marts)), "plan_code"),
        alt.Tooltip("plan_name:N", title="Plan"),
        is_filtered=False,
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
