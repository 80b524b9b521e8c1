"""From the template to published marts with three tables: as --check said before."""

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from dbt_sample import Dbt
from psycopg import sql

from streaming_analytics.jobs.load import load
from streaming_analytics.loading.describing import describe_check
from streaming_analytics.loading.template import write_template
from streaming_analytics.progress import Progress
from streaming_analytics.publishing.builds import begin_build, finish_build
from streaming_analytics.publishing.fingerprint import record_fingerprint
from streaming_analytics.publishing.publisher import publish
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.roles import Reader
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.work_lock import work_lock

from .adapting import PROJECT, TABLES

Rows = list[dict[str, Any]]

# Learned in Python from the marts, which is not part of this build.
LEARNED = {
    *("agg_churn_model_calibration", "agg_churn_model_evaluation"),
    *("agg_recommender_evaluation", "fct_similar_content"),
}
# What rests on other tables than the one that is missing.
ELSEWHERE = {"agg_platform_growth_by_month": {"signups"}}
# Of the reference seeds alone.
ALWAYS_THERE = {"dim_channels", "dim_devices", "dim_regions"}
FIRST = date(2024, 1, 1)
IS_WHOLE = os.environ.get("LABORATORY") == "whole"


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


USERS: Rows = [
    {"user_id": f"u{n}", "country_code": ("DE", "US", "BR")[n % 3]}
    | {"channel_code": "organic", "signed_up_at": f"{day(45 * n)}T08:00:00Z"}
    for n in range(12)
]
CONTENT: Rows = [
    {"content_id": f"c{n}", "title": f"Title {n}", "content_type": "film"}
    | {"runtime_seconds": 5400, "release_date": day(500 + 2 * n)}
    for n in range(8)
]
VIEWING: Rows = [
    {"play_id": f"p{user}-{title}", "user_id": f"u{user}", "content_id": f"c{title}"}
    | {"device_code": "tv", "play_type": "main", "start_position_seconds": 0}
    | {"started_at": f"{day(510 + 9 * user + title)}T20:00:00Z"}
    | {"watched_seconds": 600 * (title + 1)}
    for user in range(12)
    for title in range(user % 4, 8, 3)
]
PLANS: Rows = [
    {"plan_code": "basic", "plan_name": "Basic"},
    {"plan_code": "full", "plan_name": "Full"},
]
SUBSCRIPTIONS: Rows = [
    {"subscription_id": f"s{n}", "user_id": f"u{n}", "started_date": day(45 * n)}
    | {"plan_code": ("basic", "full")[n % 2]}
    | (
        {"cancel_requested_date": day(45 * n + 30), "end_reason": "voluntary"}
        | {"ended_date": day(45 * n + 40)}
        if n % 4 == 0
        else {}
    )
    for n in range(12)
]


@dataclass(frozen=True)
class Platform:
    """What was said before the build, and what then was published.

    Attributes:
        promised: Marts that were said to have rows.
        lacking: Marts that were said to stay empty or at zero.
        rows: How many rows each mart has.
        added_up: Sums of the columns that add up and are not 0, by mart.
    """

    promised: set[str]
    lacking: set[str]
    rows: dict[str, int]
    added_up: dict[str, dict[str, Any]]


def fill_in(folder: Path, given: dict[str, Rows]) -> None:
    """Write the template, fill in what there is, and remove the rest."""
    write_template(folder, TABLES, PROJECT.reference_seeds)
    for path in folder.iterdir():
        if path.stem not in given:
            path.unlink()
            continue
        (header,) = csv.reader(path.read_text(encoding="utf-8").splitlines())
        with path.open("w", encoding="utf-8", newline="") as file:
            lines = csv.DictWriter(file, header)
            lines.writeheader()
            lines.writerows(given[path.stem])


def named(said: Iterable[str], beginning: str) -> set[str]:
    """Return the marts that lines of this beginning name after their colon."""
    lists = [line.split(": ")[1] for line in said if re.match(beginning, line)]
    return {mart for marts in lists for mart in marts.split(", ")}


def published(connection: Connection, manifest: Path) -> tuple[dict, dict]:
    """Return the rows, and the sums that are not 0, of each published mart."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    rows, added_up = {}, {}
    with connection.connect() as session:
        for schema, name in session.execute(
            "select schemaname, tablename from pg_tables"
            " where schemaname like 'mart\\_%'"
        ).fetchall():
            (node,) = [node for node in nodes if node["name"] == name]
            columns = [
                column
                for column, each in node["columns"].items()
                if each["config"]["meta"].get("additivity") == "additive"
            ]
            sums: list[sql.Composable] = [sql.SQL("count(*)")]
            sums += [sql.SQL("sum({})").format(sql.Identifier(c)) for c in columns]
            query = sql.SQL("select {} from {}").format(
                sql.SQL(", ").join(sums), sql.Identifier(schema, name)
            )
            found = session.execute(query).fetchone() or (0,)
            rows[name] = found[0]
            added_up[name] = {
                column: total
                for column, total in zip(columns, found[1:], strict=True)
                if total
            }
    return rows, added_up


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for both builds: the project is read once."""
    return tmp_path_factory.mktemp("three_tables")


@pytest.fixture(
    scope="module",
    params=[
        {"users": USERS, "content": CONTENT, "viewing": VIEWING},
        {"users": USERS, "plans": PLANS, "subscriptions": SUBSCRIPTIONS},
    ],
    ids=["viewing", "subscriptions"],
)
def platform(
    request: pytest.FixtureRequest,
    warehouse: Connection,
    dbt: Dbt,
    target: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Platform]:
    """Yield a platform of three tables, from the template to published marts."""
    folder = tmp_path_factory.mktemp("own") / "mine"
    fill_in(folder, request.param)
    connection = replace(warehouse, database="three_tables")
    with warehouse.connect(autocommit=True) as session:
        session.execute("create database three_tables")
    selection, silent = Selection(connection, False, ()), Progress(io.StringIO())
    checked = load(PROJECT, selection, folder, silent, is_dry=True)
    said = list(describe_check(checked))
    load(PROJECT, selection, folder, silent)
    with work_lock(connection, "build") as lock, pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAMING_WORK_LOCK", str(lock.pid))
        done = dbt(
            "build",
            "--target",
            "candidate",
            "--vars",
            "{raw_data: loaded}",
            "--exclude-resource-type",
            "unit_test",
            # They take as long as all models; nothing is missing here that is not
            # missing in the exports, whose build runs them.
            *(() if IS_WHOLE else ("test",)),
            connection=connection,
            target=target,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        built = begin_build(connection, "loaded", "tested")
        record_fingerprint(connection, built, "candidate")
        finish_build(connection, built, "passed", as_of_date=day(620))
        publish(lock, Reader("nobody", None, False, None), silent)
    rows, added_up = published(connection, target / "manifest.json")
    yield Platform(
        named(said, "with this you get"), named(said, "  no rows in"), rows, added_up
    )
    with warehouse.connect(autocommit=True) as session:
        session.execute("drop database three_tables with (force)")


def test_every_published_mart_was_spoken_of(platform: Platform) -> None:
    assert platform.promised & platform.lacking == set()
    assert platform.promised | platform.lacking == set(platform.rows) - ALWAYS_THERE


def test_marts_have_rows_that_were_promised(platform: Platform) -> None:
    assert len(platform.promised) > 15
    without = {mart for mart in platform.promised if not platform.rows[mart]}
    assert without - LEARNED == set()


def test_marts_stay_empty_or_at_zero_that_were_said_to(platform: Platform) -> None:
    found = {
        (mart, column): total
        for mart in platform.lacking
        for column, total in platform.added_up[mart].items()
        if column not in ELSEWHERE.get(mart, ())
    }
    assert found == {}
    facts = [mart for mart in platform.lacking if mart.startswith("fct_")]
    assert [mart for mart in facts if platform.rows[mart]] == []
