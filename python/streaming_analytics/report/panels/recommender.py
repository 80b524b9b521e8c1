"""What to watch next: how well the recommenders predict what people chose."""

from typing import Any

import altair as alt
import pandas as pd

from streaming_analytics.palette import ACCENT, INK, MUTED
from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.panels.panel import (
    Column,
    Panel,
    Row,
    chart_of_rows,
    layered,
    to_rows,
)
from streaming_analytics.report.recommenders import (
    BASELINE,
    GAIN,
    NDCG,
    SERVED,
    SPLITS,
)
from streaming_analytics.report.wording import count, number, percent

_NAMES = {
    "popularity": "Popularity",
    "item_knn": "Neighbours (kNN)",
    "ease": "EASE",
    "ease_top_100": "EASE, top 100",
    "ease_top_100_diverse": "EASE, diverse (used)",
}
_FIELDS = ["model_name", "metric_value", "lower_value", "upper_value", "users"]


def metric(
    marts: Marts, model: str, name: str, split: str | None = None
) -> pd.Series | None:
    """Return the row of a model and metric; None before training.

    Args:
        marts: What was published.
        model: The recommender.
        name: The metric.
        split: How choices were held out; that which the pages tell by default.
    """
    frame = _judged(marts, split or told_split(marts))
    if frame.empty:
        return None
    found = frame[(frame["model_name"] == model) & (frame["metric_name"] == name)]
    return None if found.empty else found.iloc[0]


def told_split(marts: Marts) -> str:
    """Return the split that the pages tell: the first that was judged."""
    frame = marts["recommender"]
    there = () if frame.empty else set(frame["split_name"])
    return next((split for split in SPLITS if split in there), SPLITS[0])


def _judged(marts: Marts, split: str) -> pd.DataFrame:
    frame = marts["recommender"]
    return frame if frame.empty else frame[frame["split_name"] == split]


def gain(marts: Marts, split: str) -> float | None:
    """Return how much better than popularity the lists are; None if not clearly."""
    gained = metric(marts, SERVED, GAIN, split)
    theirs = metric(marts, BASELINE, NDCG, split)
    if gained is None or theirs is None or gained["lower_value"] <= 0:
        return None
    return float(gained["metric_value"] / theirs["metric_value"])


def served(marts: Marts) -> pd.Series | None:
    """Return the accuracy of the lists that users get; None before training."""
    return metric(marts, SERVED, NDCG)


def is_clearly_better(marts: Marts) -> bool:
    """Return whether the lists beat popularity, account by account."""
    gained = metric(marts, SERVED, GAIN)
    return gained is not None and gained["lower_value"] > 0


def is_clearly_worse(marts: Marts) -> bool:
    """Return whether popularity beats the lists, account by account."""
    gained = metric(marts, SERVED, GAIN)
    return gained is not None and gained["upper_value"] < 0


def lists(marts: Marts, region: str = ALL) -> pd.Series | None:
    """Return what the lists are made of; None when there are none."""
    frame = marts.of_region("recommendations", region)
    if frame.empty or not frame["recommendations"].iloc[0]:
        return None
    return frame.iloc[0]


def _rows(marts: Marts) -> list[Row]:
    frame = _judged(marts, told_split(marts))
    if frame.empty:
        return []
    accuracy = frame[frame["metric_name"] == NDCG]
    return [
        row | {"model": _NAMES.get(row["model_name"], row["model_name"])}
        for row in to_rows(accuracy, _FIELDS)
    ]


def _chart(marts: Marts) -> Any:
    accuracy: dict[str, Any] = {
        "title": "NDCG@10 (1 = all predicted)",
        "axis": alt.Axis(grid=True, tickCount=5, format=".2f"),
        # Half of the last number of the axis stands beyond its tick.
        "scale": alt.Scale(zero=True, range=[0, alt.expr("width - 16")]),
    }
    base = chart_of_rows().encode(
        y=alt.Y(
            "model:N",
            sort=[row["model"] for row in _rows(marts)],
            title=None,
            axis=alt.Axis(labelColor=INK, labelLimit=170),
        ),
        color=alt.condition(
            f"datum.model_name === '{BASELINE}'", alt.value(MUTED), alt.value(ACCENT)
        ),
        tooltip=[
            alt.Tooltip("model:N", title="Recommender"),
            alt.Tooltip("metric_value:Q", title="NDCG@10", format=".3f"),
            alt.Tooltip("lower_value:Q", title="from", format=".3f"),
            alt.Tooltip("upper_value:Q", title="to", format=".3f"),
            alt.Tooltip("users:Q", title="Users"),
        ],
    )
    return layered(
        base.mark_rule(strokeWidth=3).encode(
            x=alt.X("lower_value:Q", **accuracy), x2="upper_value:Q"
        ),
        base.mark_point(filled=True, size=130, opacity=1).encode(
            x=alt.X("metric_value:Q", **accuracy)
        ),
        base.mark_text(dy=-14, fontWeight="bold").encode(
            x=alt.X("metric_value:Q", **accuracy),
            text=alt.Text("metric_value:Q", format=".3f"),
        ),
    )


def _finding(marts: Marts, region: str) -> str:
    ours, theirs = served(marts), metric(marts, BASELINE, NDCG)
    if ours is None or theirs is None:
        made = lists(marts)
        if made is None:
            return "There are no recommendations yet"
        return (
            f"{count(int(made['users']), 'account')} have a list; the recommender is "
            "not trained yet (run streaming train)"
        )
    if is_clearly_worse(marts):
        return "Popularity predicts choices better than the recommendations do"
    better = gain(marts, told_split(marts))
    if better is None:
        return "No clear difference between the recommendations and popularity"
    return (
        f"Recommendations predict choices {percent(better)} better than popularity does"
    )


def _note(marts: Marts, region: str) -> str:
    ours = served(marts)
    if ours is None:
        return ""
    covered = metric(marts, SERVED, "coverage_at_10")
    reach = (
        ""
        if covered is None
        else f" Its lists reach {percent(covered['metric_value'])} of the titles."
    )
    users = number(ours["users"])
    held_out = (
        f"the last 20% of all choices, of {users} users"
        if told_split(marts) == "global"
        else f"the last 20% of the history of {users} users"
    )
    return (
        f"Held out: {held_out}, ranked among all unseen titles; 95% bootstrap "
        f"intervals.{_beside(marts)}{reach}"
    )


def _beside(marts: Marts) -> str:
    """Say what else was measured, which may look better or worse."""
    if told_split(marts) != "global":
        return ""
    told = ""
    ours, theirs = (
        metric(marts, model, "recall_at_20") for model in (SERVED, BASELINE)
    )
    if ours is not None and theirs is not None:
        told = (
            f" Of what was chosen, the first 20 hold {percent(ours['metric_value'])}, "
            f"popularity's {percent(theirs['metric_value'])}."
        )
    flattered = gain(marts, "per_user")
    if flattered is not None:
        told += (
            f" Held out of each user's own history, the gain is {percent(flattered)}: "
            "training then knows later choices of others."
        )
    return told


PANEL = Panel(
    key="recommender",
    topic="What to watch next",
    queries=("recommender", "recommendations"),
    region="none",
    subtitle=lambda marts: (
        "How well each recommender predicts what people chose next, NDCG@10, with 95% "
        "intervals"
    ),
    reading="A row per recommender with a dot and its interval, the best first.",
    columns=(
        Column("model", "Recommender", "text"),
        Column("metric_value", "NDCG@10", "ratio"),
        Column("lower_value", "from", "ratio"),
        Column("upper_value", "to", "ratio"),
        Column("users", "Users", "integer"),
    ),
    rows=_rows,
    chart=_chart,
    finding=_finding,
    note=_note,
    height=300,
)
