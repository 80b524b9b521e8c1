"""dbt as a user runs it: the command, the example profile and an empty database.

The sample is built once for all the tests of a session, whatever folder they are in.
"""

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from made_once import made_once
from psycopg import sql

from streaming_analytics.duckdb_file.file import DuckdbFile
from streaming_analytics.reading import Warehouse
from streaming_analytics.warehouse.binaries import bundled_programs
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

ROOT = Path(__file__).parents[2]

Dbt = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """Return a function that runs dbt and writes nothing into the checkout."""
    profiles = tmp_path_factory.mktemp("profiles")
    shutil.copy(ROOT / "profiles.yml.example", profiles / "profiles.yml")

    def run(
        *arguments: str, connection: Warehouse, target: Path, project: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                Path(sys.executable).with_name("dbt"),
                "--no-use-colors",
                *arguments,
                *("--project-dir", project, "--profiles-dir", profiles),
                *("--target-path", target, "--log-path", target),
            ],
            env={**os.environ, **connection.environment()} | {"DO_NOT_TRACK": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@dataclass(frozen=True)
class Built:
    """The sample, built by plain dbt into an empty database."""

    connection: Connection
    target: Path
    completed: subprocess.CompletedProcess[str]
    manifest: dict[str, Any]
    results: list[dict[str, Any]]


@contextmanager
def copied(source: Connection, name: str) -> Generator[Connection]:
    """Yield a copy of a database, to change at will; nobody may be connected to it."""
    copy = replace(source, database=name)
    server = replace(source, database="postgres")
    with server.connect(autocommit=True) as session:
        session.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(source.database)
            )
        )
    try:
        yield copy
    finally:
        with server.connect(autocommit=True) as session:
            session.execute(
                sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            )


@pytest.fixture(scope="session")
def published(built: Built) -> Iterator[Connection]:
    """Yield the sample's marts under the names that publishing gives them."""
    with copied(built.connection, "published") as connection:
        with connection.connect() as session:
            schemas = session.execute(
                "select nspname from pg_namespace where nspname like 'dev\\_mart\\_%'"
            ).fetchall()
            for (schema,) in schemas:
                session.execute(
                    sql.SQL("alter schema {} rename to {}").format(
                        sql.Identifier(schema),
                        sql.Identifier(schema.removeprefix("dev_")),
                    )
                )
        yield connection


# As `streaming train` would have left the marts, with figures made up here.
TRAINED = """
    delete from mart_churn.agg_churn_model_evaluation;
    delete from mart_recommendation.agg_recommender_evaluation;
    update mart_churn.dim_user_churn_risk
    set
        risk_source = 'model',
        first_driver = (array['Watches little', 'New membership', 'Price rise', null])[
            1 + (hashtext(user_id) & 3)
        ],
        suggested_action = 'Act upon number ' || (hashtext(user_id) & 3) || '.'
    where risk_source in ('baseline', 'model');
    insert into mart_churn.agg_churn_model_evaluation (
        model_name, metric_name, metric_value, lower_value, upper_value,
        member_months, losses, held_out_from_date, held_out_until_date
    )
    values
        ('model', 'auc', 0.713, 0.681, 0.742, 900, 80, '2025-06-01', '2025-11-01'),
        ('model', 'calibration_slope', 1.27, 1.02, 1.52, 900, 80, '2025-06-01',
            '2025-11-01'),
        ('model', 'auc_gain', 0.162, 0.11, 0.21, 900, 80, '2025-06-01', '2025-11-01'),
        ('baseline', 'auc', 0.551, 0.514, 0.587, 900, 80, '2025-06-01', '2025-11-01');
    delete from mart_churn.agg_churn_model_calibration;
    insert into mart_churn.agg_churn_model_calibration (
        model_name, risk_decile, member_months, losses, expected_losses,
        expected_rate, loss_rate, loss_rate_lower, loss_rate_upper
    )
    select
        model_name, decile, 90, decile, decile, decile / 90.0, decile / 90.0,
        decile / 180.0, decile / 60.0
    from
        unnest(array['model', 'baseline']) as model_name,
        generate_series(1, 10) as decile;
    insert into mart_recommendation.agg_recommender_evaluation (
        split_name, model_name, metric_name, metric_value, lower_value, upper_value,
        setting_value, users, held_out_choices, titles, trained_until_date
    )
    select
        split_name, model_name, metric_name, metric_value, metric_value - 0.011,
        metric_value + 0.012, null, users, 1500, 400, '2025-12-31'
    from (
        values
            ('ease_top_100_diverse', 'ndcg_at_10', 0.263, 0.208),
            ('ease_top_100', 'ndcg_at_10', 0.271, 0.23),
            ('popularity', 'ndcg_at_10', 0.187, 0.183),
            ('ease_top_100_diverse', 'ndcg_at_10_gain', 0.076, 0.025),
            ('ease_top_100', 'ndcg_at_10_gain', 0.084, 0.047),
            ('ease_top_100_diverse', 'recall_at_20', 0.391, 0.292),
            ('popularity', 'recall_at_20', 0.362, 0.311),
            ('ease_top_100_diverse', 'coverage_at_10', 0.414, 0.318),
            ('ease_top_100', 'coverage_at_10', 0.377, 0.297),
            ('popularity', 'coverage_at_10', 0.063, 0.054),
            ('ease_top_100_diverse', 'novelty_at_10', 4.2, 3.9),
            ('ease_top_100', 'novelty_at_10', 4.1, 3.8),
            ('popularity', 'novelty_at_10', 2.9, 2.8)
    ) as figures (model_name, metric_name, of_users, of_period)
    cross join lateral (
        values ('per_user', of_users, 512), ('global', of_period, 364)
    ) as splits (split_name, metric_value, users);
"""


@pytest.fixture(scope="session")
def trained(published: Connection) -> Iterator[Connection]:
    """Yield the published marts after a training."""
    with copied(published, "trained") as connection:
        with connection.connect() as session:
            session.execute(trusted(TRAINED))
        yield connection


def _postgres(name: str, *arguments: str | Path, connection: Connection) -> None:
    subprocess.run(
        [bundled_programs() / name, *arguments],
        env={**os.environ, **connection.environment()},
        check=True,
    )


@pytest.fixture(scope="session")
def built(dbt: Dbt, warehouse: Connection, shared_folder: Path) -> Built:
    """Return the sample after `dbt build --warn-error`, in a database to read from."""
    connection = replace(warehouse, database="built")
    name = sql.Identifier(connection.database)
    with warehouse.connect(autocommit=True) as session:
        session.execute(sql.SQL("create database {}").format(name))
    target = shared_folder / "built"
    dump, completed = target / "built.dump", target / "completed.pickle"
    with made_once(target) as is_made:
        if is_made:
            into = f"--dbname={connection.database}"
            _postgres("pg_restore", "--jobs=2", into, dump, connection=connection)
        else:
            done = dbt("build", "--warn-error", connection=connection, target=target)
            completed.write_bytes(pickle.dumps(done))
            dumped = ("--format=custom", "--compress=0", "--no-acl", "--file", dump)
            _postgres("pg_dump", *dumped, connection=connection)
    return Built(
        connection=connection,
        target=target,
        completed=pickle.loads(completed.read_bytes()),
        manifest=json.loads((target / "manifest.json").read_text()),
        results=json.loads((target / "run_results.json").read_text())["results"],
    )


@dataclass(frozen=True)
class BuiltFile:
    """The sample, built by plain dbt into a DuckDB file."""

    file: DuckdbFile
    target: Path
    completed: subprocess.CompletedProcess[str]
    manifest: dict[str, Any]


@pytest.fixture(scope="session")
def built_file(
    dbt: Dbt, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> BuiltFile:
    """Return the sample after `dbt build --warn-error --target duckdb`."""
    target = shared_folder / "built_file"
    file, completed = target / "built.duckdb", target / "completed.pickle"
    with made_once(target) as is_made:
        if not is_made:
            done = dbt(
                "build",
                "--warn-error",
                "--target=duckdb",
                connection=DuckdbFile(file),
                target=target,
            )
            completed.write_bytes(pickle.dumps(done))
    return BuiltFile(
        # A file that one process writes to, no other can open.
        file=DuckdbFile(Path(shutil.copy(file, tmp_path_factory.mktemp("duckdb")))),
        target=target,
        completed=pickle.loads(completed.read_bytes()),
        manifest=json.loads((target / "manifest.json").read_text()),
    )


@pytest.fixture(scope="session")
def analyses(
    built: Built, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Return the SQL of every analysis, as dbt compiles it, by name."""
    target = tmp_path_factory.mktemp("analyses")
    completed = dbt(
        "compile",
        "--select",
        "resource_type:analysis",
        connection=built.connection,
        target=target,
    )
    assert completed.returncode == 0, completed.stdout
    folder = target / "compiled" / "streaming_analytics" / "analyses"
    return {path.stem: path.read_text() for path in folder.glob("*.sql")}
