"""Captions, descriptions and what becomes a measure."""

from typing import Any

import pytest

from streaming_analytics.bi.captions import captions
from streaming_analytics.bi.measures import Kind, measures_of
from streaming_analytics.bi.metrics import Aggregate, Metric
from streaming_analytics.bi.naming import adds_up, caption, folder_of, plain
from streaming_analytics.formulas import formula
from streaming_analytics.mart_columns import Additivity, Column, Format, Parts
from streaming_analytics.mart_contract import Mart

ADDITIVE, SEMI = Additivity.ADDITIVE, Additivity.SEMI_ADDITIVE


def column(name: str, data_type: str = "integer", **declared: Any) -> Column:
    return Column(name, data_type, "", False, **declared)


def mart(*columns: Column, name: str = "agg_x") -> Mart:
    return Mart(name, "mart_x", "", {c.name: c for c in columns}, ("id",), (), "#000")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("watched_hours", "Watched hours"),
        ("mrr_at_risk_usd", "MRR at risk (USD)"),
        ("user_id", "User ID"),
        ("active_days_28d", "Active days 28d"),
    ],
)
def test_captions(name: str, expected: str) -> None:
    assert caption(name) == expected


def test_descriptions_lose_their_markdown() -> None:
    text = "**Grain** One row\nper `user`.\n\n**Mind** It is 3 * 4."
    assert plain(text) == "Grain: One row per user. Mind: It is 3 * 4."


RATE = Parts(formula("cancels"), formula("members"))
FLOWS = mart(
    column("id", "string"),
    column("month", "date"),
    column("place", "string"),
    column("cancels", additivity=ADDITIVE, unit="count"),
    column("members", additivity=SEMI, over=("month",), unit="count"),
    column("seen", additivity=SEMI, over=("place", "month"), unit="count"),
    column("rate", "numeric(12, 6)", parts=RATE, unit="share"),
    column("rate_lower", "numeric(12, 6)", unit="share"),
    column("helper", additivity=SEMI, over=("place",), unit="count", is_hidden=True),
    column("rank", unit="label"),
)


def test_what_does_not_add_up_becomes_a_measure() -> None:
    made = {one.column.name: one for one in measures_of(FLOWS)}
    assert {name: one.kind for name, one in made.items()} == {
        "members": Kind.TOTAL,
        "seen": Kind.TOTAL,
        "rate": Kind.RATIO,
        "rate_lower": Kind.VALUE,
    }
    assert (made["members"].last_of, made["members"].single) == ("month", ())
    assert (made["seen"].last_of, made["seen"].single) == ("month", ("place",))


def test_an_attribute_of_a_thing_stays_a_column() -> None:
    one = mart(column("id"), column("tenure", unit="months"), name="dim_x")
    assert measures_of(one) == ()
    assert not adds_up(one, one.columns["tenure"])


def test_only_what_adds_up_is_summed() -> None:
    summed = {name for name, one in FLOWS.columns.items() if adds_up(FLOWS, one)}
    assert summed == {"cancels"}


def test_folders_tell_amounts_from_rates() -> None:
    assert {name: folder_of(FLOWS, one) for name, one in FLOWS.columns.items()} == {
        "id": "Keys",
        "month": "Dates",
        "place": "Attributes",
        "cancels": "Counts and amounts",
        "members": "Counts and amounts",
        "seen": "Counts and amounts",
        "rate": "Rates and averages",
        "rate_lower": "Rates and averages",
        "helper": "Counts and amounts",
        "rank": "Attributes",
    }


def metric(label: str, column: str) -> Metric:
    return Metric(label, label, "", Aggregate("agg_x", "sum", column), Format.WHOLE)


def test_a_caption_names_one_thing() -> None:
    other = mart(
        column("id", "string"),
        column("cancels", additivity=ADDITIVE, unit="count"),
        column("rate", "numeric(12, 6)", unit="share"),
        name="agg_y",
    )
    names = captions(
        [FLOWS, other],
        [metric("Cancels", "cancels")],
        {("agg_y", "id")},
        in_one_list=True,
    )
    assert names.columns["agg_x", "cancels"] == "Cancels (stored)"
    assert names.columns["agg_y", "cancels"] == "Cancels (Y)"
    assert names.measures["agg_x", "rate"] == "Rate (X)"
    assert names.measures["agg_y", "rate"] == "Rate (Y)"
    assert names.columns["agg_x", "id"] == "ID (X)"
    shown = [*names.columns.values(), *names.measures.values(), "Cancels"]
    assert len({text.lower() for text in shown}) == len(shown)
    assert names.hidden == {
        ("agg_x", "cancels"),
        ("agg_x", "members"),
        ("agg_x", "seen"),
        ("agg_x", "rate"),
        ("agg_x", "rate_lower"),
        ("agg_x", "helper"),
        ("agg_y", "rate"),
        ("agg_y", "id"),
    }
