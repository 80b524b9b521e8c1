"""The parts of the benchmarks that could measure the wrong thing."""

import itertools
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import Selection

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _benchmarks_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def module(name: str) -> Any:
    return import_module(f"benchmarks.{name}")


def databases(connection: Connection) -> set[str]:
    with connection.connect() as session:
        return {name for (name,) in session.execute("select datname from pg_database")}


def test_a_benchmark_has_an_empty_database_that_goes_with_it(
    database: Connection,
) -> None:
    measuring = module("measuring")
    selection = Selection(database, False, ())
    before = databases(database)
    for _ in range(2):
        with (
            measuring.own_database(selection) as own,
            own.connect(autocommit=True) as session,
        ):
            # Fails where the one before is still there.
            session.execute("create table left_over (x integer)")
    assert databases(database) == before


def test_statements_run_after_what_they_read(database: Connection) -> None:
    names = [f"t{place}" for place in range(12)]
    statements = {
        name: (f"create table {name} as table {parent}", [parent, "not.run"])
        for parent, name in itertools.pairwise(names)
    }
    statements["t0"] = ("create table t0 as select 7 as x", [])
    module("build")._run_statements(database, statements)
    with database.connect() as session:
        assert session.execute("select x from t11").fetchall() == [(7,)]


def test_a_model_reads_what_its_scans_looked_at_each_time() -> None:
    scan = {
        "Relation Name": "plays",
        "Actual Rows": 3,
        "Rows Removed by Filter": 2,
        "Actual Loops": 10,
    }
    plan = {"Actual Rows": 1, "Actual Loops": 1, "Plans": [scan, {"Plans": [scan]}]}
    assert module("build")._rows_read(plan) == 100


def test_each_file_is_copied_into_its_own_table(tmp_path: Path) -> None:
    names = ["plans.csv", "plan_prices.csv", "viewing_2024.csv", "viewing/0.csv"]
    for name in [*names, "content_genres.csv", "plans_old.csv"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = module("load")._files_by_table(Project(ROOT), tmp_path)
    assert {
        (table, path.relative_to(tmp_path).as_posix()) for table, path in found
    } == {
        ("plans", "plans.csv"),
        ("plan_prices", "plan_prices.csv"),
        ("viewing", "viewing_2024.csv"),
        ("viewing", "viewing/0.csv"),
        ("content_genres", "content_genres.csv"),
    }


def test_the_table_says_each_median_to_the_first() -> None:
    measuring = module("measuring")
    first = measuring.Times("ours", 300, (1.0, 3.0, 2.0))
    second = measuring.Times("peer", 300, (8.0,))
    lines = measuring.as_text([first, second]).splitlines()
    assert lines[1].split() == [
        "ours",
        "300",
        "2.000",
        "1.000",
        "3.000",
        "150",
        "1.00x",
    ]
    assert lines[2].split()[-1] == "4.00x"
