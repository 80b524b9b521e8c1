"""A test of sums asks the days that changed since it passed, and overlooks none.

Real builds by dbt, of kept models with the project's own macros.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streaming_analytics.publishing.changes import forget_changes
from streaming_analytics.warehouse.connection import Connection

from .builds import NO_TESTS, Builds, Guard, to_break

TEST = "assert_days_add_up"
FILES = {
    "models/days.sql": """
{{ config(part=['played_on'], reads={'plays': ['played_on']}) }}
select played_on, sum(seconds) as seconds from {{ ref('plays') }} group by played_on
""",
    # A day is wrong that a variable names: the models' own rows are right.
    f"tests/{TEST}.sql": """
{% set is_untested = untested_rows('played_on', [ref('plays'), ref('days')]) %}
select played_on
from (
    select played_on, seconds from {{ ref('plays') }} where {{ is_untested }}
    union all
    select played_on, -seconds from {{ ref('days') }} where {{ is_untested }}
) as both_sides
group by played_on
having
    sum(seconds) <> 0
    or cast(played_on as text) = '{{ var("wrong_day") }}'
""",
}
FIRST, SECOND = "2025-01-01", "2025-01-02"
SECOND_DAY = f"insert into raw.plays values ('a2', 'ana', 5, '{SECOND}')"
ALL, NOTHING = "1 = 1", "1 = 0"


@pytest.fixture
def builds(tmp_path: Path, database: Connection) -> Builds:
    return Builds(tmp_path, database, FILES)


def asked(builds: Builds, *arguments: str, **variables: Any) -> tuple[str, set[str]]:
    """Build, and return which rows the test asked and what failed."""
    answer = builds.build(*arguments, **variables)
    (condition,) = {
        line.split(" where ")[1].split(" /*")[0]
        for line in answer.compiled[TEST].splitlines()
        if " where " in line
    }
    return condition, answer.failed


def test_the_days_that_changed_are_asked(builds: Builds) -> None:
    assert asked(builds) == (ALL, set())
    assert asked(builds) == (NOTHING, set())
    builds.sql(SECOND_DAY)
    assert asked(builds) == (f"played_on in ('{SECOND}')", set())
    builds.sql(f"update raw.plays set played_on = '{SECOND}' where play_id = 'b1'")
    assert asked(builds) == (f"played_on in ('{FIRST}', '{SECOND}')", set())
    assert asked(builds, "--full-refresh") == (ALL, set())
    assert asked(builds) == (NOTHING, set())


def test_a_change_of_what_the_test_does_not_name_asks_nothing(builds: Builds) -> None:
    asked(builds)
    builds.sql("update raw.plays set user_id = 'ben' where play_id = 'a1'")
    assert asked(builds) == (NOTHING, set())
    builds.sql("update raw.plays set seconds = 61 where play_id = 'a1'")
    assert asked(builds) == (f"played_on in ('{FIRST}')", set())


def test_a_day_that_is_wrong_is_found_when_it_changes_and_until_it_is_right(
    builds: Builds,
) -> None:
    asked(builds)
    builds.sql(SECOND_DAY)
    wrong, failed = asked(builds, wrong_day=SECOND)
    assert (wrong, failed) == (f"played_on in ('{SECOND}')", {TEST})
    for _ in range(2):
        assert asked(builds, wrong_day=SECOND) == (ALL, {TEST})
    assert asked(builds) == (ALL, set())
    assert asked(builds) == (NOTHING, set())


def test_other_variables_ask_all_days(builds: Builds) -> None:
    given = "ref('days')], named='(played_on)', given=var('most'))"
    builds.replace(f"tests/{TEST}.sql", "ref('days')])", given)
    assert asked(builds) == (ALL, set())
    builds.sql(SECOND_DAY)
    assert asked(builds) == (f"(played_on) in ('{SECOND}')", set())
    assert asked(builds, most=99) == (ALL, set())
    assert asked(builds, most=99) == (NOTHING, set())


def test_a_day_that_is_not_known_is_asked_with_all_others(builds: Builds) -> None:
    asked(builds)
    builds.sql("insert into raw.plays values ('x', 'ana', 5, null)")
    assert asked(builds) == (ALL, set())


def test_a_year_and_more_of_days_are_not_asked_one_by_one(builds: Builds) -> None:
    asked(builds)
    builds.sql(
        "insert into raw.plays select 'x' || day, 'ana', 0, date '2020-01-01' + day"
        " from generate_series(1, 401) as day"
    )
    assert asked(builds) == (ALL, set())


def test_what_is_published_is_known_and_what_is_not_stays_in_question(
    builds: Builds,
) -> None:
    def asked_of_candidate(**variables: str) -> bool:
        answer = builds.build(target="candidate", **variables)
        assert answer.failed == ({TEST} if variables else set())
        return ALL in answer.compiled[TEST]

    assert asked_of_candidate()
    builds.publish()
    assert not asked_of_candidate()
    builds.sql(SECOND_DAY)
    assert not asked_of_candidate(wrong_day=SECOND)
    assert asked_of_candidate()
    assert not asked_of_candidate()
    # Published by a build without tests.
    builds.sql(f"update raw.plays set played_on = '{SECOND}' where play_id = 'b1'")
    builds.build(*NO_TESTS, target="candidate")
    builds.publish()
    assert asked_of_candidate(wrong_day=SECOND)


def test_a_warehouse_of_an_earlier_version_is_asked_whole(builds: Builds) -> None:
    asked(builds)
    builds.sql("drop table dev_changes.passed_tests")
    with builds.database.connect() as session:
        forget_changes(session, "dev")
    assert asked(builds) == (ALL, set())
    assert asked(builds) == (NOTHING, set())


# How a wrong day may come to be overlooked, each with the guard against it: the file,
# its text, and what stands there when it is broken. In the end the second day is wrong.


def rows_come_without_a_test(builds: Builds) -> None:
    builds.build()
    builds.sql(SECOND_DAY)
    builds.build(*NO_TESTS)


def the_test_is_another(builds: Builds) -> None:
    builds.sql(SECOND_DAY)
    builds.replace(f"tests/{TEST}.sql", "having", "having false and")
    builds.replace(f"tests/{TEST}.sql", " or cast", " or false and cast")
    builds.build()
    builds.replace(f"tests/{TEST}.sql", "having false and", "having")
    builds.replace(f"tests/{TEST}.sql", " or false and cast", " or cast")


def a_table_is_filled_anew(builds: Builds) -> None:
    builds.build()
    builds.sql(SECOND_DAY)
    builds.build(*NO_TESTS, "--full-refresh")


def a_table_is_changed_by_other_means(builds: Builds) -> None:
    builds.sql(SECOND_DAY)
    builds.build()
    others = "materialized='incremental', unique_key='played_on', part="
    builds.replace("models/days.sql", "part=", others)


def failures_are_tolerated(builds: Builds) -> None:
    builds.sql(SECOND_DAY)
    tolerant = "data_tests: {+error_if: '> 5', +warn_if: '> 5'}\nmodels:"
    builds.replace("dbt_project.yml", "models:", tolerant)
    assert builds.build(wrong_day=SECOND).failed == set()
    builds.replace("dbt_project.yml", tolerant, "models:")


def a_variable_is_another(builds: Builds) -> None:
    given = "ref('days')], given=var('wrong_day'))"
    builds.replace(f"tests/{TEST}.sql", "ref('days')])", given)
    builds.sql(SECOND_DAY)
    builds.build()


def somebody_builds_meanwhile(builds: Builds) -> None:
    """What comes while the build ends is in its tables, and in no log that it read."""
    day = f"values ('x', 'cem', 9, date '{SECOND}')"
    builds.build(
        meanwhile=f"insert into raw.plays {day}; insert into dev.plays {day};"
        f" insert into dev.days values (date '{SECOND}', 9);"
        " insert into dev.users values ('cem', 9);"
        " update dev_changes.models set changed_rows = 0; commit"
    )


def whether_rows_are_the_same_is_asked(builds: Builds) -> None:
    builds.sql(SECOND_DAY)
    days = "select played_on, -seconds from {{ ref('days') }}"
    rows = "(select distinct * from {{ ref('plays') }}) as plays"
    test = f"tests/{TEST}.sql"
    builds.replace(test, "seconds from {{ ref('plays') }}", f"0 as seconds from {rows}")
    builds.replace(test, days, days.replace("-seconds", "0"))
    builds.build()
    builds.sql("update raw.plays set user_id = 'ben' where play_id = 'a2'")


UNTESTED = "macros/by_part/untested_rows.sql"
GUARDS: list[Guard] = [
    (
        rows_come_without_a_test,
        "macros/by_part/changes.sql",
        "and models.changed_rows <> passed_tests.changed_rows",
        "and false",
    ),
    (
        the_test_is_another,
        UNTESTED,
        "local_md5(model.raw_code ~ version ~ given)",
        "'test'",
    ),
    (
        a_table_is_filled_anew,
        UNTESTED,
        "cast(to_regclass(relation_name) as oid)",
        "'1'",
    ),
    (
        a_table_is_changed_by_other_means,
        UNTESTED,
        "and node.config.materialized == 'table'",
        "",
    ),
    (
        failures_are_tolerated,
        UNTESTED,
        "config.get('warn_if', '!= 0') == '!= 0'",
        "true",
    ),
    (
        whether_rows_are_the_same_is_asked,
        "macros/by_part/touched_parts.sql",
        "'distinct\\\\s+(\\\\w+\\\\.)?\\\\*|",
        "'",
    ),
    (a_variable_is_another, UNTESTED, "~ version ~ given)", "~ version)"),
    (
        somebody_builds_meanwhile,
        UNTESTED,
        "and cast(models.xmin as text) = told.version",
        "",
    ),
]


@pytest.mark.parametrize("happens", [guard[0] for guard in GUARDS])
def test_a_wrong_day_is_not_overlooked(
    builds: Builds, happens: Callable[[Builds], None]
) -> None:
    happens(builds)
    found = [builds.build(wrong_day=SECOND).failed for _ in range(2)]
    assert found == [{TEST}] * 2


@pytest.mark.parametrize(("happens", "file", "guard", "instead"), to_break(GUARDS))
def test_a_wrong_day_is_overlooked_without_its_guard(
    builds: Builds,
    happens: Callable[[Builds], None],
    file: str,
    guard: str,
    instead: str,
) -> None:
    builds.replace(file, guard, instead)
    happens(builds)
    assert builds.build(wrong_day=SECOND).failed == set()
