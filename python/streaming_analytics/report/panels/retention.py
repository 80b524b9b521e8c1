"""Retention curves: how many paid subscription periods (spells) last, by region.

Kaplan and Meier's, and not the share of older cohorts that is still there: that one is
of other cohorts at each age, so that it can rise.
"""

from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.report.intervals import Estimate
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels import curves
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    colour_of,
    to_rows,
)
from streaming_analytics.report.theme import region_colours
from streaming_analytics.report.wording import count, interval, percent, the_place

_FIELDS = [
    "region_code",
    "tenure_month",
    "at_risk_spells",
    "survival_rate",
    "survival_rate_lower",
    "survival_rate_upper",
]


def milestone(marts: Marts) -> int | None:
    """Return the longest span that enough spells of every region can have reached."""
    return curves.milestone(_of_regions(marts), "region_code")


def retained(marts: Marts, region: str, months: int) -> Estimate | None:
    """Return the share of spells that outlive `months`, with its interval."""
    known = curves.well_known(marts.of_region("survival_by_region", region))
    rows = known[known["tenure_month"] == months] if not known.empty else known
    if rows.empty:
        return None
    row = rows.iloc[0]
    return Estimate(
        row["survival_rate"], row["survival_rate_lower"], row["survival_rate_upper"]
    )


def early_share(marts: Marts, months: int) -> float | None:
    """Return the share of those lost within `months` who were lost within three.

    Of the first spells of the same cohorts, those that are `months` old; None where
    they lost nobody.
    """
    lost = _losses(marts, months)
    if lost is None or not lost["losses"]:
        return None
    return int(lost["early_losses"]) / int(lost["losses"])


def early_losses(marts: Marts, months: int) -> int | None:
    """Return how many of them were lost within three months."""
    lost = _losses(marts, months)
    return None if lost is None else int(lost["early_losses"] or 0)


def _losses(marts: Marts, months: int) -> pd.Series | None:
    losses = marts["early_losses"]
    rows = losses[losses["months_since"] == months] if not losses.empty else losses
    return None if rows.empty else rows.iloc[0]


def extremes(marts: Marts) -> tuple[str, str, Estimate] | None:
    """Return the regions whose spells last longest and shortest, and the difference.

    None with fewer than two regions.
    """
    found = curves.extremes(_of_regions(marts), "region_code")
    if found is None:
        return None
    longest, shortest, difference = found
    return longest["region_code"], shortest["region_code"], difference


def _of_regions(marts: Marts) -> pd.DataFrame:
    survival = marts["survival_by_region"]
    if survival.empty:
        return survival
    return survival[survival["region_code"].isin(list(marts.regions))]


def _rows(marts: Marts) -> list[Row]:
    names = marts.regions | {ALL: "All regions"}
    return [
        row | {"region_name": names[row["region_code"]]}
        for row in to_rows(curves.well_known(marts["survival_by_region"]), _FIELDS)
        if row["region_code"] in names
    ]


def _chart(marts: Marts) -> Any:
    return curves.curves_with_bands(
        colour_of(region_colours(marts.regions), "region_code"),
        alt.Tooltip("region_name:N", title="Region"),
        is_filtered=True,
    )


def _finding(marts: Marts, region: str) -> str:
    months = milestone(marts)
    if months is None:
        return "No subscription period is old enough yet to tell how long they last"
    span = count(months, "month")
    kept = retained(marts, region, months)
    if kept is None:
        return f"Nobody in {_place(marts, region)} joined {span} ago or earlier"
    if region != ALL:
        return (
            f"{percent(kept.value)} of subscription periods in "
            f"{_place(marts, region)} outlive {span}"
        )
    found = extremes(marts)
    if found is None:
        return f"{percent(kept.value)} of subscription periods outlive {span}"
    most, fewest, difference = found
    if not difference.excludes_zero:
        return (
            f"{percent(kept.value)} of subscription periods outlive {span}, with no "
            "clear difference between regions"
        )
    one, other = retained(marts, most, months), retained(marts, fewest, months)
    assert one is not None
    assert other is not None
    return (
        f"{percent(one.value)} of subscription periods outlive {span} in "
        f"{_place(marts, most)}, {percent(other.value)} in {_place(marts, fewest)}"
    )


def _note(marts: Marts, region: str) -> str:
    months = milestone(marts)
    kept = None if months is None else retained(marts, region, months)
    text = (
        "First and later periods, those that still run included; not standardised for "
        f"plan. Drawn while at least {curves.LEAST_AT_RISK} were observed."
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
    queries=("survival_by_region", "early_losses", "regions"),
    region="highlight",
    subtitle=lambda marts: (
        "Paid subscription periods that outlive a tenure, % (Kaplan-Meier), with 95% "
        "intervals"
    ),
    reading="A falling stepped line per region over months since joining.",
    columns=(
        Column("region_name", "Region", "text"),
        Column("tenure_month", "Months", "integer"),
        Column("at_risk_spells", "Observed periods", "integer"),
        Column("survival_rate", "Last longer", "rate"),
        Column("survival_rate_lower", "from", "rate"),
        Column("survival_rate_upper", "to", "rate"),
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
