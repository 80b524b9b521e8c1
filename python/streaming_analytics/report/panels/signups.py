"""Sign-up trends: new accounts by month."""

from statistics import median
from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.palette import ACCENT, CONTRAST
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_selected_rows,
    complete_months,
    layered,
    month_band,
    to_rows,
)
from streaming_analytics.report.wording import count, month_name, number, the_place


def counted_months(marts: Marts, region: str) -> pd.DataFrame:
    """Return the months that can be compared: all but the first of the data."""
    return marts.of_region("growth", region).iloc[1:]


def _rows(marts: Marts) -> list[Row]:
    growth = marts["growth"]
    if growth.empty:
        return []
    after_first = growth[growth["month_start_date"] > growth["month_start_date"].min()]
    return to_rows(after_first, ["region_code", "month_start_date", "signups"])


def _chart(marts: Marts) -> Any:
    base = chart_of_selected_rows()
    bars = base.mark_bar(color=ACCENT).encode(
        x=month_band(),
        y=alt.Y("signups:Q", title="sign-ups a month", axis=alt.Axis(tickCount=5)),
        tooltip=[
            alt.Tooltip(
                "month_start_date:T", title="Month", format="%B %Y", formatType="utc"
            ),
            alt.Tooltip("signups:Q", title="Sign-ups", format=",.0f"),
        ],
    )
    usual = base.encode(y=alt.Y("signups:Q", aggregate="median"))
    return layered(
        bars,
        usual.mark_rule(color=CONTRAST, strokeWidth=1.5, strokeDash=[4, 3]),
    )


def _finding(marts: Marts, region: str) -> str:
    months = counted_months(marts, region)
    place = "" if region == ALL else f" in {the_place(marts.regions[region])}"
    if months.empty:
        return "No second month yet to see a trend in"
    if not months["signups"].sum():
        return f"Nobody signed up{place} after the first month"
    peak = months.loc[months["signups"].astype(int).idxmax()]
    usual = median(months["signups"])
    highest = int(peak["signups"])
    is_only = (months["signups"] == highest).sum() == 1
    top = (
        f"Sign-ups{place} peaked in {month_name(peak['month_start_date'])} at "
        f"{number(highest)}"
        if is_only
        else f"Sign-ups{place} never exceeded {number(highest)} in a month"
    )
    return (
        f"{top}, against {number(usual, 0 if usual % 1 == 0 else 1)} in a usual month"
    )


def _note(marts: Marts, region: str) -> str:
    months = marts.of_region("growth", region)
    if months.empty:
        return ""
    text = (
        "The first month of the data is left out: its "
        f"{count(int(months['signups'].iloc[0]), 'sign-up')} "
        "came with the start of the platform."
    )
    silent = int((months["signups"] == 0).sum())
    return f"{text} {count(silent, 'month')} had none." if silent else text


PANEL = Panel(
    key="signups",
    topic="Sign-up trends",
    queries=("growth", "regions"),
    region="filter",
    subtitle=lambda marts: (
        "Accounts that signed up each month, number; dashed: the median month"
    ),
    reading="A bar per month, and a line at the median month.",
    columns=(
        Column("month_start_date", "Month", "month"),
        Column("signups", "Sign-ups", "integer"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    period=lambda marts: complete_months(marts, first=1),
)
