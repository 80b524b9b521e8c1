"""Retention curves: how many members are still there, by months since joining."""

from itertools import combinations
from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.report.intervals import (
    Estimate,
    share,
    share_difference,
)
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels.panel import (
    IS_SELECTED,
    REGION,
    Column,
    Panel,
    Row,
    chart_of_rows,
    colour_of,
    layered,
    to_rows,
)
from streaming_analytics.report.theme import region_colours
from streaming_analytics.report.wording import count, interval, percent, the_place

# Below this a curve is drawn by a handful of members.
LEAST_MEMBERS = 30
_MILESTONES = (12, 6, 3, 1)


def milestone(marts: Marts) -> int | None:
    """Return the longest span that enough members of every region can have reached."""
    retention = _well_known(marts)
    if retention.empty:
        return None
    reached = retention.groupby("months_since")["region_code"].nunique()
    everywhere = retention["region_code"].nunique()
    for months in _MILESTONES:
        if reached.get(months, 0) == everywhere:
            return months
    return None


def retained(marts: Marts, region: str, months: int) -> Estimate | None:
    """Return the share still there after `months`, with its interval."""
    counts = _counts(marts, region, months)
    return None if counts is None else share(*counts)


def early_share(marts: Marts, months: int) -> float | None:
    """Return the share of those lost within `months` who were lost within three.

    Of the same cohorts, those that are `months` old; None where they lost nobody.
    """
    retention = marts.of_region("retention", ALL)
    rows = retention[retention["months_since"] == months]
    if rows.empty:
        return None
    row = rows.iloc[0]
    lost = int(row["eligible_members"]) - int(row["retained_members"])
    return int(row["early_losses"]) / lost if lost else None


def extremes(marts: Marts, months: int) -> tuple[str, str, Estimate] | None:
    """Return the regions that keep most and fewest, and the difference between them.

    None with fewer than two regions. Picking one of all pairs is paid for with a wider
    interval.
    """
    counts = {
        region: found
        for region in marts.regions
        if (found := _counts(marts, region, months)) is not None
    }
    if len(counts) < 2:
        return None
    rates = {region: hits / trials for region, (hits, trials) in counts.items()}
    most, fewest = max(rates, key=rates.__getitem__), min(rates, key=rates.__getitem__)
    pairs = len(list(combinations(counts, 2)))
    difference = share_difference(*counts[most], *counts[fewest], comparisons=pairs)
    return None if difference is None else (most, fewest, difference)


def _counts(marts: Marts, region: str, months: int) -> tuple[int, int] | None:
    rows = marts.of_region("retention", region)
    rows = rows[rows["months_since"] == months] if not rows.empty else rows
    if rows.empty or not rows["eligible_members"].iloc[0]:
        return None
    return int(rows["retained_members"].iloc[0]), int(rows["eligible_members"].iloc[0])


def _well_known(marts: Marts) -> pd.DataFrame:
    retention = marts["retention"]
    if retention.empty:
        return retention
    return retention[retention["eligible_members"] >= LEAST_MEMBERS]


def _rows(marts: Marts) -> list[Row]:
    fields = ["region_code", "months_since", "eligible_members", "retained_members"]
    names = marts.regions | {ALL: "All regions"}
    rows = []
    for row in to_rows(_well_known(marts), fields):
        rate = share(row["retained_members"], row["eligible_members"])
        if rate is None or row["region_code"] not in names:
            continue
        rows.append(
            row
            | {
                "region_name": names[row["region_code"]],
                "retention_rate": rate.value,
                "retention_rate_lower": rate.lower,
                "retention_rate_upper": rate.upper,
            }
        )
    return rows


def _chart(marts: Marts) -> Any:
    opacity = alt.when(IS_SELECTED).then(alt.value(1)).otherwise(alt.value(0.18))
    base = chart_of_rows().encode(
        x=alt.X(
            "months_since:Q",
            title="months since the first paid day",
            axis=alt.Axis(values=list(range(0, 61, 3)), grid=False),
        ),
        color=colour_of(region_colours(marts.regions), "region_code"),
    )
    rate = alt.Y(
        "retention_rate:Q",
        title="still a member, %",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    regions = base.transform_filter(f"datum.region_code !== '{ALL}'")
    lines = regions.encode(
        y=rate,
        opacity=opacity,
        tooltip=[
            alt.Tooltip("region_name:N", title="Region"),
            alt.Tooltip("months_since:Q", title="Months"),
            alt.Tooltip("retention_rate:Q", title="Still members", format=".0%"),
            alt.Tooltip("eligible_members:Q", title="Of members", format=",.0f"),
        ],
    )
    # The band of one region at a time: four of them are a fog.
    band = regions.transform_filter(f"datum.region_code === {REGION}").encode(
        y=alt.Y("retention_rate_lower:Q", title="still a member, %"),
        y2="retention_rate_upper:Q",
    )
    return layered(
        band.mark_area(opacity=0.14),
        lines.mark_line(strokeWidth=2.5),
        lines.mark_point(size=160, filled=True, fillOpacity=0),
    )


def _finding(marts: Marts, region: str) -> str:
    months = milestone(marts)
    if months is None:
        return "No cohort is old enough yet to tell how long members stay"
    span = count(months, "month")
    kept = retained(marts, region, months)
    if kept is None:
        return f"Nobody in {_place(marts, region)} joined {span} ago or earlier"
    if region != ALL:
        return (
            f"{percent(kept.value)} of members in {_place(marts, region)} are still "
            f"there after {span}"
        )
    found = extremes(marts, months)
    if found is None:
        return f"{percent(kept.value)} of members are still there after {span}"
    most, fewest, difference = found
    if not difference.excludes_zero:
        return (
            f"{percent(kept.value)} of members are still there after {span}, with no "
            "clear difference between regions"
        )
    one, other = retained(marts, most, months), retained(marts, fewest, months)
    assert one is not None
    assert other is not None
    return (
        f"After {span} {percent(one.value)} of members remain in "
        f"{_place(marts, most)}, {percent(other.value)} in {_place(marts, fewest)}"
    )


def _note(marts: Marts, region: str) -> str:
    months = milestone(marts)
    kept = None if months is None else retained(marts, region, months)
    text = (
        "Members in their first subscription period, without a gap, over all cohorts "
        "old enough; "
        f"drawn while at least {LEAST_MEMBERS} members could have stayed so long."
    )
    if kept is None:
        return text
    place = "All regions" if region == ALL else marts.regions[region]
    span = count(months or 0, "month")
    told = interval(kept.lower, kept.upper, 0)
    return f"{place} after {span}: {percent(kept.value)} ({told}). {text}"


def _place(marts: Marts, region: str) -> str:
    return the_place(marts.regions[region])


PANEL = Panel(
    key="retention",
    topic="Retention curves",
    queries=("retention", "regions"),
    region="highlight",
    subtitle=lambda marts: (
        "Members still in their first subscription period, % of those who joined so "
        "long ago"
    ),
    reading="A falling line per region over months since joining.",
    columns=(
        Column("region_name", "Region", "text"),
        Column("months_since", "Months", "integer"),
        Column("eligible_members", "Joined so long ago", "integer"),
        Column("retention_rate", "Still members", "rate"),
        Column("retention_rate_lower", "from", "rate"),
        Column("retention_rate_upper", "to", "rate"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    legend=lambda marts: {
        marts.regions[code]: colour
        for code, colour in region_colours(marts.regions).items()
    },
    height=320,
)
