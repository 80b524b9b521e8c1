"""Definitions that are changed in `dbt_project.yml` hold everywhere at once."""

import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml
from dbt_sample import ROOT, Dbt
from oracle.raw import sample
from oracle.recommendation import lists, similar
from oracle.tables import ORACLES, differences, primary_keys
from oracle.variables import overridden
from psycopg import sql
from psycopg.rows import dict_row

from streaming_analytics.definitions import Definitions, read_definitions
from streaming_analytics.models.churn.features import read_member_months
from streaming_analytics.models.churn.rules import churn_rules
from streaming_analytics.models.recommender.settings import list_rules
from streaming_analytics.models.training import MODEL_NAMES, train
from streaming_analytics.models.training_data import read_training_data
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.reading import PostgresFitStore
from streaming_analytics.warehouse.work_lock import work_lock

from .churn.scoring import assert_sql_is_scikit_learn
from .recommender.serving import (
    TARGET,
    assert_served_is_evaluated,
    assert_sql_scores_are_numpys,
    read,
    region_weights,
    rows,
    taste_titles,
)

OVERRIDES = {
    "valid_view_seconds": 300,
    "bot_day_hours": 4,
    "churn_baseline_prior_months": 7,
    "taste_titles": 6,
}
DBT_FOLDERS = ("models", "seeds", "macros", "tests", "analyses", "snapshots")


@dataclass(frozen=True)
class Overridden:
    """A checkout with other definitions, and the sample built and scored by them."""

    definitions: Definitions
    connection: Connection
    #: The marts as they were before anything was trained, by schema and name.
    untrained: dict[tuple[str, str], list[dict]]
    keys: dict[tuple[str, str], list[str]]


def checkout(folder: Path) -> Path:
    """Copy what dbt reads into a folder, with other values for some variables."""
    for name in DBT_FOLDERS:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name,
                folder / name,
                ignore=shutil.ignore_patterns("*.py", "__pycache__"),
            )
    (folder / "docs" / "erd").mkdir(parents=True)
    text = (ROOT / "dbt_project.yml").read_text("utf-8")
    for name, value in OVERRIDES.items():
        before = yaml.safe_load(text)["vars"][name]
        assert before != value
        text = text.replace(f"  {name}: {before}\n", f"  {name}: {value}\n")
    (folder / "dbt_project.yml").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def overridden_sample(
    dbt: Dbt, warehouse: Connection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Overridden]:
    """Yield the sample as a checkout with other definitions builds it."""
    root = checkout(tmp_path_factory.mktemp("overridden"))
    definitions = read_definitions(root)
    assert {name: definitions.whole(name) for name in OVERRIDES} == OVERRIDES
    connection = replace(warehouse, database="overridden")
    database = sql.Identifier(connection.database)
    with warehouse.connect(autocommit=True) as session:
        session.execute(sql.SQL("create database {}").format(database))
    built = dbt(
        # With the unit tests, which set the variables that they rest on.
        "build",
        "--exclude-resource-type",
        "test",
        connection=connection,
        target=root / "target",
        project=root,
    )
    assert built.returncode == 0, built.stdout
    with connection.connect() as session:
        keys = primary_keys(session)
        untrained = {}
        for schema, name in ORACLES:
            relation = sql.Identifier(f"{TARGET}_{schema}", name)
            with session.cursor(row_factory=dict_row) as cursor:
                untrained[schema, name] = cursor.execute(
                    sql.SQL("select * from {}").format(relation)
                ).fetchall()
    with work_lock(connection, "train") as lock:
        trainings = train(
            lock, Project(root), TARGET, MODEL_NAMES, Progress(io.StringIO())
        )
    assert all(training.run_id is not None for training in trainings), trainings
    scored = dbt(
        "build",
        "--exclude-resource-type",
        "test",
        "unit_test",
        "--select",
        "source:ml+",
        connection=connection,
        target=root / "target",
        project=root,
    )
    assert scored.returncode == 0, scored.stdout
    yield Overridden(definitions, connection, untrained, keys)
    with warehouse.connect(autocommit=True) as session:
        session.execute(sql.SQL("drop database {} with (force)").format(database))


def test_every_mart_is_what_the_definitions_say(overridden_sample: Overridden) -> None:
    with overridden(OVERRIDES):
        raw = sample()
        found = {
            name: differences(
                ORACLES[schema, name](raw),
                rows,
                overridden_sample.keys[schema, name],
            )[:3]
            for (schema, name), rows in overridden_sample.untrained.items()
        }
    assert {name: some for name, some in found.items() if some} == {}


def test_other_definitions_make_other_marts(overridden_sample: Overridden) -> None:
    """Else the overrides would reach nothing, and the other tests would say nothing."""
    raw = sample()
    for schema, name in (
        ("mart_core", "fct_viewing"),
        ("mart_churn", "dim_user_churn_risk"),
    ):
        assert differences(
            ORACLES[schema, name](raw),
            overridden_sample.untrained[schema, name],
            overridden_sample.keys[schema, name],
        )
    tastes = rows(
        overridden_sample.connection,
        "select max(n) as most from (select count(*) as n"
        " from dev_intermediate.int_tastes group by user_id) as counts",
    )
    assert tastes[0]["most"] == OVERRIDES["taste_titles"]


def test_sql_probabilities_are_those_of_scikit_learn(
    overridden_sample: Overridden,
) -> None:
    connection = overridden_sample.connection
    with connection.connect() as session:
        member_months = read_member_months(
            read_training_data(PostgresFitStore(session), TARGET)
        )
    assert_sql_is_scikit_learn(
        lambda query: read(connection, query),
        member_months,
        churn_rules(overridden_sample.definitions),
    )


def test_lists_are_served_as_they_are_evaluated(overridden_sample: Overridden) -> None:
    rules = list_rules(overridden_sample.definitions)
    assert_sql_scores_are_numpys(overridden_sample.connection, rules)
    assert_served_is_evaluated(overridden_sample.connection, rules)


def test_trained_lists_are_what_the_definitions_say(
    overridden_sample: Overridden,
) -> None:
    connection = overridden_sample.connection
    weights = {
        (row["content_id"], row["neighbour_content_id"]): row["weight_billionths"]
        for row in rows(connection, "select * from ml.content_weights")
    }
    with overridden(OVERRIDES):
        raw = sample()
        expected = {
            "fct_recommendations": lists(
                raw, weights, region_weights(connection), taste_titles(connection)
            ),
            "fct_similar_content": similar(raw, weights),
        }
    for name, wanted in expected.items():
        actual = rows(connection, f"select * from dev_mart_recommendation.{name}")
        key = overridden_sample.keys["mart_recommendation", name]
        found = differences(wanted, actual, key)
        assert found[:10] == [], f"{len(found)} differences in {name}"
