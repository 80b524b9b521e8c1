"""What a model says of its inputs is checked in its first build, and no change is lost.

Real builds by dbt, of a few kept models with the project's own macros.
"""

from pathlib import Path

import pytest

from streaming_analytics.warehouse.connection import Connection

from .builds import NO_TESTS, Builds

PLAYS = "{{ config(part=['user_id'], reads={'plays': ['user_id']}) }}"
SECONDS = "select user_id, sum(seconds) as seconds from {{ ref('plays') }} group by 1"
PASSING = (
    "{{ config(materialized='ephemeral') }} select user_id from {{ ref('users') }}"
)
BEN_IS_CORRECTED = "update raw.plays set seconds = 31 where play_id = 'b1'"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"models/hours.sql": PLAYS.replace("'plays'", "'playz'") + SECONDS},
            "names playz in `reads`, but its SQL does not read it",
        ),
        (
            {
                "models/hours.sql": PLAYS.replace("['user_id'],", "['user_id', 'day'],")
                + SECONDS
            },
            "does not say what day of its part is in plays",
        ),
        (
            {
                "models/hours.sql": PLAYS
                + SECONDS.replace("group", "cross join {{ ref('users') }} group"),
            },
            "reads users: say in `reads` or `reached_by`",
        ),
        (
            {
                "models/whole.sql": "select * from {{ ref('plays') }}",
                "models/hours.sql": (PLAYS + SECONDS).replace("plays", "whole"),
            },
            "names whole in `reads`, which nobody keeps a log of changes for",
        ),
        (
            {
                "models/passing.sql": PASSING,
                "models/hours.sql": PLAYS
                + SECONDS.replace(
                    "group",
                    "where user_id in (select user_id from {{ ref('passing') }}) group",
                ),
            },
            "reads passing, which is ephemeral",
        ),
    ],
)
def test_what_would_lose_a_change_is_refused_at_once(
    tmp_path: Path, database: Connection, files: dict[str, str], told: str
) -> None:
    builds = Builds(tmp_path, database, files)

    answer = builds.build(*NO_TESTS)

    assert answer.failed == {"hours"}
    assert told in answer.said


@pytest.mark.parametrize(
    "query",
    [
        "SELECT USER_ID, SUM(SECONDS) AS SUM FROM {{ ref('plays') }} GROUP BY USER_ID",
        SECONDS.replace("user_id,", "user_id, max('--') as two,").replace(
            "as seconds", "as total"
        ),
    ],
)
def test_a_column_counts_however_the_sql_names_it(
    tmp_path: Path, database: Connection, query: str
) -> None:
    builds = Builds(tmp_path, database, {"models/totals.sql": PLAYS + query})
    assert not builds.build(*NO_TESTS).failed
    builds.sql(BEN_IS_CORRECTED)
    assert not builds.build(*NO_TESTS).failed
    kept = builds.sql("select * from dev.totals order by user_id")

    assert not builds.build(*NO_TESTS, "--full-refresh").failed
    assert kept == builds.sql("select * from dev.totals order by user_id")
    assert "31" in str(kept)


def test_a_view_among_kept_tables_has_no_log(
    tmp_path: Path, database: Connection
) -> None:
    view = (
        "{{ config(materialized='view', kept=true) }} select * from {{ ref('users') }}"
    )
    builds = Builds(tmp_path, database, {"models/shown.sql": view})

    for _ in range(2):
        assert not builds.build().failed

    logs = builds.sql("select model_name from dev_changes.models order by 1")
    assert logs == [("plays",), ("users",)]


def test_what_a_red_test_kept_from_being_built_hides_no_reason(
    tmp_path: Path, database: Connection
) -> None:
    builds = Builds(
        tmp_path,
        database,
        {
            "models/dim_days.sql": "select distinct played_on from {{ ref('plays') }}",
            "models/fct_days.sql": """
{{ config(post_hook={"sql": "{{ add_foreign_keys() }}", "transaction": false}) }}
select played_on from {{ ref('dim_days') }}
""",
            "models/days.yml": """
models:
  - name: dim_days
    config: {contract: {enforced: true}}
    constraints: [{type: primary_key, columns: [played_on]}]
    columns: [{name: played_on, data_type: date}]
    data_tests:
      - rows_hold:
          name: rows_of_dim_days
          arguments: {rules: {is_new: "played_on > '2025-01-01'"}}
  - name: fct_days
    config: {contract: {enforced: true}}
    constraints:
      - {type: primary_key, columns: [played_on]}
      - type: foreign_key
        columns: [played_on]
        to: ref('dim_days')
        to_columns: [played_on]
    columns: [{name: played_on, data_type: date}]
""",
        },
    )
    explain = '  - "{{ explain_failed_tests(results) }}"'
    restore = explain.replace("explain_failed_tests", "restore_foreign_keys")
    builds.replace("dbt_project.yml", explain, f"{restore}\n{explain}")
    builds.build("--exclude", "rows_of_dim_days")
    builds.sql("update raw.plays set played_on = '2024-12-31' where user_id = 'ben'")
    builds.sql("update raw.plays set played_on = '2024-12-30' where user_id = 'ana'")

    red = builds.build()

    assert red.failed == {"rows_of_dim_days"}
    assert "dim_days breaks is_new in 2 rows" in red.said
