"""The metrics that `mf query` answers, held to the marts' own numbers."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dbt_sample import ROOT, Built, BuiltFile
from metric_queries import CHURN, EXPECTED

from streaming_analytics.reading import Warehouse

Query = Callable[[list[str], str], list[dict[str, str]]]

# dbt 1.11 ignores semantic YAML that it does not understand, without a word.
SEMANTIC_MODELS = {
    "accounts",
    "content_viewers",
    "growth",
    "member_flows",
    "mrr_movements",
    "plays",
    "ratings_given",
    "sessions",
    "titles",
}


@pytest.fixture(scope="module")
def query(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Query:
    """Return a function that asks MetricFlow and reads its answer."""
    folder = tmp_path_factory.mktemp("metricflow")
    return asking(folder, built.connection, built.target, "dev")


@pytest.fixture(scope="module")
def query_of_file(
    built_file: BuiltFile, tmp_path_factory: pytest.TempPathFactory
) -> Query:
    """Return a function that asks MetricFlow about a DuckDB file."""
    folder = tmp_path_factory.mktemp("metricflow_duckdb")
    return asking(folder, built_file.file, built_file.target, "duckdb")


def asking(project: Path, warehouse: Warehouse, built: Path, target: str) -> Query:
    """Return a function that asks MetricFlow in a project of its own."""
    for name in ("models", "macros", "seeds", "tests", "analyses", "snapshots"):
        (project / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "dbt_project.yml", project)
    profiles = (ROOT / "profiles.yml.example").read_text(encoding="utf-8")
    (project / "profiles.yml").write_text(
        profiles.replace("target: dev", f"target: {target}", 1), encoding="utf-8"
    )
    (project / "target").mkdir()
    shutil.copy(built / "semantic_manifest.json", project / "target")
    answer = project / "answer.csv"

    def ask(metrics: list[str], group_by: str) -> list[dict[str, str]]:
        completed = subprocess.run(
            [
                *(Path(sys.executable).with_name("mf"), "query"),
                *("--metrics", ",".join(metrics), "--group-by", group_by),
                *("--decimals", "9", "--csv", answer),
            ],
            cwd=project,
            env={
                **os.environ,
                **warehouse.environment(),
                "DBT_PROFILES_DIR": str(project),
                "DO_NOT_TRACK": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert completed.returncode == 0, completed.stdout + completed.stderr
        with answer.open(newline="") as file:
            return list(csv.DictReader(file))

    return ask


def test_dbt_has_read_all_of_the_semantic_yaml(built: Built) -> None:
    models = {model["name"] for model in built.manifest["semantic_models"].values()}
    metrics = {metric["name"] for metric in built.manifest["metrics"].values()}
    assert models == SEMANTIC_MODELS
    assert metrics == set(EXPECTED)
    assert len(metrics) >= 25


def test_every_metric_of_every_month_is_the_marts_number(
    built: Built, query: Query
) -> None:
    rows = query(list(EXPECTED), "metric_time__month")
    by_month = {row["metric_time__month"][:10]: row for row in rows}
    compared = 0
    with built.connection.connect() as session:
        for metric, (what, where, date) in EXPECTED.items():
            statement = (
                f"select date_trunc('month', {date})::date::text, {what}"
                f" from {where} group by 1"
            )
            expected = session.execute(statement.encode()).fetchall()
            assert len(expected) >= 24, metric
            for month, value in expected:
                answered = by_month[month][metric]
                if value is None:
                    assert answered == "", (metric, month)
                else:
                    assert float(answered) == pytest.approx(float(value), abs=1e-6), (
                        metric,
                        month,
                    )
                    compared += 1
    assert compared > 800


def test_duckdb_gives_the_same_metrics(query: Query, query_of_file: Query) -> None:
    ours, theirs = (
        {
            row["metric_time__month"][:10]: {
                metric: float(row[metric]) if row[metric] else None
                for metric in EXPECTED
            }
            for row in ask(list(EXPECTED), "metric_time__month")
        }
        for ask in (query, query_of_file)
    )
    assert len(ours) >= 24
    assert ours.keys() == theirs.keys()
    for month, metrics in ours.items():
        assert metrics == pytest.approx(theirs[month], abs=1e-6), month


def test_a_region_s_churn_is_a_ratio_of_sums(built: Built, query: Query) -> None:
    rows = query(["gross_churn_rate"], "member_flow__region_code")
    with built.connection.connect() as session:
        expected = session.execute(
            "select region_code, 1.0 * sum(cancels) / sum(opening_members)"
            f" from {CHURN} group by 1"
        ).fetchall()
    answered = {
        row["member_flow__region_code"]: float(row["gross_churn_rate"]) for row in rows
    }
    assert answered == pytest.approx({region: float(rate) for region, rate in expected})
