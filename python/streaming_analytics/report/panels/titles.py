"""The ten most watched titles, and how many finish them."""

from typing import Any

import altair as alt

from streaming_analytics.palette import ACCENT, INK, MUTED
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_selected_rows,
    layered,
    to_rows,
)
from streaming_analytics.report.wording import count, number, percent, the_place

_FIELDS = [
    "region_code",
    "title_rank",
    "title",
    "content_type",
    "watched_hours",
    "watched_share",
    "starters",
    "completers",
    "peer_starters",
    "peer_completers",
]


def _rows(marts: Marts) -> list[Row]:
    return [
        row
        | {
            "completion_rate": _ratio(row["completers"], row["starters"]),
            "peer_completion_rate": _ratio(
                row["peer_completers"], row["peer_starters"]
            ),
            "hours_label": number(row["watched_hours"]),
            "completion_label": percent(_ratio(row["completers"], row["starters"])),
        }
        for row in to_rows(marts["titles"], _FIELDS)
    ]


def _ratio(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None


def _chart(marts: Marts) -> Any:
    base = chart_of_selected_rows().encode(
        y=alt.Y(
            "title:N",
            sort=alt.EncodingSortField("title_rank", op="min"),
            title=None,
            axis=alt.Axis(labelLimit=230, labelColor=INK, labelFontSize=12),
        ),
        x=alt.X(
            "watched_hours:Q",
            title="hours watched",
            axis=alt.Axis(tickCount=4, grid=True, format=",.0f"),
            scale=alt.Scale(range=[0, alt.expr("width - 100")], nice=False),
        ),
        tooltip=[
            alt.Tooltip("title:N", title="Title"),
            alt.Tooltip("content_type:N", title="Kind"),
            alt.Tooltip("watched_hours:Q", title="Hours", format=",.0f"),
            alt.Tooltip("watched_share:Q", title="Of all hours", format=".1%"),
            alt.Tooltip("starters:Q", title="Starters", format=",.0f"),
            alt.Tooltip("completion_rate:Q", title="Finish it", format=".0%"),
            alt.Tooltip(
                "peer_completion_rate:Q", title="Finish its peers", format=".0%"
            ),
        ],
    )
    return layered(
        base.mark_bar(color=ACCENT),
        base.mark_text(align="left", dx=5, color=INK, fontSize=12).encode(
            text="hours_label:N"
        ),
        base.mark_text(align="right", color=MUTED, fontSize=12).encode(
            x=alt.value(alt.expr("width")), text="completion_label:N"
        ),
        _heading().mark_text(
            align="right", baseline="bottom", dy=-3, color=MUTED, fontSize=11
        ),
    )


def _heading() -> Any:
    """Return the name of the column of completion, above it."""
    return alt.Chart(alt.InlineData([{}])).encode(
        x=alt.value(alt.expr("width")), y=alt.value(0), text=alt.value("finish it")
    )


def _finding(marts: Marts, region: str) -> str:
    titles = marts.of_region("titles", region)
    place = "" if region == ALL else f" in {the_place(marts.regions[region])}"
    if titles.empty:
        return f"Nobody watched anything{place} yet"
    first = titles.iloc[0]
    alone = percent(first["watched_share"])
    if len(titles) == 1:
        return f"{first['title']} is all that was watched{place}"
    together = percent(float(titles["watched_share"].sum()))
    return (
        f"{count(len(titles), 'title')} drew "
        f"{together} of the hours{place}, {first['title']} alone {alone}"
    )


def _note(marts: Marts, region: str) -> str:
    return (
        "Over the whole span of the data. Long series gather more hours and are "
        "finished less often: on the dashboard, “The numbers” of this chart have the "
        "completion of titles of like length."
    )


PANEL = Panel(
    key="titles",
    topic="Top 10 shows",
    queries=("titles", "regions"),
    region="filter",
    subtitle=lambda marts: (
        "Hours watched; on the right: % of starters who finish the film or a season"
    ),
    reading="A bar per title, the most watched first.",
    columns=(
        Column("title", "Title", "text"),
        Column("content_type", "Kind", "text"),
        Column("watched_hours", "Hours", "hours"),
        Column("watched_share", "Of all hours", "rate"),
        Column("starters", "Starters", "integer"),
        Column("completion_rate", "Finish it", "rate"),
        Column("peer_completion_rate", "Finish its peers", "rate"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    height=340,
)
