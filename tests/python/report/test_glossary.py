"""The glossary: every metric, with the formula that it has and the value it takes."""

import re
from pathlib import Path

import pytest
from browsing import address_of, browser
from dbt_sample import Built
from metric_queries import EXPECTED

from streaming_analytics.bi.metrics import Metrics, read_metrics
from streaming_analytics.mart_contract import MartContract
from streaming_analytics.report.glossary import formula_in_words, glossary
from streaming_analytics.report.marts import read_marts
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

from .conftest import EMPTY, Changed
from .oracle import shown


@pytest.fixture(scope="module")
def metrics(built: Built) -> Metrics:
    return read_metrics(built.manifest)


@pytest.fixture(scope="module")
def path(
    published: Connection,
    contract: MartContract,
    metrics: Metrics,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    marts = read_marts(published, contract)
    written = tmp_path_factory.mktemp("glossary") / "glossary.html"
    written.write_text(glossary(metrics, contract, marts, published), "utf-8")
    return written


def test_every_metric_is_told_with_its_value(
    path: Path, metrics: Metrics, published: Connection
) -> None:
    with browser() as chromium:
        page = chromium.page(1280, 900).open(address_of(path))
        assert page.problems == []
        assert page.requests == [address_of(path)]
        assert page.violations() == []
        told = page.evaluate("""
            Object.fromEntries([...document.querySelectorAll('dt')].map(term => [
                term.id,
                [...term.parentElement.querySelectorAll('dd')].map(
                    one => one.textContent.trim())]))
        """)
    assert told.keys() == metrics.by_name.keys() == EXPECTED.keys()
    compared = 0
    with published.connect() as session:
        for name, (what, where, when) in EXPECTED.items():
            sentence, formula, *example = told[name]
            assert re.fullmatch(r"\(?[A-Z0-9].*\.", sentence), name
            assert formula.startswith("Formula ")
            if not example or when == "release_date":
                continue
            table = where.replace("dev_mart", "mart")
            joined = " and" if " where " in table else " where"
            row = session.execute(
                trusted(
                    f"select {what} from {table}{joined} "
                    f"date_trunc('month', {when})::date = date '2025-12-01'"
                )
            ).fetchone()
            assert row is not None
            assert example[0].startswith("Example December 2025: ")
            last = example[0].rpartition(" = ")[2].rpartition(": ")[2]
            scale = 100 if last.endswith("%") else 1
            assert shown(last).is_one_of([float(row[0]) * scale]), name
            compared += 1
    assert compared >= 39


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gross_churn_rate", "Cancels \N{DIVISION SIGN} Member months"),
        (
            "net_churn_rate",
            "(Cancels - Resubscribes) \N{DIVISION SIGN} Member months",
        ),
        (
            "cancels",
            "sum of cancels in mart_churn.agg_churn_by_region_month",
        ),
        (
            "active_users",
            "number of different user_id in mart_core.fct_viewing, where "
            "is_valid_view is true and is_bot is false",
        ),
        (
            "starters",
            "number of rows of mart_core.fct_content_viewers, where is_starter is "
            "true, by first_started_at",
        ),
        (
            "measured_starters",
            "number of rows of mart_core.fct_content_viewers, where parts_completed is "
            "not NULL and is_starter is true, by first_started_at",
        ),
        (
            "members",
            "sum of closing_members in mart_churn.agg_churn_by_region_month, on the "
            "last month_start_date",
        ),
    ],
)
def test_a_formula_reads_as_words(
    metrics: Metrics, contract: MartContract, name: str, told: str
) -> None:
    assert formula_in_words(metrics.by_name[name], metrics, contract) == told


def test_without_data_there_are_formulas_and_no_examples(
    metrics: Metrics, contract: MartContract, changed: Changed
) -> None:
    with changed("empty_glossary", EMPTY) as connection:
        marts = read_marts(connection, contract)
        text = glossary(metrics, contract, marts, connection)
    assert text.count("Formula") >= len(metrics.by_name)
    assert "<b>Example</b>" not in text
