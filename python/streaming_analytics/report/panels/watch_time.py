"""How watch time spreads over accounts."""

from dataclasses import dataclass
from typing import Any

import altair as alt

from streaming_analytics.palette import ACCENT, INK
from streaming_analytics.report.marts import Marts
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_rows,
    layered,
    to_rows,
)
from streaming_analytics.report.wording import count, month_name, number, percent

_FIELDS = [
    "bin_number",
    "bin_label",
    "users",
    "users_share",
    "watched_hours",
    "watched_share",
]
_HEAVY = 0.2
_TINY = 0.01


@dataclass(frozen=True)
class Heaviest:
    """The most active accounts: their share of accounts and of hours."""

    users_share: float
    watched_share: float


def heaviest(marts: Marts) -> Heaviest | None:
    """Return the top bins that come nearest to a fifth of the accounts."""
    bins = marts["watch_time"]
    if bins.empty or not bins["month_watched_hours"].iloc[0]:
        return None
    tops = [
        Heaviest(1 - users, 1 - watched)
        for users, watched in zip(
            bins["cumulative_users_share"],
            bins["cumulative_watched_share"],
            strict=True,
        )
        if 0 < 1 - users < 1
    ]
    return min(tops, key=lambda top: abs(top.users_share - _HEAVY), default=None)


def idle_share(marts: Marts) -> float:
    """Return the share of accounts that watched nothing."""
    bins = marts["watch_time"]
    if bins.empty:
        return 0.0
    idle = bins[bins["bin_number"] == 1]
    return 0.0 if idle.empty else float(idle["users_share"].iloc[0] or 0)


def _rows(marts: Marts) -> list[Row]:
    rows = [
        row | {"label": _label(row["users_share"])}
        for row in to_rows(marts["watch_time"], _FIELDS)
    ]
    while rows and not rows[-1]["users"]:
        rows.pop()
    return rows


def _label(share: float | None) -> str:
    is_tiny = share is not None and 0 < share < _TINY
    return "<1%" if is_tiny else percent(share)


def _chart(marts: Marts) -> Any:
    base = chart_of_rows().encode(
        x=alt.X(
            "bin_label:N",
            sort=[row["bin_label"] for row in _rows(marts)],
            title="hours watched in the month",
            axis=alt.Axis(labelAngle=0, labelOverlap=False, labelExpr=_BREAK),
        ),
        y=alt.Y("users:Q", title="accounts", axis=alt.Axis(tickCount=5)),
        tooltip=[
            alt.Tooltip("bin_label:N", title="Watched"),
            alt.Tooltip("users:Q", title="Accounts", format=",.0f"),
            alt.Tooltip("users_share:Q", title="Of accounts", format=".0%"),
            alt.Tooltip("watched_share:Q", title="Of hours", format=".0%"),
        ],
    )
    return layered(
        base.mark_bar(color=ACCENT),
        base.mark_text(dy=-8, color=INK).encode(text="label:N"),
    )


# Narrow bars have room for a short word only.
_BREAK = (
    "datum.label == '0 h' ? 'none' : split(replace(replace(datum.label, "
    "' h', ''), ' to ', '\N{EN DASH} '), ' ')"
)


def _finding(marts: Marts, region: str) -> str:
    top = heaviest(marts)
    month = marts.month
    if top is None or month is None:
        return "Nobody watched anything in a complete month yet"
    return (
        f"The most active {percent(top.users_share)} of accounts watched "
        f"{percent(top.watched_share)} of the hours of {month_name(month)}"
    )


def _note(marts: Marts, region: str) -> str:
    bins = marts["watch_time"]
    if bins.empty:
        return ""
    first = bins.iloc[0]
    if first["p50_hours"] is None:
        return ""
    return (
        f"{count(int(first['month_users']), 'account')} that were members or watched; "
        f"median {number(first['p50_hours'], 1)} h, top decile above "
        f"{number(first['p90_hours'], 1)} h."
    )


PANEL = Panel(
    key="watch_time",
    topic="Watch time",
    queries=("watch_time", "period"),
    region="none",
    subtitle=lambda marts: (
        "Accounts by hours watched in the month, number; labels: % of accounts"
    ),
    reading="A bar per range of hours, from nothing to most.",
    columns=(
        Column("bin_label", "Hours watched", "text"),
        Column("users", "Accounts", "integer"),
        Column("users_share", "Of accounts", "rate"),
        Column("watched_hours", "Hours", "hours"),
        Column("watched_share", "Of hours", "rate"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    period=lambda marts: "" if marts.month is None else month_name(marts.month),
)
