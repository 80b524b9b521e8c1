"""A build leaves out what nothing changed for, and nothing else.

Real builds by dbt, of a few small models with the project's own macros.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from increments.builds import Builds

from streaming_analytics.built_nodes import Node, downstream, nodes_of
from streaming_analytics.dbt_run import DbtJob, DbtOutcome
from streaming_analytics.jobs.build_models import LeavingOut
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection

TARGET = "dev"
#: A seed and what reads it, a snapshot, a view, and what reads all that is kept.
MORE = {
    "seeds/plans.csv": "plan_code,price\nbasic,5\npremium,9\n",
    "models/prices.sql": "select plan_code, price * 2 as price from {{ ref('plans') }}",
    "models/hours.sql": """
{{ config(materialized='view') }}
select user_id, seconds / 3600.0 as hours from {{ ref('users') }}
""",
    "models/totals.sql": """
select sum(hours) as hours, max(prices.price) as price
from {{ ref('hours') }} cross join {{ ref('prices') }} as prices
""",
    "tests/assert_prices_are_known.sql": """
select * from {{ ref('prices') }} where price is null
""",
    "tests/assert_few_hours.sql": """
{{ config(severity='warn') }}
select * from {{ ref('totals') }} where hours > {{ var('most') }}
""",
}
PLAYS = {"plays", "rows_of_plays"}
USERS = {"users", "rows_of_users"}
PRICES = {"prices", "assert_prices_are_known"}
TOTALS = {"totals", "assert_few_hours"}
ALL = PLAYS | USERS | PRICES | TOTALS | {"plans", "hours"}
OF_PLAYS = PLAYS | USERS | TOTALS | {"hours"}
TABLES = {
    "dev.plays": "play_id",
    "dev.users": "user_id",
    "dev.prices": "plan_code",
    "dev.hours": "user_id",
    "dev.totals": "hours",
}


class Jobs:
    """Builds that leave out what they can, one after the other."""

    def __init__(self, builds: Builds) -> None:
        self.builds = builds
        self.variables: dict[str, Any] = {}

    def leaving(self, **options: Any) -> tuple[DbtJob, LeavingOut]:
        job = DbtJob(
            Project(self.builds.root),
            self.builds.database,
            target=TARGET,
            variables=self.variables,
        )
        options = {"all_runs": False} | options
        return job, LeavingOut(self.builds.database, job, progress(), **options)

    def run(self, **options: Any) -> set[str]:
        """Build, and return the names of what ran."""
        job, leaving = self.leaving(**options)
        left = leaving.before(scores=None)
        outcome = job.build(["--threads", "2"], progress(), leaves=left)
        leaving.after(outcome)
        return ran(outcome)

    def tables(self) -> dict[str, list]:
        return {
            table: self.builds.sql(f"select * from {table} order by {key}")
            for table, key in TABLES.items()
        }


def progress() -> Progress:
    return Progress(io.StringIO())


def ran(outcome: DbtOutcome) -> set[str]:
    names = [*outcome.finished, *(f"test.{one.name}" for one in outcome.failures)]
    names += [f"test.{one.name}" for one in outcome.warnings]
    return {
        name.split(".")[2] if name.count(".") > 1 else name.removeprefix("test.")
        for name in names
        if not name.startswith("operation.")
    }


@pytest.fixture
def jobs(tmp_path: Path, database: Connection) -> Jobs:
    return Jobs(Builds(tmp_path, database, MORE))


def write(name: str, old: str, new: str) -> Callable[[Jobs], None]:
    return lambda jobs: jobs.builds.replace(name, old, new)


def send(statement: str) -> Callable[[Jobs], None]:
    def change(jobs: Jobs) -> None:
        jobs.builds.sql(statement)

    return change


def set_variable(jobs: Jobs) -> None:
    jobs.variables["most"] = 200


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        (lambda jobs: None, set()),
        (send("insert into raw.plays values ('c1', 'ana', 5, '2025-01-02')"), OF_PLAYS),
        (send("update raw.plays set seconds = 7 where play_id = 'b1'"), OF_PLAYS),
        (send("delete from raw.plays where play_id = 'b1'"), OF_PLAYS),
        (send("drop table dev.users cascade"), USERS | TOTALS | {"hours"}),
        (send("drop view dev.hours"), TOTALS | {"hours"}),
        (send("update dev.plans set price = 1"), PRICES | TOTALS | {"plans"}),
        (write("seeds/plans.csv", "9", "8"), PRICES | TOTALS | {"plans"}),
        (write("models/prices.sql", "* 2", "* 3"), PRICES | TOTALS),
        (write("models/hours.sql", "3600.0", "60.0"), TOTALS | {"hours"}),
        (
            write("tests/assert_few_hours.sql", "where", "where 1 = 1 and"),
            {"assert_few_hours"},
        ),
        (
            write(
                "models/models.yml", "not_negative: [seconds]", "unique: [[play_id]]"
            ),
            {"rows_of_plays"},
        ),
        (write("macros/variables/text_var.sql", "{%", "{#- Other. -#}{%"), ALL),
        (write("dbt_project.yml", "bonus: 0", "bonus: 1"), ALL),
        (set_variable, ALL),
    ],
)
def test_what_reads_a_change_runs_and_nothing_else(
    jobs: Jobs, change: Callable[[Jobs], None], runs: set[str]
) -> None:
    assert jobs.run() == ALL
    assert jobs.run() == set()
    change(jobs)

    assert jobs.run() == runs
    left = jobs.tables()
    assert jobs.run() == set()
    assert jobs.run(all_runs=True) == ALL
    assert left == jobs.tables()


def test_what_fails_runs_until_it_passes_with_what_reads_it(jobs: Jobs) -> None:
    users = "models/users.sql"
    jobs.builds.replace(users, "sum(seconds)", "sum(seconds) * 1000")
    below_it = TOTALS | {"hours"}
    assert jobs.run() == ALL - below_it
    assert jobs.run() == {"rows_of_users"}

    jobs.builds.replace(users, "sum(seconds) * 1000", "sum(seconds)")
    assert jobs.run() == USERS | below_it
    assert jobs.run() == set()


def test_a_warning_is_told_each_time(jobs: Jobs) -> None:
    jobs.builds.replace("tests/assert_few_hours.sql", "{{ var('most') }}", "0")
    assert jobs.run() == ALL
    assert jobs.run() == {"assert_few_hours"}


def test_a_build_that_was_killed_finishes_nothing(jobs: Jobs) -> None:
    assert jobs.run() == ALL
    jobs.builds.sql("update raw.plays set seconds = 7 where play_id = 'b1'")
    _, killed = jobs.leaving()
    assert killed.before(scores=None).keys() >= {"model.streaming_analytics.prices"}
    jobs.builds.sql("update raw.plays set seconds = 30 where play_id = 'b1'")

    assert jobs.run() == OF_PLAYS


def test_rows_that_came_during_a_build_are_read_by_the_next(jobs: Jobs) -> None:
    job, leaving = jobs.leaving()
    left = leaving.before(scores=None)
    jobs.builds.sql("insert into raw.plays values ('c1', 'ana', 5, '2025-01-02')")
    leaving.after(job.build([], progress(), leaves=left))

    assert jobs.run() == OF_PLAYS


def test_of_a_view_nobody_knows_what_changed(jobs: Jobs) -> None:
    jobs.builds.sql("alter table raw.plays rename to all_plays")
    jobs.builds.sql("create view raw.plays as select * from raw.all_plays")
    assert jobs.run() == ALL
    assert jobs.run() == OF_PLAYS


def test_what_is_left_out_has_its_sql_in_the_manifest(jobs: Jobs) -> None:
    jobs.run()
    jobs.builds.replace("models/prices.sql", "* 2", "* 3")
    job, leaving = jobs.leaving()
    left = leaving.before(scores=None)
    job.build([], progress(), leaves=left)

    manifest = job.manifest(progress())
    compiled = {
        node.name: node.compiled_code
        for node in manifest.nodes.values()
        if node.resource_type == "model"
    }
    assert 'from "' in compiled["users"]
    assert "* 3" in compiled["prices"]
    unchanged = {
        node.name for node in manifest.nodes.values() if "unchanged" in node.tags
    }
    assert unchanged == ALL - PRICES - TOTALS


def test_two_readings_of_a_project_tell_the_same_of_it(jobs: Jobs) -> None:
    one, two = (jobs.leaving()[0] for _ in range(2))
    (jobs.builds.root / "target" / "partial_parse.msgpack").unlink()
    readings = [
        nodes_of(job.manifest(progress()), jobs.builds.root, {}) for job in (one, two)
    ]
    assert readings[0] == readings[1]


@given(
    st.lists(st.sets(st.integers(0, 11), max_size=3), min_size=1, max_size=12),
    st.sets(st.integers(0, 11)),
)
def test_nothing_that_stays_reads_anything_that_runs(
    reads: list[set[int]], begun: set[int]
) -> None:
    nodes = {
        str(name): Node(
            "model", "", tuple(str(parent) for parent in parents if parent < name), None
        )
        for name, parents in enumerate(reads)
    }
    beginning = {str(name) for name in begun} & nodes.keys()
    running = downstream(nodes, beginning)

    assert beginning <= running
    for name, node in nodes.items():
        is_reached = name in beginning or bool(running & set(node.parents))
        assert (name in running) == is_reached
