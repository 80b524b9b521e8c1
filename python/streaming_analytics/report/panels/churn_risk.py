"""Churn risk by region, raw and standardised for tenure and plan."""

from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.palette import INK, MUTED
from streaming_analytics.report.intervals import Estimate, normal_difference
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels.panel import (
    IS_SELECTED,
    Column,
    Panel,
    Row,
    chart_of_rows,
    colour_of,
    layered,
    to_rows,
)
from streaming_analytics.report.theme import region_colours
from streaming_analytics.report.wording import (
    interval,
    listing,
    month_name,
    number,
    percent,
    the_place,
)

_FIELDS = [
    "region_code",
    "region_name",
    "members",
    "churn_rate",
    "churn_rate_lower",
    "churn_rate_upper",
    "standardised_churn_rate",
    "standardised_churn_rate_lower",
    "standardised_churn_rate_upper",
    "platform_churn_rate",
    "leading_driver",
]


# Characters of a line beside the chart, so that phones have room for both.
_LABEL_WIDTH = 17
# Whether the word beside the platform's rate has no room to its right, in pixels.
_NEAR_THE_EDGE = "scale('x', datum.mean_platform_churn_rate) > width - 64"


@dataclass(frozen=True)
class Spread:
    """The regions with the highest and the lowest risk, and what lies between."""

    highest: pd.Series
    lowest: pd.Series
    difference: Estimate


def spread(marts: Marts) -> Spread | None:
    """Compare the extremes standardised for tenure and plan; None with fewer than two.

    Picking two of all pairs is paid for with a wider interval.
    """
    risk = known_risk(marts)
    if len(risk) < 2:
        return None
    highest, lowest = risk.iloc[0], risk.iloc[-1]
    return Spread(highest, lowest, _difference(highest, lowest, _pairs(len(risk))))


def against_rest(marts: Marts, region: str) -> Estimate | None:
    """Compare a region with the member-months of all others; None without others."""
    risk = known_risk(marts)
    own = risk[risk["region_code"] == region]
    others = risk[risk["region_code"] != region]
    if own.empty or others.empty:
        return None
    weights = others["exposure_months"] / others["exposure_months"].sum()
    errors = weights * others["standardised_churn_rate_standard_error"]
    return normal_difference(
        own["standardised_churn_rate"].iloc[0],
        own["standardised_churn_rate_standard_error"].iloc[0],
        float((weights * others["standardised_churn_rate"]).sum()),
        float((errors**2).sum()) ** 0.5,
        comparisons=len(risk),
    )


def known_risk(marts: Marts) -> pd.DataFrame:
    """Return the regions with a standardised rate, the highest first."""
    risk = marts["churn_risk"]
    if risk.empty:
        return risk
    return risk.dropna(
        subset=["standardised_churn_rate", "standardised_churn_rate_standard_error"]
    ).reset_index(drop=True)


def clearly_above(marts: Marts) -> list[str]:
    """Return the names of the regions clearly above the rest."""
    risk = known_risk(marts)
    names = []
    for code, name in zip(
        risk.get("region_code", ()), risk.get("region_name", ()), strict=True
    ):
        difference = against_rest(marts, code)
        if difference is not None and difference.lower > 0:
            names.append(name)
    return names


def _difference(one: pd.Series, other: pd.Series, comparisons: int) -> Estimate:
    return normal_difference(
        one["standardised_churn_rate"],
        one["standardised_churn_rate_standard_error"],
        other["standardised_churn_rate"],
        other["standardised_churn_rate_standard_error"],
        comparisons,
    )


def _pairs(regions: int) -> int:
    return regions * (regions - 1) // 2


def _rows(marts: Marts) -> list[Row]:
    return [
        row | {"region_label": "\n".join(wrap(row["region_name"], _LABEL_WIDTH))}
        for row in to_rows(marts["churn_risk"], _FIELDS)
    ]


def _chart(marts: Marts) -> Any:
    opacity = alt.when(IS_SELECTED).then(alt.value(1)).otherwise(alt.value(0.35))
    regions = alt.Y(
        "region_label:N",
        sort=alt.EncodingSortField("standardised_churn_rate", order="descending"),
        title=None,
        axis=alt.Axis(
            labelExpr="split(datum.label, '\\n')",
            labelColor=INK,
            labelFontSize=13,
            # The first of two lines is put beside the row; lift it by half a line.
            labelOffset=alt.condition(
                "indexof(datum.label, '\\n') >= 0", alt.value(-8), alt.value(0)
            ),
        ),
    )
    rate: dict[str, Any] = {
        "scale": alt.Scale(zero=True, nice=True),
        "axis": alt.Axis(format=".0%", grid=True, tickCount=6),
        "title": "members who leave in a month, %",
    }
    base = chart_of_rows().encode(
        y=regions,
        color=colour_of(region_colours(marts.regions), "region_code"),
        opacity=opacity,
        tooltip=[
            alt.Tooltip("region_name:N", title="Region"),
            alt.Tooltip("churn_rate:Q", title="Churn a month", format=".1%"),
            alt.Tooltip(
                "standardised_churn_rate:Q",
                title="Standardised for tenure and plan",
                format=".1%",
            ),
            alt.Tooltip("leading_driver:N", title="Leading driver"),
        ],
    )
    platform = chart_of_rows().encode(
        x=alt.X("platform_churn_rate:Q", aggregate="mean", **rate)
    )
    return layered(
        platform.mark_rule(color=MUTED, strokeDash=[3, 3]),
        platform.mark_text(
            align=alt.expr(f"{_NEAR_THE_EDGE} ? 'right' : 'left'"),
            baseline="bottom",
            dx=alt.expr(f"{_NEAR_THE_EDGE} ? -4 : 4"),
            color=MUTED,
            fontSize=11,
        ).encode(y=alt.value(alt.expr("height - 4")), text=alt.value("platform")),
        base.mark_rule(strokeWidth=3).encode(
            x=alt.X("standardised_churn_rate_lower:Q", **rate),
            x2="standardised_churn_rate_upper:Q",
        ),
        base.mark_point(filled=True, size=150).encode(
            x=alt.X("standardised_churn_rate:Q", **rate)
        ),
        base.mark_tick(thickness=2, size=20).encode(x=alt.X("churn_rate:Q", **rate)),
        # Words stay as dark as the paper asks, also where their mark is dimmed.
        base.mark_text(dy=-16, fontWeight="bold", fontSize=12).encode(
            x=alt.X("standardised_churn_rate:Q", **rate),
            color=alt.value(INK),
            opacity=alt.value(1),
            text=alt.Text("standardised_churn_rate:Q", format=".1%"),
        ),
    )


def _finding(marts: Marts, region: str) -> str:
    risk = known_risk(marts)
    if risk.empty:
        return "Nobody has left yet, or nobody could have"
    if region != ALL:
        return _finding_of(marts, region)
    found = spread(marts)
    if found is None:
        only = risk.iloc[0]
        return (
            f"{percent(only['standardised_churn_rate'], 1)} of members leave in a "
            "month; there is one region only, so none to compare it with"
        )
    if not found.difference.excludes_zero:
        return (
            "No clear difference in churn risk between the regions, standardised for "
            "tenure and plan"
        )
    above = clearly_above(marts)
    if above:
        return (
            f"{listing(above)} {'carries' if len(above) == 1 else 'carry'} more churn "
            "risk than the rest, also standardised for tenure and plan"
        )
    return (
        f"{found.highest['region_name']} carries more churn risk than "
        f"{the_place(found.lowest['region_name'])}, also standardised for tenure and "
        "plan"
    )


def _finding_of(marts: Marts, region: str) -> str:
    risk = known_risk(marts)
    own = risk[risk["region_code"] == region]
    name = marts.regions[region]
    if own.empty:
        return f"Too few members in {name} to tell their churn"
    row = own.iloc[0]
    rate = percent(row["standardised_churn_rate"], 1)
    difference = against_rest(marts, region)
    if difference is None:
        return f"{name}: {rate} leave in a month, standardised for tenure and plan"
    if not difference.excludes_zero:
        return (
            f"{name}: {rate} a month, standardised for tenure and plan; no clear "
            "difference from the rest"
        )
    side = "above" if difference.value > 0 else "below"
    return (
        f"{name}: {rate} a month, standardised for tenure and plan; clearly {side} "
        "the rest"
    )


def _note(marts: Marts, region: str) -> str:
    risk = marts["churn_risk"]
    if risk.empty:
        return ""
    if region == ALL:
        # One revenue at risk to a page; this one has the predicted, beside.
        return (
            "Revenue at risk at the observed rates: page “Churn risk by region” of the "
            "Tableau and Power BI files."
        )
    own = risk[risk["region_code"] == region]
    if own.empty:
        return ""
    row = own.iloc[0]
    spread_text = (
        ""
        if row["churn_rate"] is None
        else f"{percent(row['churn_rate'], 1)} left a month as observed "
        f"({interval(row['churn_rate_lower'], row['churn_rate_upper'])}). "
    )
    if row["leading_driver_code"] == "none":
        return f"{spread_text}{row['suggested_strategy']}"
    difference = against_rest(marts, region)
    is_clear = difference is not None and difference.lower > 0
    lead = "Leading driver" if is_clear else "Leading driver, if the excess is real"
    driver = row["leading_driver"].lower()
    return f"{spread_text}{lead}: {driver}. {row['suggested_strategy']}"


def _period(marts: Marts) -> str:
    risk = marts["churn_risk"]
    if risk.empty or marts.month is None:
        return ""
    exposure = number(float(risk["exposure_months"].sum()))
    return f"{exposure} member-months up to {month_name(marts.month)}"


PANEL = Panel(
    key="churn_risk",
    topic="Churn risk by region",
    queries=("churn_risk", "regions"),
    region="highlight",
    subtitle=lambda marts: (
        "Members who leave in a month, %. Dot: standardised for tenure and plan, with "
        "its 95% interval; tick: as observed"
    ),
    reading="A row per region, highest risk first, with a dot and its interval.",
    columns=(
        Column("region_name", "Region", "text"),
        Column("members", "Members", "integer"),
        Column("churn_rate", "Churn a month", "rate"),
        Column("standardised_churn_rate", "Standardised", "rate"),
        Column("standardised_churn_rate_lower", "from", "rate"),
        Column("standardised_churn_rate_upper", "to", "rate"),
        Column("leading_driver", "Leading driver", "text"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    height=280,
    period=_period,
)
