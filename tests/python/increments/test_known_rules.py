"""rows_hold asks a kept table's new rows, and overlooks no row that breaks a rule.

Real builds by dbt, of two kept models with the project's own macros.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from dbt_sample import Dbt

from streaming_analytics.publishing.changes import forget_changes, mark_changed_since
from streaming_analytics.warehouse.connection import Connection

from .builds import NO_TESTS, Builds, Guard, to_break

TOO_MUCH = "insert into raw.plays values ('b2', 'ben', 200, '2025-01-02')"
BEN_BREAKS_IT = "users breaks few_seconds in 1 row, such as ben"


@pytest.fixture
def builds(tmp_path: Path, database: Connection) -> Builds:
    return Builds(tmp_path, database)


WHOLE = {"rows_of_plays": "table", "rows_of_users": "table"}
LOGGED = {"rows_of_plays": "log", "rows_of_users": "log"}


def test_what_a_change_brings_is_asked_and_found_until_it_is_gone(
    builds: Builds,
) -> None:
    first = builds.build()
    assert (first.asked, first.failed) == (WHOLE, set())

    builds.sql("insert into raw.plays values ('a2', 'ana', 5, '2025-01-02')")
    green = builds.build()
    assert (green.asked, green.failed) == (LOGGED, set())

    builds.sql(TOO_MUCH)
    red = builds.build()
    assert red.asked == LOGGED
    assert red.failed == {"rows_of_users"}
    assert BEN_BREAKS_IT in red.said

    # All models were built, so that the log is empty now.
    assert builds.sql("select count(*) from dev_changes.users") == [(0,)]
    for _ in range(2):
        red = builds.build()
        assert red.asked == LOGGED | {"rows_of_users": "table"}
        assert BEN_BREAKS_IT in red.said

    builds.sql("delete from raw.plays where play_id = 'b2'")
    green = builds.build()
    assert (green.asked["rows_of_users"], green.failed) == ("table", set())
    assert builds.build().asked == LOGGED


def test_all_rows_that_break_a_rule_are_counted_as_soon_as_one_comes(
    builds: Builds,
) -> None:
    builds.build()
    builds.sql("update dev.users set seconds = 1000 where user_id = 'ana'")
    assert builds.build().failed == set()
    builds.sql(TOO_MUCH)
    red = builds.build()
    assert red.asked["rows_of_users"] == "log"
    assert "users breaks few_seconds in 2 rows, such as ana; ben" in red.said


def test_a_row_that_came_and_went_breaks_nothing(builds: Builds) -> None:
    builds.build(target="candidate")
    builds.publish()
    builds.sql(TOO_MUCH)
    builds.build(*NO_TESTS, target="candidate")
    builds.sql("delete from raw.plays where play_id = 'b2'")
    green = builds.build(target="candidate")
    assert (green.asked, green.failed) == (LOGGED, set())


def test_what_was_not_published_stays_in_question(builds: Builds) -> None:
    """Builds that failed, and one without tests before the publication."""
    builds.build(target="candidate")
    builds.publish()
    builds.sql(TOO_MUCH)
    for _ in range(3):
        assert builds.build(target="candidate").failed == {"rows_of_users"}
    builds.build(*NO_TESTS, target="candidate")
    builds.publish()
    red = builds.build(target="candidate")
    assert (red.asked["rows_of_users"], red.failed) == ("table", {"rows_of_users"})


def test_rows_that_are_computed_anew_are_known(builds: Builds) -> None:
    builds.build()
    with builds.database.connect() as session:
        assert mark_changed_since(session, "dev", date(2025, 1, 1)) == 2
    assert builds.build().asked == LOGGED
    assert builds.build().asked == LOGGED


def test_a_full_refresh_asks_the_whole(builds: Builds) -> None:
    builds.build()
    assert builds.build("--full-refresh").asked == WHOLE
    assert builds.build().asked == LOGGED


def test_the_table_is_not_read_while_no_broken_row_came(builds: Builds) -> None:
    builds.build()
    builds.build()
    (compiled,) = (builds.root / "target" / "compiled").rglob("rows_of_plays.sql")
    plan = builds.sql("explain (analyze, timing off) " + compiled.read_text())
    scans = [line for (line,) in plan if " on plays" in line]
    # The log's name is the table's.
    assert len(scans) == 2, plan
    assert ["never executed" in line for line in scans].count(True) == 1, plan


def test_tests_by_themselves_ask_and_record_nothing(
    builds: Builds, dbt: Dbt, tmp_path: Path
) -> None:
    """Of a candidate that was audited nothing may change."""
    builds.build()
    builds.sql(TOO_MUCH)
    builds.build(*NO_TESTS, "--select", "plays")
    before = builds.sql("select xmin::text, * from dev_changes.models order by 2")
    for command in ("test", "compile"):
        completed = dbt(
            command,
            "--select=plays",
            connection=builds.database,
            target=tmp_path / command,
            project=builds.root,
        )
        assert completed.returncode == 0, completed.stdout
        (compiled,) = (tmp_path / command).rglob("compiled/**/rows_of_plays.sql")
        assert ("change_sign" in compiled.read_text()) is (command == "test")
    assert (
        builds.sql("select xmin::text, * from dev_changes.models order by 2") == before
    )


def test_a_warehouse_of_an_earlier_version_is_asked_whole(builds: Builds) -> None:
    builds.build()
    builds.sql(
        "alter table dev_changes.models"
        " drop column rules_held, drop column changed_rows_when_held"
    )
    with builds.database.connect() as session:
        forget_changes(session, "dev")
    assert builds.build().asked == WHOLE
    assert builds.build().asked == LOGGED


# How a row that breaks a rule may come to be overlooked, each with the guard against
# it: the file, its text, and what stands there when it is broken.


def rows_come_without_a_test(builds: Builds) -> None:
    builds.build()
    builds.sql(TOO_MUCH)
    builds.build(*NO_TESTS)


def a_rule_is_another(builds: Builds) -> None:
    builds.sql(TOO_MUCH)
    assert builds.build(most=1000).failed == set()


def a_table_is_filled_by_other_means(builds: Builds) -> None:
    builds.build()
    kept = "part=['user_id'], reads={'plays': ['user_id']}"
    builds.replace("models/users.sql", kept, "kept=false")
    builds.sql(TOO_MUCH)
    builds.build(*NO_TESTS)
    builds.replace("models/users.sql", "kept=false", kept)


def a_table_is_changed_by_other_means(builds: Builds) -> None:
    builds.build()
    others = "materialized='incremental', unique_key='user_id', part="
    builds.replace("models/users.sql", "part=", others)
    builds.sql(TOO_MUCH)


def a_part_of_the_rows_is_tested(builds: Builds) -> None:
    builds.sql(TOO_MUCH)
    configure_the_test(builds, "where: seconds < 100")


def failures_are_tolerated(builds: Builds) -> None:
    builds.sql(TOO_MUCH)
    configure_the_test(builds, "error_if: '> 5', warn_if: '> 5'")


def configure_the_test(builds: Builds, config: str) -> None:
    """Build once with a config of the users' test."""
    name = "          name: rows_of_users"
    configured = f"          config: {{{config}}}\n{name}"
    builds.replace("models/models.yml", name, configured)
    assert builds.build().failed == set()
    builds.replace("models/models.yml", configured, name)


def another_rule_finds_what_somebody_wrote(builds: Builds) -> None:
    builds.build()
    builds.sql("update dev.users set seconds = 150 where user_id = 'ben'")
    assert builds.build(most=140).failed == {"rows_of_users"}


def somebody_builds_meanwhile(builds: Builds) -> None:
    builds.build(
        meanwhile="insert into dev.users values ('cem', 999);"
        " update dev_changes.models set changed_rows = 0; commit"
    )


def a_rule_reads_another_table(builds: Builds) -> None:
    builds.sql("create table raw.most as select 1000 as seconds")
    builds.replace(
        "models/models.yml",
        "seconds <= {{ var('most') }}",
        "seconds <= (select max(most.seconds) from raw.most)",
    )
    builds.sql(TOO_MUCH)
    builds.build()
    builds.sql("update raw.most set seconds = 100")


KNOWN_RULES = "macros/rows_hold/known_rules.sql"
GUARDS: list[Guard] = [
    (
        rows_come_without_a_test,
        "macros/by_part/changes.sql",
        "case when changed_rows = changed_rows_when_held then rules_held end",
        "rules_held",
    ),
    (a_rule_is_another, KNOWN_RULES, "tojson(conditions)", "'rules'"),
    (
        a_table_is_filled_by_other_means,
        KNOWN_RULES,
        "cast(to_regclass(relation_name) as oid)",
        "'1'",
    ),
    (
        a_table_is_changed_by_other_means,
        KNOWN_RULES,
        " and node.config.materialized == 'table'",
        "",
    ),
    (
        a_part_of_the_rows_is_tested,
        KNOWN_RULES,
        "relation | string | replace",
        "node.relation_name | replace",
    ),
    (failures_are_tolerated, KNOWN_RULES, "config.get('warn_if') == '!= 0' and", ""),
    (
        another_rule_finds_what_somebody_wrote,
        KNOWN_RULES,
        "result.status != 'skipped'",
        "result.status == 'pass'",
    ),
    (
        somebody_builds_meanwhile,
        KNOWN_RULES,
        "cast(models.xmin as text) = found.version",
        "true",
    ),
    (
        a_rule_reads_another_table,
        KNOWN_RULES,
        "or modules.re.search('(?i)\\\\bselect\\\\b', conditions.values() | join(' '))",
        "",
    ),
]


@pytest.mark.parametrize("happens", [guard[0] for guard in GUARDS])
def test_a_row_that_breaks_a_rule_is_not_overlooked(
    builds: Builds, happens: Callable[[Builds], None]
) -> None:
    happens(builds)
    assert [builds.build().failed for _ in range(2)] == [{"rows_of_users"}] * 2


@pytest.mark.parametrize(("happens", "file", "guard", "instead"), to_break(GUARDS))
def test_a_row_is_overlooked_without_its_guard(
    builds: Builds,
    happens: Callable[[Builds], None],
    file: str,
    guard: str,
    instead: str,
) -> None:
    builds.replace(file, guard, instead)
    happens(builds)
    assert builds.build().failed == set()
