"""dbt's metrics read, and computed from what was read: both have to agree."""

from typing import Any

import pytest
from dbt_sample import Built

from streaming_analytics.bi.metrics import (
    Aggregate,
    Condition,
    Metrics,
    Quotient,
    read_metrics,
)
from streaming_analytics.errors import UserError
from streaming_analytics.formulas import Formula
from streaming_analytics.mart_columns import Format
from streaming_analytics.mart_contract import MartContract


def manifest(
    expression: str, agg: str = "sum", metric: dict[str, Any] | None = None
) -> dict[str, Any]:
    node = {
        "name": "m",
        "label": "M",
        "description": "",
        "type": "simple",
        "type_params": {"measure": {"name": "measured"}},
        "config": {"meta": {"unit": "count"}},
    } | (metric or {})
    model = {
        "node_relation": {"alias": "fct_x"},
        "measures": [{"name": "measured", "agg": agg, "expr": expression}],
    }
    return {"semantic_models": {"s": model}, "metrics": {"m": node}}


@pytest.mark.parametrize(
    ("expression", "agg", "expected"),
    [
        ("cancels", "sum", Aggregate("fct_x", "sum", "cancels")),
        ("-churn_usd", "sum", Aggregate("fct_x", "sum", "churn_usd", is_negated=True)),
        ("1", "sum", Aggregate("fct_x", "count", None)),
        (
            "case when is_view and kind = 'main' then seconds else 0 end",
            "sum",
            Aggregate(
                "fct_x",
                "sum",
                "seconds",
                (Condition("is_view", True), Condition("kind", "main")),
            ),
        ),
        (
            "case when is_view and not is_bot then 1 else 0 end",
            "sum",
            Aggregate(
                "fct_x",
                "count",
                None,
                (Condition("is_view", True), Condition("is_bot", False)),
            ),
        ),
        (
            "case when is_view then user_id end",
            "count_distinct",
            Aggregate(
                "fct_x", "count_distinct", "user_id", (Condition("is_view", True),)
            ),
        ),
    ],
)
def test_aggregates(expression: str, agg: str, expected: Aggregate) -> None:
    assert read_metrics(manifest(expression, agg)).by_name["m"].definition == expected


@pytest.mark.parametrize(
    ("expression", "agg"),
    [
        ("a + b", "sum"),
        ("case when a > 1 then b else 0 end", "sum"),
        ("case when a then b when c then d end", "sum"),
        ("case when a or b then c end", "sum"),
        ("a", "median"),
    ],
)
def test_what_is_not_known_is_refused_by_name(expression: str, agg: str) -> None:
    with pytest.raises(UserError, match="metric m"):
        read_metrics(manifest(expression, agg))


def test_a_derived_metric_of_something_unknown_is_refused() -> None:
    node = {
        "type": "derived",
        "type_params": {"expr": "a / greatest(b, 1)", "metrics": [{"name": "a"}]},
    }
    with pytest.raises(UserError, match="metric m"):
        read_metrics(manifest("a", metric=node))


def test_every_metric_of_the_project_is_read_and_names_columns(
    metrics: Metrics, marts: MartContract, built: Built
) -> None:
    assert len(metrics.by_name) == len(built.manifest["metrics"]) >= 25
    for metric in metrics.by_name.values():
        assert metrics.tables(metric)
        for table, column in metrics.columns(metric):
            assert column in marts[table].columns
        for part in metrics.parts(metric):
            assert part.name in metrics.by_name


def test_they_compute_what_the_marts_hold(metrics: Metrics, built: Built) -> None:
    with built.connection.connect() as session:

        def number(statement: str) -> float:
            row = session.execute(statement.encode()).fetchone()
            assert row is not None
            return float(row[0])

        def computed(name: str) -> float:
            definition = metrics.by_name[name].definition
            if isinstance(definition, Quotient):
                return computed(definition.numerator) / computed(definition.denominator)
            if isinstance(definition, Formula):
                values = {name: computed(name) for name in definition.names}
                text = definition.written(str, lambda top, low: f"({top}) / ({low})")
                return eval(text, {}, values)
            tests = ["true"] + [
                f"{test.column} = '{test.equals}'" for test in definition.conditions
            ]
            (schema,) = (
                node["schema"]
                for node in built.manifest["nodes"].values()
                if node["name"] == definition.table
            )
            table = f"{schema}.{definition.table}"
            if definition.last_of:
                last = f"select max({definition.last_of}) from {table}"
                tests.append(f"{definition.last_of} = ({last})")
            what = {
                "sum": f"sum({definition.column})",
                "count": f"count({definition.column or '*'})",
                "count_distinct": f"count(distinct {definition.column})",
            }[definition.how]
            value = number(f"select {what} from {table} where {' and '.join(tests)}")
            return -value if definition.is_negated else value

        churn = "dev_mart_churn.agg_churn_by_region_month"
        assert computed("gross_churn_rate") == pytest.approx(
            number(f"select sum(cancels) * 1.0 / sum(opening_members) from {churn}")
        )
        assert computed("net_churn_rate") == pytest.approx(
            number(
                "select sum(cancels - resubscribes) * 1.0 / sum(opening_members) "
                f"from {churn}"
            )
        )
        plays = "dev_mart_core.fct_viewing"
        assert computed("watched_hours_per_active_user") == pytest.approx(
            number(
                "select sum(watched_seconds) filter (where play_type = 'main') "
                "/ 3600.0 / count(distinct user_id) filter (where is_valid_view) "
                f"from {plays} where not is_bot"
            )
        )


def test_what_no_household_watched_is_in_no_metric(metrics: Metrics) -> None:
    of_plays = {
        name: metric.definition.conditions
        for name, metric in metrics.by_name.items()
        if isinstance(metric.definition, Aggregate)
        and metric.definition.table == "fct_viewing"
    }
    assert "active_users" in of_plays
    for name, conditions in of_plays.items():
        assert Condition("is_bot", False) in conditions, name


def test_a_metric_declares_its_unit() -> None:
    node = {"config": {"meta": {"unit": "usd", "format": "cents"}}}
    read = read_metrics(manifest("a", metric=node)).by_name["m"]
    assert read.format is Format.CENTS
    with pytest.raises(UserError, match="metric m has the unit None"):
        read_metrics(manifest("a", metric={"config": {"meta": {}}}))


def test_metrics_know_by_which_column_they_fall_into_days(metrics: Metrics) -> None:
    def dated_by(name: str) -> str | None:
        definition = metrics.by_name[name].definition
        assert isinstance(definition, Aggregate)
        return definition.dated_by

    assert dated_by("signups") == "signup_date"
    assert dated_by("cancels") == "month_start_date"
    # The day of a moment.
    assert dated_by("starters") == "first_started_at"


def test_a_day_that_cannot_be_read_is_refused() -> None:
    made = manifest("a")
    made["semantic_models"]["s"] |= {
        "defaults": {"agg_time_dimension": "day"},
        "dimensions": [{"name": "day", "expr": "coalesce(begun_on, ended_on)"}],
    }
    with pytest.raises(UserError, match=r"metric m .*coalesce"):
        read_metrics(made)
