"""Who comes and who goes: gross adds and cancels by month."""

from typing import Any

import altair as alt

from streaming_analytics.palette import ACCENT, CONTRAST, INK
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
from streaming_analytics.report.wording import count, number, signed, the_place

_MONTHS = 12


def _rows(marts: Marts) -> list[Row]:
    fields = ["region_code", "month_start_date", "gross_adds", "cancels", "net_adds"]
    # The first month holds everyone who was there when the data began.
    return [
        row | {"cancels_below": -row["cancels"]}
        for row in to_rows(marts["growth"], fields)
        if row["month_start_date"] != _first_month(marts)
    ]


def _first_month(marts: Marts) -> str:
    growth = marts["growth"]
    return "" if growth.empty else growth["month_start_date"].min().isoformat()


def _chart(marts: Marts) -> Any:
    base = chart_of_selected_rows().encode(
        x=month_band(),
        tooltip=[
            alt.Tooltip(
                "month_start_date:T", title="Month", format="%B %Y", formatType="utc"
            ),
            alt.Tooltip("gross_adds:Q", title="Gross adds", format=",.0f"),
            alt.Tooltip("cancels:Q", title="Cancels", format=",.0f"),
            alt.Tooltip("net_adds:Q", title="Net adds", format="+,.0f"),
        ],
    )
    signed = "datum.value == 0 ? '0' : format(datum.value, '+,')"
    axis = alt.Axis(labelExpr=signed, tickCount=6)
    title = "members a month"
    return layered(
        base.mark_bar(color=ACCENT).encode(
            y=alt.Y("gross_adds:Q", title=title, axis=axis, stack=None)
        ),
        base.mark_bar(color=CONTRAST).encode(
            y=alt.Y("cancels_below:Q", title=title, axis=axis, stack=None)
        ),
        base.mark_line(
            color=INK, strokeWidth=1.5, point={"size": 24, "color": INK}
        ).encode(y=alt.Y("net_adds:Q", title=title, axis=axis)),
    )


def _finding(marts: Marts, region: str) -> str:
    months = marts.of_region("growth", region).iloc[1:].tail(_MONTHS)
    if months.empty:
        return "No second month yet to compare adds and cancels in"
    adds, cancels = int(months["gross_adds"].sum()), int(months["cancels"].sum())
    place = "" if region == ALL else f" in {the_place(marts.regions[region])}"
    span = f"the last {count(len(months), 'month')}"
    if not adds and not cancels:
        return f"Nobody joined or left{place} in {span}"
    return (
        f"{number(adds)} joined and {number(cancels)} left{place} in {span}: "
        f"{signed(adds - cancels)} net"
    )


def _note(marts: Marts, region: str) -> str:
    months = marts.of_region("growth", region)
    if months.empty:
        return ""
    return (
        "The first month of the data is left out: its "
        f"{count(int(months['gross_adds'].iloc[0]), 'add')} "
        "came with the start of the platform."
    )


PANEL = Panel(
    key="movements",
    topic="Joining and leaving",
    queries=("growth", "regions"),
    region="filter",
    subtitle=lambda marts: (
        "Members who joined (+) and who left (\N{MINUS SIGN}) each month; line: net"
    ),
    reading="Bars above zero for gross adds, below zero for cancels; a line for net.",
    columns=(
        Column("month_start_date", "Month", "month"),
        Column("gross_adds", "Gross adds", "integer"),
        Column("cancels", "Cancels", "integer"),
        Column("net_adds", "Net adds", "integer"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    legend=lambda marts: {"joined": ACCENT, "left": CONTRAST, "net": INK},
    period=lambda marts: complete_months(marts, first=1),
)
