"""What Kaplan and Meier's curves of several groups say, and how they are drawn."""

from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.report.intervals import Estimate, normal_difference
from streaming_analytics.report.marts import ALL
from streaming_analytics.report.panels.panel import REGION, chart_of_rows, layered

# Below this a curve is drawn by a handful of subscription periods.
LEAST_AT_RISK = 30
_MILESTONES = (12, 6, 3, 1)


def well_known(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the months of tenure that enough spells were observed in."""
    if curves.empty:
        return curves
    return curves[curves["at_risk_spells"] >= LEAST_AT_RISK].dropna(
        subset=["survival_rate_standard_error"]
    )


def milestone(curves: pd.DataFrame, by: str) -> int | None:
    """Return the longest span that enough spells of every group can have reached."""
    known = well_known(curves)
    if known.empty:
        return None
    groups = known[by].nunique()
    for months in _MILESTONES:
        if known.loc[known["tenure_month"] == months, by].nunique() == groups:
            return months
    return None


def extremes(
    curves: pd.DataFrame, by: str
) -> tuple[pd.Series, pd.Series, Estimate] | None:
    """Return the groups that last longest and shortest at the milestone.

    None with fewer than two groups. Picking one of all pairs is paid for with a wider
    interval.
    """
    months = milestone(curves, by)
    if months is None:
        return None
    known = well_known(curves)
    at = known[known["tenure_month"] == months].sort_values(["survival_rate", by])
    if len(at) < 2:
        return None
    shortest, longest = at.iloc[0], at.iloc[-1]
    difference = normal_difference(
        longest["survival_rate"],
        longest["survival_rate_standard_error"],
        shortest["survival_rate"],
        shortest["survival_rate_standard_error"],
        comparisons=len(at) * (len(at) - 1) // 2,
    )
    return longest, shortest, difference


def curves_with_bands(color: alt.Color, group: alt.Tooltip, is_filtered: bool) -> Any:
    """Return stepped curves with their bands.

    Args:
        color: Tells the groups apart.
        group: Names one.
        is_filtered: Whether the region filter dims the other groups.
    """
    base = chart_of_rows().encode(
        x=alt.X(
            "tenure_month:Q",
            title="full months since the first paid day",
            axis=alt.Axis(values=list(range(0, 61, 3)), grid=False),
        ),
        color=color,
    )
    if is_filtered:
        base = base.transform_filter(f"datum.region_code !== '{ALL}'")
    rate = alt.Y(
        "survival_rate:Q",
        title="subscription periods that last longer, %",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    lines = base.encode(
        y=rate,
        tooltip=[
            group,
            alt.Tooltip("tenure_month:Q", title="Months"),
            alt.Tooltip("survival_rate:Q", title="Last longer", format=".0%"),
            alt.Tooltip("survival_rate_lower:Q", title="from", format=".0%"),
            alt.Tooltip("survival_rate_upper:Q", title="to", format=".0%"),
            alt.Tooltip("at_risk_spells:Q", title="Observed", format=",.0f"),
        ],
    )
    bands = base.encode(
        y=alt.Y("survival_rate_lower:Q", title=None), y2="survival_rate_upper:Q"
    )
    if is_filtered:
        chosen = f"datum.region_code === {REGION}"
        everything = f"{REGION} === '{ALL}'"
        bands = bands.encode(
            opacity=alt.when(chosen)
            .then(alt.value(0.2))
            .when(everything)
            .then(alt.value(0.09))
            .otherwise(alt.value(0))
        )
        lines = lines.encode(
            opacity=alt.when(f"{everything} || {chosen}")
            .then(alt.value(1))
            .otherwise(alt.value(0.3))
        )
        band = bands.mark_area(interpolate="step-after")
    else:
        band = bands.mark_area(interpolate="step-after", opacity=0.1)
    return layered(
        band,
        lines.mark_line(strokeWidth=2.5, interpolate="step-after"),
        lines.mark_point(size=160, filled=True, fillOpacity=0),
    )
