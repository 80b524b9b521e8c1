"""Targets: what a key figure was to reach, told only where somebody set it."""

from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd
import pytest
from dbt_sample import Built

from streaming_analytics.bi.metrics import read_metrics
from streaming_analytics.mart_contract import MartContract
from streaming_analytics.project import own_checkout
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.report.figures import key_figures
from streaming_analytics.report.marts import ALL, Marts, read_marts
from streaming_analytics.report.targets import target_metrics
from streaming_analytics.warehouse.connection import Connection

from .oracle import Oracle

NEWEST = date(2025, 12, 1)


def of(region: str, **target: Any) -> dict[str, str]:
    """Return what the figures of one month say of their targets, by key."""
    growth = {
        "region_code": region,
        "month_start_date": NEWEST,
        "signups": 0,
        "opening_members": 200,
        "cancels": 12,
        "closing_members": 50440,
        "average_members": 100.0,
        "closing_mrr_usd": 1000.0,
        "revenue_usd": 1250.0,
    }
    viewing = {"region_code": region, "month_start_date": NEWEST, "watched_hours": 31.0}
    wanted = {"month_start_date": NEWEST} | target
    frames = {
        "growth": pd.DataFrame([growth], dtype=object),
        "viewing_months": pd.DataFrame([viewing], dtype=object),
        "targets": pd.DataFrame([wanted] if target else [], dtype=object),
    }
    figures = key_figures(Marts(frames, {}), region)
    return {figure.key: figure.target for figure in figures if figure.target}


@pytest.mark.parametrize(
    ("metric", "wanted", "key", "told"),
    [
        ("members", 52000, "members", "target 52,000, 3.0% below"),
        ("members", 50000, "members", "target 50,000, 0.9% above"),
        ("members", 50440, "members", "target 50,440, reached"),
        ("signups", 0, "signups", "target 0, reached"),
        ("mrr", 800, "mrr", "target $800, 25.0% above"),
        ("arm", 10, "arm", "target $10.00, 25.0% above"),
        # Rates are apart in points, never in percent of a percentage.
        ("gross_churn_rate", 0.05, "churn", "target 5.0%, 1.0 points above"),
        ("watched_hours", 62, "hours", "target 62 h, 50.0% below"),
        ("watched_hours", 0, "hours", "target 0 h, 31 h above"),
    ],
)
def test_the_distance_is_told(metric: str, wanted: float, key: str, told: str) -> None:
    assert of(ALL, metric_name=metric, target_value=wanted) == {key: told}


def test_nothing_is_told_without_a_target_for_the_month_and_the_platform() -> None:
    row = {"metric_name": "members", "target_value": 52000}
    assert of(ALL) == {}
    assert of(ALL, **row, month_start_date=date(2025, 11, 1)) == {}
    assert of("EMEA", **row) == {}
    # A figure that is not known cannot be held to its target.
    assert of(ALL, metric_name="stickiness", target_value=0.2) == {}


def test_every_target_is_of_a_metric_or_a_column_that_exists(
    built: Built, contract: MartContract
) -> None:
    (table,) = [
        table
        for table in read_raw_contract(own_checkout().raw_contract)
        if table.name == "targets"
    ]
    rules = table.by_name["metric_name"].rules
    allowed = asdict(rules)["values"]
    assert sorted(allowed) == sorted(target_metrics().values())
    columns = {name for mart in contract for name in mart.columns}
    assert set(allowed) <= set(read_metrics(built.manifest).by_name) | columns


def test_the_examples_of_the_sample_are_told(
    published: Connection, contract: MartContract
) -> None:
    marts, oracle = read_marts(published, contract), Oracle(published)
    told = {figure.key: figure.target for figure in key_figures(marts, ALL)}
    assert [key for key, text in told.items() if text] == ["members", "mrr", "churn"]
    members, *_ = oracle.figures(ALL)["members"]
    (wanted,) = [
        float(row["target_value"])
        for row in marts["targets"].to_dict("records")
        if row["metric_name"] == "members" and row["month_start_date"] == marts.month
    ]
    assert told["members"].startswith(f"target {wanted:,.0f}, ")
    assert f"{abs(float(members) / wanted - 1) * 100:.1f}% " in told["members"]
