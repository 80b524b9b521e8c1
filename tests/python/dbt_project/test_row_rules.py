"""A broken rule is named with how many rows break it and three of their keys."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbt_sample import Built, Dbt, copied

from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted


def compiled(built: Built, name: str) -> str:
    """Return a test's statement."""
    (statement,) = (
        node["compiled_code"]
        for node in built.manifest["nodes"].values()
        if node["name"] == name
    )
    return statement


@pytest.fixture
def dev(built: Built) -> Iterator[Connection]:
    """Yield a copy of the built sample."""
    with copied(built.connection, "ruled") as connection:
        with connection.connect() as session:
            # Rows that no build brings are found where nothing is known of the table.
            session.execute("update dev_changes.models set rules_held = null")
        yield connection


def test_each_broken_rule_is_named_with_its_rows(
    dbt: Dbt, dev: Connection, tmp_path: Path
) -> None:
    with dev.connect() as session:
        plays = session.execute(
            "select play_id from dev_mart_core.fct_viewing order by play_id limit 5"
        ).fetchall()
        keys = [key for (key,) in plays]
        session.execute(
            """
            update dev_mart_core.fct_viewing set watched_seconds = -1
            where play_id = any(%s)
            """,
            [keys],
        )
        session.execute(
            """
            update dev_mart_core.fct_viewing set local_weekday = 8, play_type = 'other'
            where play_id = %s
            """,
            [keys[4]],
        )
    completed = dbt(
        "test", "--select", "rows_of_fct_viewing", connection=dev, target=tmp_path
    )
    assert completed.returncode != 0
    said = " ".join(completed.stdout.split())
    first = "; ".join(keys[:3])
    assert (
        "fct_viewing breaks watched_seconds_is_not_negative in 5 rows, "
        f"such as {first} " in said
    )
    for rule in ("local_weekday_is_between_1_and_7", "play_type_is_accepted"):
        assert f"fct_viewing breaks {rule} in 1 row, such as {keys[4]} " in said
    assert said.count(" breaks ") == 3


def test_a_key_that_is_there_again_is_named_with_its_rows(built: Built) -> None:
    statement = compiled(built, "rows_of_int_titles")
    with built.connection.connect() as session:
        (title,) = session.execute(
            "select min(content_id) from dev_intermediate.int_titles"
        ).fetchone() or ("",)
        session.execute(
            """
            insert into dev_intermediate.int_titles
            select int_titles.* from dev_intermediate.int_titles, generate_series(1, 2)
            where content_id = %s
            """,
            [title],
        )
        session.execute(
            """
            update dev_intermediate.int_titles set title_label = ctid::text
            where content_id = %s
            """,
            [title],
        )
        found = session.execute(trusted(statement)).fetchall()
        session.rollback()
    assert found == [("content_id_is_unique", 3, title, None, None)]


def test_a_key_of_one_column_may_be_missing_in_many_rows(built: Built) -> None:
    statement = re.sub(
        r'("\w+"\.)+"stg_streaming_app__plans"',
        "plans",
        compiled(built, "rows_of_stg_streaming_app__plans"),
    )
    with built.connection.connect() as session:
        session.execute(
            """
            create temporary table plans as
            select * from dev_staging.stg_streaming_app__plans
            """
        )
        session.execute("update plans set plan_rank = null")
        missing = session.execute(trusted(statement)).fetchall()
        session.execute("update plans set plan_rank = 1")
        repeated = session.execute(trusted(statement)).fetchall()
        session.rollback()
    assert missing == []
    assert [row[0] for row in repeated] == ["plan_rank_is_unique"]


@pytest.mark.parametrize(
    ("model", "change", "broken"),
    [
        pytest.param(
            "agg_genre_performance",
            "update dev_mart_content.agg_genre_performance set watched_share = {}",
            {"1.000001": 1, "-0.1": 1, "1": 0, "null": 0},
            id="is_share",
        ),
        pytest.param(
            "agg_top_content_by_week",
            "update dev_mart_content.agg_top_content_by_week set weeks_in_top = {}",
            {"0": 1},
            id="at_least_one",
        ),
        pytest.param(
            "agg_winback_by_month",
            "update dev_mart_churn.agg_winback_by_month set is_immature = {}",
            {"not is_immature": 1},
            id="rules",
        ),
        pytest.param(
            "int_part_viewers",
            "update dev_intermediate.int_part_viewers set part_id = {}",
            {"null": 1},
            id="not_null",
        ),
    ],
)
def test_values_at_the_edge_of_a_rule(
    built: Built, model: str, change: str, broken: dict[str, int]
) -> None:
    statement = compiled(built, f"rows_of_{model}")
    with built.connection.connect() as session:
        for value, rules in broken.items():
            session.execute(trusted(change.format(value)))
            found = session.execute(trusted(statement)).fetchall()
            session.rollback()
            assert len(found) == rules, (value, found)
