"""Platform growth: paid members at the end of each month."""

from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.palette import ACCENT, CONTRAST, INK
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_selected_rows,
    complete_months,
    layered,
    month_axis,
    to_rows,
)
from streaming_analytics.report.wording import (
    count,
    month_name,
    number,
    percent,
    the_place,
)

_YEAR = 12


def forecast_at_end(marts: Marts, region: str) -> pd.Series | None:
    """Return the furthest month of the forecast; None where there is none."""
    ahead = marts.of_region("forecast", region)
    return None if ahead.empty else ahead.iloc[-1]


def is_informed(forecast: pd.Series) -> bool:
    """Return whether such forecasts missed by less than "nothing changes" did."""
    ours, naive = forecast["backtest_mape_rate"], forecast["naive_mape_rate"]
    return ours is not None and naive is not None and ours < naive


def _rows(marts: Marts) -> list[Row]:
    fields = ["region_code", "month_start_date", "closing_members", "closing_mrr_usd"]
    ahead = ["region_code", "month_start_date", "forecast_members"]
    bounds = ["forecast_members_lower", "forecast_members_upper"]
    observed = to_rows(marts["growth"], fields)
    # The fan opens at the last month that was observed.
    newest = max((row["month_start_date"] for row in observed), default="")
    predicted = {row["region_code"] for row in to_rows(marts["forecast"], ahead)}
    rows = [
        row
        | dict.fromkeys(
            ["forecast_members", *bounds],
            row["closing_members"]
            if row["month_start_date"] == newest and row["region_code"] in predicted
            else None,
        )
        for row in observed
    ]
    none = {"closing_members": None, "closing_mrr_usd": None}
    return rows + [row | none for row in to_rows(marts["forecast"], ahead + bounds)]


def _chart(marts: Marts) -> Any:
    members: dict[str, Any] = {
        "title": "paid members",
        "axis": alt.Axis(tickCount=5),
        "scale": alt.Scale(zero=True),
    }
    base = chart_of_selected_rows().encode(
        x=alt.X("month_start_date:T", scale=alt.Scale(type="utc"), axis=month_axis()),
        tooltip=[
            alt.Tooltip(
                "month_start_date:T", title="Month", format="%B %Y", formatType="utc"
            ),
            alt.Tooltip("closing_members:Q", title="Members", format=",.0f"),
            alt.Tooltip("closing_mrr_usd:Q", title="MRR, US dollars", format=",.0f"),
        ],
    )
    observed = base.transform_filter("datum.closing_members !== null").encode(
        y=alt.Y("closing_members:Q", **members)
    )
    ahead = base.transform_filter("datum.forecast_members !== null").encode(
        y=alt.Y("forecast_members:Q", **members),
        tooltip=[
            alt.Tooltip(
                "month_start_date:T", title="Month", format="%B %Y", formatType="utc"
            ),
            alt.Tooltip("forecast_members:Q", title="Forecast", format=",.0f"),
            alt.Tooltip("forecast_members_lower:Q", title="from", format=",.0f"),
            alt.Tooltip("forecast_members_upper:Q", title="to", format=",.0f"),
        ],
    )
    last = observed.transform_window(
        place="rank()", sort=[alt.SortField("month_start_date", "descending")]
    ).transform_filter("datum.place == 1")
    return layered(
        observed.mark_area(color=ACCENT, opacity=0.12),
        ahead.mark_area(color=CONTRAST, opacity=0.18).encode(
            y=alt.Y("forecast_members_lower:Q", **members),
            y2="forecast_members_upper:Q",
        ),
        ahead.mark_line(color=CONTRAST, strokeWidth=2, strokeDash=[4, 3]),
        observed.mark_line(color=ACCENT, strokeWidth=2.5),
        # Wide and unseen: a place for the pointer.
        observed.mark_point(size=220, opacity=0),
        ahead.mark_point(size=220, opacity=0),
        last.mark_point(color=ACCENT, filled=True, size=60, opacity=1),
        last.mark_text(
            align="right", dy=-14, color=INK, fontWeight="bold", fontSize=13
        ).encode(text=alt.Text("closing_members:Q", format=",.0f")),
    )


def _finding(marts: Marts, region: str) -> str:
    months = marts.of_region("growth", region)
    if months.empty:
        return "No complete month yet"
    newest = months.iloc[-1]
    members = int(newest["closing_members"])
    month = month_name(newest["month_start_date"])
    if not months["closing_members"].sum():
        return "Nobody has been a paid member yet"
    place = "" if region == ALL else f" in {the_place(marts.regions[region])}"
    before = months.iloc[-1 - _YEAR] if len(months) > _YEAR else months.iloc[0]
    start = int(before["closing_members"])
    told = count(members, "paid member")
    if len(months) == 1:
        return f"{told}{place} at the end of {month}"
    since = (
        "a year before"
        if len(months) > _YEAR
        else f"in {month_name(before['month_start_date'])}"
    )
    if start == members:
        return f"{told}{place} at the end of {month}, as many as {since}"
    if not start:
        return f"{told}{place} at the end of {month}, none {since}"
    direction = "up" if members > start else "down"
    return (
        f"{told}{place} at the end of {month}, {direction} "
        f"{percent(abs(members - start) / start)} from {number(start)} {since}"
    )


def _note(marts: Marts, region: str) -> str:
    ahead = forecast_at_end(marts, region)
    if ahead is None:
        return ""
    month = month_name(ahead["month_start_date"])
    text = (
        f"Forecast for {month}: {number(ahead['forecast_members'])} members, 95% "
        f"interval {number(ahead['forecast_members_lower'])} to "
        f"{number(ahead['forecast_members_upper'])}"
    )
    if ahead["backtest_mape_rate"] is None:
        return f"{text}; no such forecast could be checked yet."
    checked = (
        f"{text}. Such forecasts missed by {percent(ahead['backtest_mape_rate'])} on "
        f"average, {count(int(ahead['backtest_forecasts']), 'time')} checked"
    )
    if is_informed(ahead):
        return f"{checked}."
    return f"{checked}: no better than saying that nothing changes."


PANEL = Panel(
    key="growth",
    topic="Platform growth",
    queries=("growth", "forecast", "regions", "period"),
    region="filter",
    subtitle=lambda marts: (
        "Paid members at the end of each month, number; shaded: 95% interval"
    ),
    reading="A line over months; the table has each month's members.",
    columns=(
        Column("month_start_date", "Month", "month"),
        Column("closing_members", "Members", "integer"),
        Column("closing_mrr_usd", "MRR", "usd"),
        Column("forecast_members", "Forecast", "integer"),
        Column("forecast_members_lower", "from", "integer"),
        Column("forecast_members_upper", "to", "integer"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    legend=lambda marts: (
        {"members": ACCENT, "forecast": CONTRAST} if len(marts["forecast"]) else {}
    ),
    period=complete_months,
)
