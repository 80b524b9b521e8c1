"""Every measure of the BI files computed on the sample and held to the marts."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
from bi_declared import Expected, expected_measures, rows_by
from dax import Context, Model
from dbt_sample import Built
from metric_queries import EXPECTED
from tableau_sql import Fields, as_sql, last_dates, table_of, whole

from streaming_analytics.bi.metrics import Metrics
from streaming_analytics.bi.shapes import COMPARED
from streaming_analytics.mart_contract import Mart, MartContract

Query = Callable[[str], list[tuple[Any, ...]]]
Key = tuple[Any, ...]

# Their rows have no day that the calendar names: dates do not split them.
NO_DATES = {
    *("titles", "starters", "measured_starters"),
    *("completers", "completion_rate"),
}
# What is split by many things is held at so many of them.
FEW = 6


@pytest.fixture(scope="module")
def expected(built: Built, marts: MartContract) -> dict[str, list[Expected]]:
    return {mart.name: list(expected_measures(built.manifest, mart)) for mart in marts}


def groupings(mart: Mart) -> list[tuple[str, ...]]:
    """Return the columns to split by: the grain, each key alone, nothing."""
    single = [(key,) for key in mart.primary_key]
    return list(dict.fromkeys([mart.primary_key, *single, ()]))


def values_of(
    ask: Query, mart: Mart, keys: tuple[str, ...], measures: list[Expected]
) -> dict[Key, list[float | None]]:
    rows = ask(rows_by(mart, keys, measures))
    return {row[: len(keys)]: list(row[len(keys) :]) for row in rows}


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def spread(found: Sequence[Any]) -> list[Any]:
    """Return a few of many, the first and the last among them."""
    step = max((len(found) - 1) // (FEW - 1), 1)
    return [*found[::step][: FEW - 1], found[-1]] if len(found) > FEW else list(found)


# --- What the declarations say is what the marts hold ---


def test_at_its_grain_every_measure_is_the_stored_number(
    ask: Query, marts: MartContract, expected: dict[str, list[Expected]]
) -> None:
    seen = 0
    for mart in marts:
        for one in expected[mart.name]:
            found = values_of(ask, mart, mart.primary_key, [one])
            keys = ", ".join(mart.primary_key)
            stored = ask(
                f"select {keys}, {one.column} from dev_{mart.schema}.{mart.name}"
            )
            decimals = mart.columns[one.column].kind == "decimal"
            places = mart.columns[one.column].precision[1] if decimals else 0
            for *key, value in stored:
                computed = found[tuple(key)][0]
                where = f"{mart.name}.{one.column} {key}"
                if value is None or computed is None:
                    assert value is None, where
                    assert computed is None, where
                    continue
                assert abs(float(value) - computed) < 0.501 * 10**-places, where
                seen += 1
    assert seen > 100_000


# --- Power BI ---


def test_power_bi_measures_are_what_the_columns_declare(
    model: Model,
    ask: Query,
    marts: MartContract,
    expected: dict[str, list[Expected]],
) -> None:
    wrong = []
    compared = 0
    for mart in marts:
        measures = expected[mart.name]
        names = [part.name for part in model.tables[mart.name].measures]
        assert len(names) == len(measures), mart.name
        if not measures:
            continue
        for keys in groupings(mart):
            cells = [(mart.name, model.caption(mart.name, key)) for key in keys]
            values = values_of(ask, mart, keys, measures)
            for key in spread(sorted(values, key=str)):
                context = Context()
                for cell, value in zip(cells, key, strict=True):
                    context = context.only(cell, [value])
                for name, one, right in zip(names, measures, values[key], strict=True):
                    computed = model.value(name, context)
                    compared += 1
                    if not same(computed, right):
                        wrong.append((mart.name, one.column, key, computed, right))
    assert wrong == []
    assert compared > 2500


def test_power_bi_metrics_by_month_are_the_marts_numbers(
    model: Model, metrics: Metrics, ask: Query
) -> None:
    months = ("dim_dates", model.caption("dim_dates", "month_start_date"))
    wrong = []
    for name, (what, where, date) in EXPECTED.items():
        label = metrics.by_name[name].label
        rows = ask(
            f"select date_trunc('month', {date})::date, {what} from {where} "
            "group by 1 order by 1"
        )
        total = model.value(label, Context())
        for month, right in spread(rows):
            computed = model.value(label, Context().only(months, [month]))
            if name in NO_DATES:
                assert same(computed, total), name
            elif not same(computed, None if right is None else float(right)):
                wrong.append((name, month, computed, right))
    assert wrong == []


BY_GENRE = """
    select genre_name, {what}
    from dev_mart_core.{fact}
    inner join dev_mart_core.bridge_content_genres using (content_id)
    inner join dev_mart_core.dim_genres using (genre_code)
    group by 1
"""
BY_REGION = """
    select dim_regions.region_name, {what}
    from dev_mart_core.{fact}
    inner join dev_mart_core.dim_users using (user_id)
    inner join dev_mart_core.dim_countries using (country_code)
    inner join dev_mart_core.dim_regions
        on dim_countries.region_code = dim_regions.region_code
    group by 1
"""
HOURS = """
    sum(watched_seconds) filter (where play_type = 'main' and not is_bot) / 3600.0
"""
COMPLETION = (
    "avg(is_completer::integer::numeric) filter (where is_starter)::double precision"
)


@pytest.mark.parametrize(
    ("dimension", "column", "query"),
    [
        ("dim_genres", "genre_name", BY_GENRE),
        ("dim_regions", "region_name", BY_REGION),
    ],
)
@pytest.mark.parametrize(
    ("label", "fact", "what"),
    [
        ("Hours viewed", "fct_viewing", HOURS),
        ("Average rating", "fct_ratings", "avg(rating)"),
        ("Ratings", "fct_ratings", "count(*)"),
        ("Completion rate", "fct_content_viewers", COMPLETION),
    ],
)
def test_power_bi_splits_facts_by_genre_and_region(
    model: Model,
    ask: Query,
    dimension: str,
    column: str,
    query: str,
    label: str,
    fact: str,
    what: str,
) -> None:
    cell = (dimension, model.caption(dimension, column))
    rows = ask(query.format(what=what, fact=fact))
    assert len(rows) > 3
    for member, right in rows:
        computed = model.value(label, Context().only(cell, [member]))
        assert same(computed, float(right)), (member, computed, right)
        assert not same(computed, model.value(label, Context()))


# --- Tableau ---


def tableau_groupings(mart: Mart) -> list[tuple[str, ...]]:
    """Return the columns by which Tableau's last date is that of Power BI.

    A table of one row for each date shows nothing over several of them; and an account
    has no rows after it left, so that its last month is not the table's.
    """
    found = groupings(mart)
    if [mart.columns[key].kind for key in mart.primary_key] == ["date"]:
        return found[:1]
    return found if mart.is_aggregate else [found[0], ()]


def computed_by(
    ask: Query,
    mart: Mart,
    fields: Fields,
    formulas: list[str],
    keys: tuple[str, ...],
    by: str = "",
) -> dict[Key, list[float | None]]:
    """Return formulas' values for each value of some columns, or of one expression."""
    last: dict[str, tuple[str, ...]] = {}
    for formula in formulas:
        last |= last_dates(fields, formula)
    windows = ""
    for date, excluded in last.items():
        kept = [by] if by else [key for key in keys if key not in excluded]
        inner = f"partition by {', '.join(kept)}" if kept else ""
        windows += f", max({date}) over ({inner}) as last_{date}"
    split = [by] if by else list(keys)
    values = [f"({as_sql(fields, one)})::double precision" for one in formulas]
    grouped = f"group by {', '.join(split)}" if split else ""
    rows = ask(
        f"select {', '.join([*split, *values])} from "
        f"(select *{windows} from dev_{mart.schema}.{mart.name}) as rows {grouped}"
    )
    return {row[: len(split)]: list(row[len(split) :]) for row in rows}


def test_tableau_fields_are_what_the_columns_declare(
    sources: list[Fields],
    ask: Query,
    marts: MartContract,
    expected: dict[str, list[Expected]],
) -> None:
    wrong = []
    seen = set()
    for fields in sources:
        for name in sorted({table for table, _ in fields.columns.values()}):
            mart = marts[name]
            measures = expected[mart.name]
            names = [f"measure_{name}_{one.column}" for one in measures]
            # The workbook holds what its sheets show; each has a data source beside it.
            if (
                not measures
                or mart.name in seen
                or not set(names) <= fields.formulas.keys()
            ):
                continue
            seen.add(mart.name)
            formulas = [whole(fields, name) for name in names]
            for keys in tableau_groupings(mart):
                right = values_of(ask, mart, keys, measures)
                computed = computed_by(ask, mart, fields, formulas, keys)
                assert computed.keys() == right.keys()
                wrong += [
                    (mart.name, one.column, key, got, want)
                    for key, values in right.items()
                    for one, got, want in zip(
                        measures, computed[key], values, strict=True
                    )
                    if not same(got, want)
                ]
    assert wrong[:5] == []
    assert seen == {name for name, measures in expected.items() if measures}


def test_tableau_metrics_by_month_are_the_marts_numbers(
    sources: list[Fields], ask: Query, marts: MartContract
) -> None:
    wrong = []
    seen = set()
    for fields in sources:
        for name, (what, where, date) in EXPECTED.items():
            if f"metric_{name}" not in fields.formulas or name in seen:
                continue
            seen.add(name)
            formula = whole(fields, f"metric_{name}")
            mart = marts[table_of(fields, formula)]
            by = f"date_trunc('month', {date})::date"
            rows = ask(f"select {by}, {what} from {where} group by 1")
            computed = computed_by(ask, mart, fields, [formula], (), by)
            for month, right in rows:
                got = computed[(month,)][0]
                if not same(got, None if right is None else float(right)):
                    wrong.append((name, month, got, right))
    assert wrong[:5] == []
    assert seen == set(EXPECTED)


SPANS = [("month", 1), ("year", 12)]


@pytest.mark.parametrize("metric", COMPARED)
@pytest.mark.parametrize(("span", "back"), SPANS)
def test_tableau_compares_with_the_months_that_the_marts_hold(
    sources: list[Fields],
    ask: Query,
    marts: MartContract,
    metric: str,
    span: str,
    back: int,
) -> None:
    name = f"metric_{metric}_{span}_before"
    holding = [fields for fields in sources if name in fields.formulas]
    assert holding
    what, where, date = EXPECTED[metric]
    joined = "and" if " where " in where else "where"
    by = f"date_trunc('month', {date})::date"
    for fields in holding:
        looked = re.fullmatch(r"LOOKUP\(\[(\w+)\], -(\d+)\)", fields.formulas[name])
        assert looked is not None
        formula = whole(fields, looked[1])
        mart = marts[table_of(fields, formula)]
        found = computed_by(ask, mart, fields, [formula], (), by)
        # A sheet by month has a mark for each, in their order.
        months = sorted(found)
        for place in (back, len(months) - 1):
            computed = found[months[place - int(looked[2])]][0]
            ((right,),) = ask(
                f"select {what} from {where} {joined} {by}"
                f" = date '{months[place][0]}' - interval '{back} months'"
            )
            assert same(computed, None if right is None else float(right)), months[
                place
            ]


@pytest.mark.parametrize("metric", COMPARED)
@pytest.mark.parametrize(("span", "back"), SPANS)
def test_power_bi_compares_with_the_months_that_the_marts_hold(
    model: Model, metrics: Metrics, ask: Query, metric: str, span: str, back: int
) -> None:
    months = ("dim_dates", model.caption("dim_dates", "month_start_date"))
    label = metrics.by_name[metric].label
    what, where, date = EXPECTED[metric]
    joined = "and" if " where " in where else "where"
    for month in ("2025-03-01", "2025-12-01"):
        ((right,),) = ask(
            f"select {what} from {where} {joined} date_trunc('month', {date})"
            f" = date '{month}' - interval '{back} months'"
        )
        context = Context().only(months, [datetime.fromisoformat(month).date()])
        computed = model.value(f"{label}, {span} before", context)
        assert same(computed, float(right)), month
        assert not same(computed, model.value(label, context))
