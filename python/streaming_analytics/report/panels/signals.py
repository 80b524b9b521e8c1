"""What members who watch much do, and how it goes with staying."""

from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.palette import ACCENT, INK, MUTED
from streaming_analytics.report.intervals import Estimate, share_difference
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
from streaming_analytics.report.wording import percent

_FIELDS = [
    "behaviour_name",
    "high_engagement_share",
    "low_engagement_share",
    "with_retention_rate",
    "without_retention_rate",
    "retention_difference",
    "retention_difference_lower",
    "retention_difference_upper",
    "standardised_retention_difference",
]


# Share of the member-months that a comparison like for like must rest on.
_COMPARED = 0.9


def strongest(marts: Marts) -> tuple[pd.Series, Estimate] | None:
    """Return the behaviour that goes most with staying, and by how much.

    Picking one of all behaviours is paid for with a wider interval.
    """
    known = _known(marts)
    if known.empty:
        return None
    row = known.iloc[0]
    difference = share_difference(
        row["with_retained"],
        row["with_member_months"],
        row["without_retained"],
        row["without_member_months"],
        comparisons=len(known),
    )
    return None if difference is None else (row, difference)


def most_telling(marts: Marts) -> pd.Series | None:
    """Return the behaviour whose share differs most between much and little watched."""
    signals = marts["signals"]
    if signals.empty:
        return None
    gaps = signals["high_engagement_share"] - signals["low_engagement_share"]
    known = gaps.dropna().astype(float)
    return None if known.empty else signals.loc[known.idxmax()]


def _known(marts: Marts) -> pd.DataFrame:
    signals = marts["signals"]
    if signals.empty:
        return signals
    return signals.dropna(subset=["retention_difference"]).reset_index(drop=True)


def _rows(marts: Marts) -> list[Row]:
    known = _known(marts)
    if known.empty:
        return []
    # Where few months have both sides, what is left is the luck of those few.
    is_told = known["compared_member_months"] >= _COMPARED * known["member_months"]
    like_for_like = known["standardised_retention_difference"].where(is_told, None)
    told = known.assign(standardised_retention_difference=like_for_like)
    return to_rows(told, _FIELDS)


def _chart(marts: Marts) -> Any:
    difference: dict[str, Any] = {
        "axis": alt.Axis(
            labelExpr="datum.value == 0 ? '0' : format(datum.value * 100, '+.1~f')",
            grid=True,
            tickCount=5,
        ),
        "title": "percentage points",
    }
    base = chart_of_rows().encode(
        y=alt.Y(
            "behaviour_name:N",
            sort=alt.EncodingSortField("retention_difference", order="descending"),
            title=None,
            axis=alt.Axis(labelColor=INK, labelLimit=400),
        ),
        tooltip=[
            alt.Tooltip("behaviour_name:N", title="Behaviour"),
            alt.Tooltip("with_retention_rate:Q", title="Stay, with it", format=".1%"),
            alt.Tooltip(
                "without_retention_rate:Q", title="Stay, without", format=".1%"
            ),
            alt.Tooltip(
                "high_engagement_share:Q", title="Of heavy viewers", format=".0%"
            ),
            alt.Tooltip(
                "low_engagement_share:Q", title="Of light viewers", format=".0%"
            ),
        ],
    )
    zero = (
        chart_of_rows()
        .mark_rule(color=MUTED)
        .encode(
            x=alt.X(aggregate="min", field="zero", type="quantitative", **difference)
        )
        .transform_calculate(zero="0")
    )
    return layered(
        zero,
        base.mark_rule(strokeWidth=3, color=ACCENT).encode(
            x=alt.X("retention_difference_lower:Q", **difference),
            x2="retention_difference_upper:Q",
        ),
        base.mark_point(filled=True, size=110, color=ACCENT, opacity=1).encode(
            x=alt.X("retention_difference:Q", **difference)
        ),
        base.mark_point(
            size=70, stroke=INK, fill="#fbf9f4", shape="diamond", opacity=1
        ).encode(x=alt.X("standardised_retention_difference:Q", **difference)),
    )


def _finding(marts: Marts, region: str) -> str:
    found = strongest(marts)
    if found is None:
        return "No two complete months yet to see who stays"
    row, difference = found
    if difference.lower <= 0:
        return "No behaviour goes clearly with staying another month"
    return (
        f"{row['behaviour_name']}: {percent(row['with_retention_rate'], 1)} stay "
        f"another month, against {percent(row['without_retention_rate'], 1)} of the "
        "others"
    )


def _note(marts: Marts, region: str) -> str:
    return (
        "Associations, not effects. Diamonds: the difference among members who watch "
        "about as much, where nearly all months can be compared so."
    )


PANEL = Panel(
    key="signals",
    topic="Engagement signals",
    queries=("signals",),
    region="none",
    subtitle=lambda marts: (
        "Members with the behaviour who stay another month, less those without it, "
        "percentage points, with 95% intervals"
    ),
    reading="A row per behaviour with a dot and its interval, around a line at zero.",
    columns=(
        Column("behaviour_name", "Behaviour", "text"),
        Column("high_engagement_share", "Of heavy viewers", "rate"),
        Column("low_engagement_share", "Of light viewers", "rate"),
        Column("with_retention_rate", "Stay with it", "rate"),
        Column("without_retention_rate", "Stay without", "rate"),
        Column("retention_difference", "Difference", "points"),
        Column("retention_difference_lower", "from", "points"),
        Column("retention_difference_upper", "to", "points"),
        Column("standardised_retention_difference", "Like for like", "points"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    height=330,
    period=complete_months,
)
