"""Why the members most at risk may leave, by the reason that raises it most."""

from textwrap import wrap
from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.palette import ACCENT, INK, MUTED
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_selected_rows,
    layered,
    newest_day,
    to_rows,
)
from streaming_analytics.report.wording import (
    calibration,
    count,
    number,
    percent,
    the_place,
    usd,
)

_FIELDS = ["region_code", "driver", "suggested_action", "members", "mrr_at_risk_usd"]
# Characters of a line beside the chart, so that phones have room for both.
_LABEL_WIDTH = 20


def leading(marts: Marts, region: str) -> pd.Series | None:
    """Return the reason that raises the risk of most; None before training."""
    drivers = marts.of_region("risk_drivers", region)
    return None if drivers.empty else drivers.iloc[0]


def members(marts: Marts, region: str) -> pd.Series | None:
    """Return how many members have a risk, and how many of them a high one."""
    found = marts.of_region("risk_members", region)
    return None if found.empty else found.iloc[0]


def model_figure(marts: Marts, model: str, name: str) -> pd.Series | None:
    """Return a figure of the model, or of its baseline; None before training."""
    frame = marts["churn_model"]
    if frame.empty:
        return None
    found = frame[(frame["model_name"] == model) & (frame["metric_name"] == name)]
    known = found.dropna(subset=["metric_value"])
    return None if known.empty else known.iloc[0]


def _rows(marts: Marts) -> list[Row]:
    return [
        row
        | {
            "driver_label": "\n".join(wrap(row["driver"], _LABEL_WIDTH)),
            "label": f"{number(row['members'])} · {usd(row['mrr_at_risk_usd'])}",
        }
        for row in to_rows(marts["risk_drivers"], _FIELDS)
    ]


def _chart(marts: Marts) -> Any:
    base = chart_of_selected_rows().encode(
        y=alt.Y(
            "driver_label:N",
            sort=alt.EncodingSortField("members", op="sum", order="descending"),
            title=None,
            axis=alt.Axis(
                labelExpr="split(datum.label, '\\n')",
                labelColor=INK,
                labelFontSize=12,
                labelOffset=alt.condition(
                    "indexof(datum.label, '\\n') >= 0", alt.value(-7), alt.value(0)
                ),
            ),
        ),
        x=alt.X(
            "members:Q",
            title="members among the top 20% by risk",
            axis=alt.Axis(tickCount=4, tickMinStep=1, grid=True, format=",.0f"),
            scale=alt.Scale(range=[0, alt.expr("width - 70")], nice=False),
        ),
        tooltip=[
            alt.Tooltip("driver:N", title="Reason"),
            alt.Tooltip("members:Q", title="Members", format=",.0f"),
            alt.Tooltip(
                "mrr_at_risk_usd:Q", title="MRR at risk, predicted, $", format=",.0f"
            ),
            alt.Tooltip("suggested_action:N", title="What to do"),
        ],
    )
    return layered(
        base.mark_bar(color=ACCENT, size=24),
        base.mark_text(align="left", dx=5, color=MUTED, fontSize=11).encode(
            text="label:N"
        ),
    )


def _finding(marts: Marts, region: str) -> str:
    place = "" if region == ALL else f" in {the_place(marts.regions[region])}"
    found, everyone = leading(marts, region), members(marts, region)
    if everyone is None:
        return f"There are no members{place} whose risk could be predicted"
    if found is None:
        if not everyone["scored_members"]:
            return "The churn model is not trained yet (run streaming train)"
        return f"None of the members{place} is among the top 20% by risk"
    return (
        f"“{found['driver']}” comes first for {number(found['members'])} of the "
        f"{count(int(everyone['riskiest_members']), 'member')}{place} most at risk"
    )


def _note(marts: Marts, region: str) -> str:
    everyone = members(marts, region)
    if everyone is None or not everyone["riskiest_members"]:
        return ""
    told = (
        "The top 20% by predicted risk take, so the model, "
        f"{usd(everyone['riskiest_mrr_at_risk_usd'])} of MRR with them in a month"
    )
    if everyone["predicted_losses"]:
        losses = everyone["riskiest_losses"] / everyone["predicted_losses"]
        told += f". They are {percent(losses)} of the members predicted to leave"
    asked = int(everyone["asked_members"])
    if asked:
        told += f"; {count(asked, 'more has', 'more have')} asked to leave already"
    return f"{told}. {_trust(marts)}What goes with leaving need not cause it."


def _trust(marts: Marts) -> str:
    ours, theirs = (model_figure(marts, name, "auc") for name in ("model", "baseline"))
    if ours is None or theirs is None or ours["lower_value"] is None:
        return ""
    slope = model_figure(marts, "model", "calibration_slope")
    spread = (
        ""
        if slope is None
        else calibration(
            slope["metric_value"], slope["lower_value"], slope["upper_value"]
        )
    )
    return (
        "On months it had not seen the model's AUC is "
        f"{number(ours['metric_value'], 2)} "
        f"(95% interval {number(ours['lower_value'], 2)} to "
        f"{number(ours['upper_value'], 2)}), that of tenure and plan alone "
        f"{number(theirs['metric_value'], 2)}{f'; {spread}' if spread else ''}. "
    )


PANEL = Panel(
    key="risk_drivers",
    topic="Why members may leave",
    queries=("risk_drivers", "risk_members", "churn_model", "regions"),
    region="filter",
    subtitle=lambda marts: (
        "The top 20% of members by predicted risk, number by the reason that raises it "
        "most; labels: members and the MRR that the model predicts to be lost with them"
    ),
    reading="A bar per reason, the most frequent first.",
    columns=(
        Column("driver", "Reason", "text"),
        Column("members", "Members", "integer"),
        Column("mrr_at_risk_usd", "MRR at risk, predicted", "usd"),
        Column("suggested_action", "What to do", "text"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    height=300,
    period=newest_day,
)
