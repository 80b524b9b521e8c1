"""Superset's bundle: what lies in it hangs together, and its metrics are the marts'."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from bi_declared import Expected, expected_measures
from dbt_sample import Built
from metric_queries import EXPECTED
from superset_bundle import Bundle
from test_computed import Key, groupings, same, values_of

from streaming_analytics.bi.files import stale, superset_files, write_superset
from streaming_analytics.bi.metrics import Metrics
from streaming_analytics.bi.pages import PAGES, tables_of
from streaming_analytics.bi.server import Server
from streaming_analytics.bi.superset.bundle import COLOURS_FILE
from streaming_analytics.mart_contract import Mart, MartContract

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def files(marts: MartContract, metrics: Metrics) -> dict[str, str]:
    return superset_files(marts, metrics, Server())


def test_the_committed_bundle_is_current(
    files: dict[str, str], dashboards: Any
) -> None:
    folder = dashboards / "superset" / "streaming_analytics"
    assert stale(files, folder) == [], "run: streaming bi superset"


def test_the_archive_holds_the_files_in_one_folder(
    marts: MartContract, metrics: Metrics, files: dict[str, str], tmp_path: Path
) -> None:
    path = write_superset(marts, metrics, Server(), tmp_path)
    first = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        found = {name: packed.read(name).decode() for name in packed.namelist()}
    assert found == {
        f"streaming_analytics/{name}": text for name, text in files.items()
    }
    write_superset(marts, metrics, Server(), tmp_path)
    assert path.read_bytes() == first


def test_every_mart_is_a_dataset_with_its_words(
    bundle: Bundle, marts: MartContract
) -> None:
    assert bundle.datasets.keys() == marts.tables.keys()
    for name, dataset in bundle.datasets.items():
        mart = marts[name]
        assert dataset["schema"] == mart.schema
        assert dataset["description"]
        places = marts.tables if dataset["sql"] else {name: mart}
        names = [column["column_name"] for column in dataset["columns"]]
        assert len(names) == len(set(names))
        for column in dataset["columns"]:
            assert any(
                column["column_name"] in marts[table].columns for table in places
            )
            assert column["description"]
        known = [metric["metric_name"] for metric in dataset["metrics"]]
        assert len(known) == len(set(known))
        assert not set(known) & set(names)
        labels = [metric["verbose_name"].lower() for metric in dataset["metrics"]]
        assert len(labels) == len(set(labels)), name
        for metric in dataset["metrics"]:
            sqlglot.parse_one(metric["expression"], dialect="postgres")
        if dataset["main_dttm_col"] is not None:
            assert dataset["main_dttm_col"] in names


def test_readers_do_not_meet_what_a_measure_stands_for(
    bundle: Bundle, built: Built, marts: MartContract
) -> None:
    for name, dataset in bundle.datasets.items():
        names = {column["column_name"] for column in dataset["columns"]}
        stored = {one.column for one in expected_measures(built.manifest, marts[name])}
        assert not names & stored, name


def test_charts_and_dashboards_name_what_is_there(bundle: Bundle) -> None:
    assert [len(bundle.charts), len(bundle.dashboards)] == [
        sum(len(page.visuals) for page in PAGES),
        len(PAGES),
    ]
    assert bundle.faults() == []
    for page in PAGES:
        metadata = bundle.dashboards[page.name]["metadata"]
        knows_regions = any(
            "dim_regions" in tables_of(visual) for visual in page.visuals
        )
        assert bool(metadata["native_filter_configuration"]) == knows_regions


# What is put wrongly in which file.
BROKEN = (
    ("charts/risk_by_region.yaml", "measure_standardised_churn_rate", "measure_gone"),
    ("charts/churn_by_month.yaml", "x_axis: month_start_date", "x_axis: month"),
    ("charts/churn_by_month.yaml", "- region_name", "- region"),
    ("charts/strategies.yaml", "- leading_driver", "- driver"),
    ("charts/median_hours.yaml", "subject: is_complete_month", "subject: is_whole"),
    ("charts/hours_by_title.yaml", "\nuuid: ", "\nuuid: 0"),
    ("charts/hours_by_title.yaml", "\ndataset_uuid: ", "\ndataset_uuid: 0"),
    ("dashboards/churn_risk.yaml", "name: region_name", "name: region"),
    ("dashboards/churn_risk.yaml", "datasetUuid: ", "datasetUuid: 0"),
    ("dashboards/signups.yaml", "- CHART-signups_by_region", "- CHART-gone"),
    ("datasets/dim_users.yaml", "database_uuid: ", "database_uuid: 0"),
)


@pytest.mark.parametrize(("name", "right", "wrong"), BROKEN)
def test_what_is_broken_is_seen(
    files: dict[str, str], name: str, right: str, wrong: str
) -> None:
    assert right in files[name]
    changed = files | {name: files[name].replace(right, wrong, 1)}
    assert Bundle(changed).faults() != []


def test_no_password_is_in_it_and_the_server_is_named(files: dict[str, str]) -> None:
    database = yaml.safe_load(files["databases/streaming_analytics.yaml"])
    assert database["sqlalchemy_uri"] == (
        "postgresql+psycopg2://bi_reader:XXXXXXXXXX@127.0.0.1:5432/streaming"
    )
    assert not database["allow_dml"]
    assert COLOURS_FILE in files


# --- Computed on the sample ---


def computed_by(
    ask: Query, bundle: Bundle, mart: Mart, expressions: list[str], by: str
) -> dict[Key, list[float | None]]:
    """Return metrics' values for each value of one or more expressions, or of none."""
    values = ", ".join(f"({one})::double precision" for one in expressions)
    keys = f"{by}, " if by else ""
    grouped = f"group by {by}" if by else ""
    rows = ask(
        f"select {keys}{values} from {bundle.rows(mart.name)} as dataset {grouped}"
    )
    count = len(expressions)
    return {row[:-count]: list(row[-count:]) for row in rows}


def differing(
    ask: Query, bundle: Bundle, mart: Mart, measures: list[Expected]
) -> list[Any]:
    metrics = bundle.metrics(mart.name)
    expressions = [metrics[f"measure_{one.column}"] for one in measures]
    wrong: list[Any] = []
    for keys in groupings(mart):
        right = values_of(ask, mart, keys, measures)
        got = computed_by(ask, bundle, mart, expressions, ", ".join(keys))
        assert got.keys() == right.keys()
        wrong += [
            (mart.name, one.column, key, computed, wanted)
            for key, values in right.items()
            for one, computed, wanted in zip(measures, got[key], values, strict=True)
            if not same(computed, wanted)
        ]
    return wrong


def test_measures_are_what_the_columns_declare(
    built: Built, bundle: Bundle, ask: Query, marts: MartContract
) -> None:
    seen = 0
    for mart in marts:
        measures = list(expected_measures(built.manifest, mart))
        if measures:
            seen += len(measures)
            assert differing(ask, bundle, mart, measures)[:3] == []
    assert seen > 100


def test_metrics_by_month_are_the_marts_numbers(
    bundle: Bundle, metrics: Metrics, ask: Query, marts: MartContract
) -> None:
    seen = set()
    for name, (what, where, date) in EXPECTED.items():
        tables = metrics.tables(metrics.by_name[name])
        if len(tables) > 1:
            continue
        (table,) = tables
        seen.add(name)
        by = f"date_trunc('month', {date})::date"
        expression = bundle.metrics(table)[f"metric_{name}"]
        got = computed_by(ask, bundle, marts[table], [expression], by)
        for month, right in ask(f"select {by}, {what} from {where} group by 1"):
            value = None if right is None else float(right)
            assert same(got[(month,)][0], value), (name, month)
    assert len(seen) > 30


# A measure of a mart, and what of its expression is put wrongly.
WRONG = (
    ("agg_churn_risk_by_region", "churn_rate", "exposure_months", "members"),
    ("agg_churn_by_region_month", "closing_members", "max(", "min("),
    ("agg_churn_by_region_month", "closing_members", "sum(", "max("),
    ("agg_watch_time_distribution", "users_share", "month_users", "users"),
    ("agg_watch_time_distribution", "p50_hours", "max(", "min("),
    ("agg_content_performance", "completion_rate", "sum(", "count("),
    ("agg_active_users_by_day", "stickiness", "28", "30"),
)


@pytest.mark.parametrize(("table", "column", "right", "wrong"), WRONG)
def test_a_broken_measure_is_seen(
    built: Built,
    files: dict[str, str],
    ask: Query,
    marts: MartContract,
    table: str,
    column: str,
    right: str,
    wrong: str,
) -> None:
    name = f"datasets/{table}.yaml"
    content = yaml.safe_load(files[name])
    (metric,) = (
        one for one in content["metrics"] if one["metric_name"] == f"measure_{column}"
    )
    assert right in metric["expression"]
    metric["expression"] = metric["expression"].replace(right, wrong, 1)
    changed = Bundle(files | {name: yaml.safe_dump(content)})
    measures = [
        one
        for one in expected_measures(built.manifest, marts[table])
        if one.column == column
    ]
    assert differing(ask, changed, marts[table], measures)
