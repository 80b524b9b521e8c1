"""Platform growth: paid members at the end of each month."""

from typing import Any

import altair as alt

from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_selected_rows,
    layered,
    month_axis,
    no_note,
    to_rows,
)
from streaming_analytics.report.theme import ACCENT, INK
from streaming_analytics.report.wording import (
    count,
    month_name,
    number,
    percent,
    the_place,
)

_YEAR = 12


def _rows(marts: Marts) -> list[Row]:
    fields = ["region_code", "month_start_date", "closing_members", "closing_mrr_usd"]
    return to_rows(marts["growth"], fields)


def _chart(marts: Marts) -> Any:
    base = chart_of_selected_rows().encode(
        x=alt.X("month_start_date:T", scale=alt.Scale(type="utc"), axis=month_axis()),
        y=alt.Y("closing_members:Q", title="paid members", axis=alt.Axis(tickCount=5)),
        tooltip=[
            alt.Tooltip(
                "month_start_date:T", title="Month", format="%B %Y", formatType="utc"
            ),
            alt.Tooltip("closing_members:Q", title="Members", format=",.0f"),
            alt.Tooltip("closing_mrr_usd:Q", title="MRR, US dollars", format=",.0f"),
        ],
    )
    last = base.transform_window(
        place="rank()", sort=[alt.SortField("month_start_date", "descending")]
    ).transform_filter("datum.place == 1")
    return layered(
        base.mark_area(color=ACCENT, opacity=0.12),
        base.mark_line(color=ACCENT, strokeWidth=2.5),
        # Wide and unseen: a place for the pointer.
        base.mark_point(size=220, opacity=0),
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


PANEL = Panel(
    key="growth",
    topic="Platform growth",
    queries=("growth", "regions", "period"),
    region="filter",
    subtitle=lambda marts: "Paid members at the end of each month, number",
    reading="A line over months; the table has each month's members.",
    columns=(
        Column("month_start_date", "Month", "month"),
        Column("closing_members", "Members", "integer"),
        Column("closing_mrr_usd", "MRR", "usd"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=no_note,
)
