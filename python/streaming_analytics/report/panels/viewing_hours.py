"""When people watch: hour of the day by weekday, on their own clock."""

from typing import Any

import altair as alt

from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_selected_rows,
    layered,
    to_rows,
)
from streaming_analytics.report.theme import HEAT
from streaming_analytics.report.wording import clock, percent, the_place, weekday_name

_FIELDS = [
    "region_code",
    "local_weekday",
    "local_hour",
    "watched_hours",
    "watched_share",
]
_FRIDAY = 5
_DAYS = [weekday_name(day)[:3] for day in range(1, 8)]


def _rows(marts: Marts) -> list[Row]:
    return [
        row | {"weekday": weekday_name(row["local_weekday"])[:3]}
        for row in to_rows(marts["viewing_hours"], _FIELDS)
        if row["watched_share"] is not None
    ]


def _chart(marts: Marts) -> Any:
    return layered(
        chart_of_selected_rows()
        .mark_rect(stroke="#fbf9f4", strokeWidth=1)
        .encode(
            x=alt.X(
                "local_hour:O",
                title="local hour in which the play began",
                axis=alt.Axis(
                    labelAngle=0,
                    values=[0, 3, 6, 9, 12, 15, 18, 21],
                    labelExpr="datum.value == 0 ? '12 am' : datum.value == 12 ? "
                    "'noon' : datum.value < 12 ? datum.value + ' am' : "
                    "(datum.value - 12) + ' pm'",
                    ticks=False,
                    domain=False,
                ),
            ),
            y=alt.Y("weekday:N", sort=_DAYS, title=None),
            color=alt.Color(
                "watched_share:Q",
                # In RGB: other ways from paper to blue lead through green.
                scale=alt.Scale(range=list(HEAT), domainMin=0, interpolate="rgb"),
                legend=alt.Legend(
                    title="% of the week's hours",
                    # The first label stands under the ramp's end and needs no zeros.
                    labelExpr="datum.value === 0 ? '0' : format(datum.value, '.1%')",
                    orient="top",
                    direction="horizontal",
                    gradientLength=200,
                    gradientThickness=10,
                    tickCount=3,
                ),
            ),
            tooltip=[
                alt.Tooltip("weekday:N", title="Day"),
                alt.Tooltip("local_hour:O", title="Hour"),
                alt.Tooltip("watched_share:Q", title="Of the week", format=".2%"),
                alt.Tooltip("watched_hours:Q", title="Hours watched", format=",.0f"),
            ],
        )
    )


def _finding(marts: Marts, region: str) -> str:
    hours = marts.of_region("viewing_hours", region)
    if hours.empty or not hours["watched_hours"].sum():
        place = "" if region == ALL else f" in {the_place(marts.regions[region])}"
        return f"Nobody watched anything{place} yet"
    peak = hours.loc[hours["watched_hours"].astype(float).idxmax()]
    weekend = hours[hours["local_weekday"] > _FRIDAY]["watched_share"].sum()
    place = "" if region == ALL else f" in {the_place(marts.regions[region])}"
    return (
        f"Viewing{place} peaks on {weekday_name(int(peak['local_weekday']))}s at "
        f"{clock(int(peak['local_hour']))}; the weekend draws "
        f"{percent(float(weekend))} of the hours"
    )


def _note(marts: Marts, region: str) -> str:
    return "Even use of the week would put 29% on the weekend."


PANEL = Panel(
    key="viewing_hours",
    topic="When people watch",
    queries=("viewing_hours", "regions"),
    region="filter",
    subtitle=lambda marts: "Hours watched by weekday and local hour, % of the week",
    reading="A grid of weekdays by hours, darker where more is watched.",
    columns=(
        Column("weekday", "Day", "text"),
        Column("local_hour", "Hour", "integer"),
        Column("watched_hours", "Hours watched", "hours"),
        Column("watched_share", "Of the week", "rate"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    height=280,
)
