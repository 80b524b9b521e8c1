"""What the columns of the marts declare, held to itself and to the built sample."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from dbt_sample import Built

from streaming_analytics.mart_columns import UNITS, Additivity, Column, Format
from streaming_analytics.mart_contract import Mart, MartContract, read_mart_contract
from streaming_analytics.warehouse.statements import trusted

# What is a part of something, or names something, is no amount.
NEVER_SUMMED = {"share", "percent", "ratio", "score", "label"}


@pytest.fixture(scope="module")
def contract(built: Built) -> MartContract:
    return read_mart_contract(built.manifest)


def columns(contract: MartContract) -> Iterator[tuple[Mart, Column]]:
    return ((mart, column) for mart in contract for column in mart.columns.values())


def test_every_numeric_column_declares_its_unit_and_what_its_sum_means(
    built: Built, contract: MartContract
) -> None:
    nodes = {node["name"]: node for node in built.manifest["nodes"].values()}
    declared = 0
    missing = []
    for mart, column in columns(contract):
        meta = nodes[mart.name]["columns"][column.name]["config"]["meta"]
        if column.is_number:
            declared += 1
            if "unit" not in meta or not {"additivity", "numerator"} & set(meta):
                missing.append(f"{mart.name}.{column.name}")
    assert missing == []
    assert declared > 400


def test_units_and_formats_are_of_the_short_lists(contract: MartContract) -> None:
    for mart, column in columns(contract):
        if column.is_number:
            where = f"{mart.name}.{column.name}"
            assert column.unit in UNITS, where
            assert column.format not in (Format.TEXT, Format.YES_NO), where
            assert (column.format is Format.PERCENT) == (column.unit == "share"), where
            in_money = column.format in (Format.DOLLARS, Format.CENTS)
            assert in_money == (column.unit == "usd"), where
            assert (column.unit == "usd") == ("_usd" in column.name), where
        else:
            assert column.unit is None


def test_what_adds_up_is_an_amount(contract: MartContract) -> None:
    for mart, column in columns(contract):
        if column.additivity is not Additivity.NONE:
            where = f"{mart.name}.{column.name}"
            assert column.is_number, where
            assert column.unit not in NEVER_SUMMED, where
            assert column.name not in mart.keys, where


def test_a_semi_additive_column_names_keys_of_its_table(contract: MartContract) -> None:
    for mart, column in columns(contract):
        for name in column.over:
            assert name in mart.primary_key, f"{mart.name}.{column.name}: {name}"


def test_a_ratio_is_a_quotient_of_sums(contract: MartContract) -> None:
    ratios = 0
    for mart, column in columns(contract):
        if column.parts is None:
            continue
        ratios += 1
        for part in (column.parts.numerator, column.parts.denominator):
            for term in part.terms():
                summed = [
                    name
                    for name in term
                    if mart.columns[name].additivity is not Additivity.NONE
                ]
                assert summed, f"{mart.name}.{column.name}: {part.text}"
            for name in part.names:
                assert mart.columns[name].parts is None
    assert ratios >= 50


def test_the_interval_of_a_ratio_is_never_summed(contract: MartContract) -> None:
    for mart, column in columns(contract):
        stem, _, end = column.name.rpartition("_")
        if end in ("lower", "upper") and stem in mart.columns:
            assert column.additivity is Additivity.NONE
            assert column.unit == mart.columns[stem].unit
            assert column.format is mart.columns[stem].format


def _rounding(column: Column) -> Decimal:
    """Return by how much the stored value may differ from the exact one."""
    if column.kind != "decimal":
        return Decimal(0)
    return Decimal("0.501") / 10 ** column.precision[1]


def test_the_stored_ratio_is_its_numerator_over_its_denominator(
    built: Built, contract: MartContract
) -> None:
    compared = 0
    wrong = []
    with built.connection.connect() as session:
        for mart, column in columns(contract):
            if column.parts is None:
                continue
            top, bottom = column.parts.numerator, column.parts.denominator
            rows: list[Any] = session.execute(
                trusted(
                    f"select {column.name}, ({top.text})::numeric, "
                    f"({bottom.text})::numeric from dev_{mart.schema}.{mart.name}"
                )
            ).fetchall()
            for stored, over, under in rows:
                if over is None or not under:
                    assert stored is None, f"{mart.name}.{column.name}"
                    continue
                exact = over / under
                if stored is None or abs(stored - exact) > _rounding(column):
                    wrong.append(f"{mart.name}.{column.name}: {stored} for {exact}")
                compared += 1
    assert wrong == []
    assert compared > 10_000


def test_metrics_sum_what_adds_up_and_take_the_last_of_what_does_not(
    built: Built, contract: MartContract
) -> None:
    """A metric of a stock takes its last value, unless it is exposure.

    Exposure, such as the months of members, is what a ratio is of.
    """
    tables = {
        node["name"]: contract[node["node_relation"]["alias"]]
        for node in built.manifest["semantic_models"].values()
    }
    metrics = built.manifest["metrics"].values()
    parts = {
        parameters[part]["name"]
        for parameters in (metric["type_params"] for metric in metrics)
        for part in ("numerator", "denominator")
        if parameters.get(part)
    } | {
        used["name"]
        for metric in metrics
        for used in metric["type_params"].get("metrics") or []
    }
    by_measure = {
        metric["type_params"]["measure"]["name"]: metric["name"]
        for metric in metrics
        if metric["type"] == "simple"
    }
    seen = 0
    for model in built.manifest["semantic_models"].values():
        mart = tables[model["name"]]
        for measure in model["measures"]:
            column = mart.columns.get(str(measure["expr"]).removeprefix("-"))
            if measure["agg"] != "sum" or column is None:
                continue
            seen += 1
            last_of = measure.get("non_additive_dimension")
            if column.additivity is Additivity.ADDITIVE:
                assert last_of is None, measure["name"]
            elif last_of is not None:
                assert last_of["name"] in column.over, measure["name"]
            else:
                assert by_measure[measure["name"]] in parts, measure["name"]
    assert seen > 20
