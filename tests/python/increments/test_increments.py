"""Loads of any order, repetition, delay and correction, killed builds, new variables.

After each build every kept model equals row by row what a build from nothing holds:
docs/decisions/0045-increments.md
"""

import os
import re
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any, NamedTuple

import psycopg
import pytest
from dbt_sample import Built
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from laboratory.platforms import (
    LOADED,
    REFERENCE,
    Tables,
    accounts,
    catalogue,
    observed,
    together,
)
from psycopg import sql

from streaming_analytics.publishing import changes
from streaming_analytics.warehouse.connection import Connection

from .kept import SCHEMA, Kept, macros_of_project

DRAWS = st.integers(0, 2**32 - 1).map(Random)
NAMES = [f"u{number}" for number in range(1, 25)]

IS_WHOLE = os.environ.get("LABORATORY") == "whole"
#: Every test run tries a few sequences, `make laboratory` three hundred.
SEQUENCES = 300 if IS_WHOLE else 12

#: What a macro forgets when it is broken so: its text and what stands there instead.
_OF_LOG = "' from ' ~ changes ~ ' group by '"
BROKEN = {
    "the old day of a moved play, and the account that it left": (
        _OF_LOG,
        _OF_LOG.replace("group", "where change_sign > 0 group"),
    ),
    "the new day of a moved play, and the account that it came to": (
        _OF_LOG,
        _OF_LOG.replace("group", "where change_sign < 0 group"),
    ),
    "a change of a dimension": (
        "{%- if reached_by[input.name] -%}",
        "{%- if reached_by[input.name] and input.name.endswith('viewing_days') -%}",
    ),
    "a change of a variable": ("dbt_version, sql, columns", "dbt_version, columns"),
    "that numbers go on from the session before": (
        "~ ' + touched.first_number - 1'",
        "",
    ),
}
#: Every test run breaks two, which are found soon; `make laboratory` each.
TRIED = list(BROKEN)[0 if IS_WHOLE else -2 :]


class Increments(RuleBasedStateMachine):
    """What may happen between two builds, in any order."""

    kept: Kept
    #: Whether a killed build counts as published; breaks the machine on purpose.
    forgets_when_killed = False

    def __init__(self) -> None:
        """Begin without variables; the first build is whole."""
        super().__init__()
        self.gap, self.valid = 30, 120

    def sql_of(self, name: str, text: str) -> str:
        """Return what dbt would compile with the variables of the day."""
        assert name != "fct_viewing" or "120" in text
        if name == "int_plays_in_sessions":
            assert "30" in text
            return text.replace("30", str(self.gap))
        if name == "fct_viewing":
            return text.replace("120", str(self.valid))
        return text

    @initialize(draw=DRAWS)
    def begin(self, draw: Random) -> None:
        """Load a platform and build it."""
        self.kept.empty()
        self.kept.put(REFERENCE | together(catalogue(), observed()))
        self.kept.put(of_accounts(accounts(draw, NAMES)))
        self.a_build_is_green()

    @rule(draw=DRAWS)
    def rows_arrive(self, draw: Random) -> None:
        """New, late, corrected and moved rows, whatever their date of arrival says."""
        tables = of_accounts(accounts(draw, draw.sample(NAMES, draw.randint(1, 4))))
        arrival = LOADED + timedelta(days=draw.randint(-3, 3))
        for rows in tables.values():
            draw.shuffle(rows)
            for row in rows:
                row["loaded_at"] = arrival
        tables["viewing"] = [r for r in tables["viewing"] if draw.random() < 0.8]
        self.kept.put(tables)

    @rule(draw=DRAWS)
    def a_day_passes(self, draw: Random) -> None:
        """Plays of the days after the last."""
        tables = of_accounts(accounts(draw, draw.sample(NAMES, 3)))
        for row in tables["viewing"]:
            row["play_id"] += f"-{draw.randrange(10**9)}"
            row["started_at"] += timedelta(days=draw.choice([120, 121]))
        self.kept.put({"viewing": tables["viewing"]})

    @rule(part=st.sampled_from([3, 10]))
    def rows_arrive_again(self, part: int) -> None:
        """The same rows a second time."""
        self.kept.change(
            "insert into {viewing} select * from {viewing}"
            f" where hashtext(play_id) % {part} = 0"
        )

    @rule(part=st.sampled_from([5, 23]))
    def rows_vanish(self, part: int) -> None:
        """Plays that were loaded by mistake."""
        self.kept.change(
            "delete from {viewing} where user_id <> 'visitor-1'"
            f" and hashtext(play_id || started_at) % {part} = 0"
        )

    @rule(hours=st.sampled_from([-30, -1, 1, 30]), part=st.sampled_from([5, 23]))
    def plays_move_in_time(self, hours: int, part: int) -> None:
        """Some plays began at another time."""
        self.kept.change(
            "update {viewing} set started_at = started_at"
            f" + interval '{hours} hours'"
            f" where user_id <> 'visitor-1' and hashtext(play_id) % {part} = 0"
            " and started_at between '2024-01-05' and '2024-05-01'"
        )

    @rule(part=st.sampled_from([5, 23]), name=st.sampled_from(NAMES))
    def plays_move_to_another(self, part: int, name: str) -> None:
        """Some plays were another account's."""
        self.kept.change(
            f"update {{viewing}} set user_id = '{name}'"
            f" where user_id <> 'visitor-1' and hashtext(play_id) % {part} = 1"
        )

    @rule(seconds=st.sampled_from([300, 6000, 9000]))
    def a_runtime_is_corrected(self, seconds: int) -> None:
        """A film and two episodes are of another length."""
        self.kept.change(
            f"update {{content}} set runtime_seconds = {seconds}"
            " where content_id = 'film'"
        )
        self.kept.change(
            f"update {{episodes}} set runtime_seconds = {seconds}"
            " where episode_id in ('show-1-1', 'soap-1-3')"
        )

    @rule(part=st.sampled_from([1, 5]))
    def flags_are_turned(self, part: int) -> None:
        """Plays of a day trade a value."""
        self.kept.change(
            "update {viewing} set is_autoplayed = not coalesce(is_autoplayed, false)"
            f" where hashtext(play_id) % {part} = 0"
        )

    @rule(country=st.sampled_from(["US", "DE", "NA", "IN"]))
    def users_move(self, country: str) -> None:
        """Two accounts are in another country, with another clock."""
        self.kept.change(
            f"update {{users}} set country_code = '{country}'"
            " where user_id in ('u1', 'u2')"
        )

    @rule(kind=st.sampled_from(["film", "series"]))
    def a_title_is_of_another_kind(self, kind: str) -> None:
        """A title was filed wrongly."""
        self.kept.change(
            f"update {{content}} set content_type = '{kind}', runtime_seconds = 4800"
            " where content_id = 'launch'"
        )

    @rule(gap=st.sampled_from([30, 45]), valid=st.sampled_from([120, 60]))
    def variables_change(self, gap: int, valid: int) -> None:
        """Definitions are others from now on."""
        self.gap, self.valid = gap, valid

    @rule(statements=st.integers(1, 400))
    def a_build_is_killed(self, statements: int) -> None:
        """The build ends within a model."""
        self.kept.build(self.sql_of, killed_after=statements)
        if self.forgets_when_killed:
            self.kept.forget()

    @rule()
    def a_build_is_green(self) -> None:
        """Everything is built and published, and compared."""
        self.a_build_is_not_published()
        self.kept.forget()

    @rule()
    def a_build_is_not_published(self) -> None:
        """Everything is built and compared, and nothing forgotten."""
        self.kept.build(self.sql_of)
        found = self.kept.differences(self.sql_of)
        assert found == {}, found

    def teardown(self) -> None:
        """Whatever happened last is built."""
        self.a_build_is_not_published()


class MoreIncrements(Increments):
    """What a fit and another release day change happens, too."""

    @rule(days=st.sampled_from([-20, 3, 40]))
    def a_release_is_moved(self, days: int) -> None:
        """A title was released on another day, so that its launch is another."""
        self.kept.change(
            f"update {{content}} set release_date = release_date + {days}"
            " where content_id = 'launch'"
        )

    @rule(titles=st.integers(1, 4))
    def the_recommender_is_fitted(self, titles: int) -> None:
        """Tastes are made of another number of titles."""
        self.kept.change(
            "insert into {runs} (run_id, model_name, raw_data, as_of_date)"
            " select count(*) + 1, 'recommend', 'sample', '2024-01-01' from {runs}"
        )
        self.kept.change(
            "insert into {recommender_settings} (run_id, penalty, taste_titles)"
            f" select max(run_id), max(run_id), {titles} from {{runs}}"
        )


def of_accounts(tables: Tables) -> Tables:
    """Return what belongs to accounts, without the catalogue."""
    return {
        name: tables[name]
        for name in (
            *("users", "subscriptions", "plan_changes", "payments", "ratings"),
            "viewing",
        )
    }


@pytest.fixture(scope="module")
def database(warehouse: Connection) -> Iterator[Connection]:
    """Yield an empty database."""
    name = sql.Identifier("increments")
    with warehouse.connect(autocommit=True) as session:
        session.execute(sql.SQL("create database {}").format(name))
    yield replace(warehouse, database="increments")
    with warehouse.connect(autocommit=True) as session:
        session.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture(scope="module")
def nodes(built: Built) -> dict[str, Any]:
    """Return dbt's models and seeds, compiled, and what is fitted in Python."""
    fitted = {
        unique_id: node
        for unique_id, node in built.manifest["sources"].items()
        if node["source_name"] == "ml"
    }
    return fitted | {
        unique_id: node
        for unique_id, node in built.manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    }


@contextmanager
def kept_tables(
    database: Connection, nodes: dict[str, Any], macros: str, kind: type[Kept] = Kept
) -> Generator[Any]:
    """Yield the kept models in an empty database; nothing in it stays."""
    with database.connect() as session:
        session.execute("set client_min_messages = warning")
        try:
            yield kind(session, nodes, macros)
        finally:
            session.rollback()
            for schema in (SCHEMA, f"{SCHEMA}_changes"):
                session.execute(f"drop schema if exists {schema} cascade".encode())
            session.commit()


def run_sequences(
    database: Connection,
    nodes: dict[str, Any],
    macros: str,
    sequences: int,
    machine: type[Increments] = Increments,
    **attributes: Any,
) -> None:
    """Try sequences of what a machine may do, with some of its attributes."""
    with kept_tables(database, nodes, macros) as kept:
        run_state_machine_as_test(
            type("Machine", (machine,), {"kept": kept, **attributes}),
            settings=settings(
                max_examples=sequences,
                stateful_step_count=10,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_every_build_equals_one_from_nothing(
    database: Connection, nodes: dict[str, Any]
) -> None:
    macros = macros_of_project()
    run_sequences(database, nodes, macros, SEQUENCES, MoreIncrements)


@pytest.mark.parametrize("forgotten", TRIED)
def test_what_is_forgotten_is_found(
    database: Connection, nodes: dict[str, Any], forgotten: str
) -> None:
    text, instead = BROKEN[forgotten]
    macros = macros_of_project()
    assert text in macros
    with pytest.raises((AssertionError, psycopg.Error)):
        run_sequences(database, nodes, macros.replace(text, instead), 100)


def test_a_killed_build_that_counts_as_published_is_found(
    database: Connection, nodes: dict[str, Any]
) -> None:
    with pytest.raises((AssertionError, psycopg.Error)):
        run_sequences(
            database, nodes, macros_of_project(), 100, forgets_when_killed=True
        )


def moved_plays(sign: str) -> str:
    """Return the statement that moves some plays, or moves them back."""
    return (
        f"update {{viewing}} set started_at = started_at {sign} interval '30 hours'"
        " where user_id <> 'visitor-1' and hashtext(play_id) % 5 = 0"
    )


def undo_what_failed_builds_took_in(kept: Kept) -> dict[str, Any]:
    """Return the differences after builds that stopped anywhere and plays went back."""
    machine = type("Machine", (Increments,), {"kept": kept})()
    machine.begin(draw=Random(1))
    is_whole = False
    statements = count(20, 8)
    while not is_whole:
        kept.change(moved_plays("+"))
        is_whole = kept.build(machine.sql_of, killed_after=next(statements))
        kept.change(moved_plays("-"))
        kept.build(machine.sql_of)
        found = kept.differences(machine.sql_of)
        if found:
            return found
        kept.forget()
    return {}


@pytest.mark.parametrize("is_broken", [False, True], ids=["as it is", "broken"])
def test_what_a_failed_build_took_in_is_undone(
    database: Connection, nodes: dict[str, Any], is_broken: bool
) -> None:
    """Changes of two builds do not cancel each other: a model may have seen one."""
    macros = macros_of_project()
    broken = macros.replace("['cast(xmin as text)']", "[]")
    assert broken != macros
    with kept_tables(database, nodes, broken if is_broken else macros) as kept:
        assert bool(undo_what_failed_builds_took_in(kept)) is is_broken


@pytest.mark.parametrize("is_broken", [False, True], ids=["as it is", "broken"])
def test_a_change_of_a_column_that_a_model_names_is_seen(
    database: Connection, nodes: dict[str, Any], is_broken: bool
) -> None:
    """Only columns count that a model reads: it must not overlook one of them."""
    macros = macros_of_project()
    named = "do columns.append(column)"
    broken = macros.replace(named, f"{named} if column != 'is_autoplayed'")
    assert broken != macros
    with kept_tables(database, nodes, broken if is_broken else macros) as kept:
        machine = type("Machine", (Increments,), {"kept": kept})()
        machine.begin(draw=Random(1))
        machine.flags_are_turned(part=1)
        kept.build(machine.sql_of)
        assert bool(kept.differences(machine.sql_of)) is is_broken


def turned(value: Any) -> Any:
    """Return the same settings, the keys of each mapping in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("is_broken", [False, True], ids=["as it is", "broken"])
def test_the_order_of_settings_builds_nothing_whole(
    database: Connection, nodes: dict[str, Any], is_broken: bool
) -> None:
    """Of a model without macros dbt reads a mapping in another order each time."""
    macros = macros_of_project()
    sorted_keys = "sort_keys=true"
    assert sorted_keys in macros
    broken = macros.replace(sorted_keys, "sort_keys=false")
    with kept_tables(database, nodes, broken if is_broken else macros) as kept:
        machine = type("Machine", (Increments,), {"kept": kept})()
        machine.begin(draw=Random(1))
        for model in kept.models.values():
            model.config = turned(model.config)
        kept.build(machine.sql_of)
        assert (set(kept.reasons().values()) != {None}) is is_broken


class PartsScan(NamedTuple):
    """A scan of the touched parts, and whether it is begun anew for each row."""

    table: str
    is_by_row: bool


class Explained(Kept):
    """Builds that note how the touched parts are read, and what is known of them."""

    scans: set[PartsScan]
    #: Whether the planner knows how many touched rows are in a table, by its name.
    is_counted: dict[str, bool]

    def _run(self, statement: str) -> psycopg.Cursor:
        """Run a statement; what reads touched parts in it is explained before."""
        *before, last = re.split(r";\s+(?=create |analyze )", statement.strip())
        for query in before:
            self._run_one(query)
        ran = self._run_one(last)
        self.is_counted |= dict(
            self.session.execute(
                "select relname, reltuples >= 0 from pg_class"
                " where relname ~ '__[0-9]+$' and relkind = 'r'"
            ).fetchall()
        )
        return ran

    def _run_one(self, query: str) -> psycopg.Cursor:
        first, *_ = query.split(";")
        if first.startswith("create unlogged table") and "__parts" in first:
            self.session.execute("set local enable_seqscan = off")
            ((plans,),) = self.session.execute(
                f"explain (format json) {first}".encode()
            ).fetchall()
            self.session.execute("set local enable_seqscan = on")
            self.scans |= set(scans_of_parts(plans[0]["Plan"]))
        return super()._run(query)


def scans_of_parts(
    plan: dict[str, Any], *, is_by_row: bool = False
) -> Generator[PartsScan]:
    """Yield the scans of parts in a plan and what it is made of."""
    is_by_row = is_by_row or plan.get("Parent Relationship") == "SubPlan"
    if plan.get("Relation Name", "").endswith("__parts"):
        yield PartsScan(plan["Relation Name"], is_by_row)
    for child in plan.get("Plans", ()):
        yield from scans_of_parts(child, is_by_row=is_by_row)


def test_a_row_does_not_read_all_parts(
    database: Connection, nodes: dict[str, Any]
) -> None:
    """Millions of rows times thousands of parts never end."""
    with kept_tables(database, nodes, macros_of_project(), Explained) as kept:
        kept.scans, kept.is_counted = set(), {}
        machine = type("Machine", (Increments,), {"kept": kept})()
        machine.begin(draw=Random(1))
        machine.rows_arrive(draw=Random(2))
        machine.a_build_is_green()
    tables = {scan.table for scan in kept.scans}
    assert tables >= {"int_plays_in_sessions__parts", "int_part_viewers__parts"}
    assert [scan for scan in kept.scans if scan.is_by_row] == []
    assert kept.is_counted.keys() >= {
        "int_plays_in_sessions__1",
        "fct_content_viewers__3",
    }
    assert all(kept.is_counted.values())


def test_the_plays_of_a_day_are_found_among_corrected_ones(
    database: Connection, nodes: dict[str, Any]
) -> None:
    """A row that changed lies wherever there was room, beside those of other days."""
    with kept_tables(database, nodes, macros_of_project()) as kept:
        machine = type("Machine", (Increments,), {"kept": kept})()
        machine.begin(draw=Random(1))
        kept.session.execute("set local enable_seqscan = off")
        for table, day in {
            "fct_viewing": "viewed_date",
            "stg_streaming_app__viewing": "cast(started_at as date)",
        }.items():
            (model,) = (node for node in nodes.values() if node["name"] == table)
            made = f"create temporary table {table} as select * from {SCHEMA}.{table}"
            kept.session.execute(f"{made} order by md5(play_id)".encode())
            for index in model["config"]["indexes"]:
                (columns,) = index["columns"]
                kind = index["type"]
                kept.session.execute(
                    f"create index on {table} using {kind} ({columns})".encode()
                )
            plan = kept.session.execute(
                f"explain (analyze, costs off) select from {table}"
                f" where {day} = (select min({day}) from {table})".encode()
            ).fetchall()
            lines = [line for (line,) in plan]
            assert any("Index" in line for line in lines), lines
            assert not any("Removed by" in line for line in lines), lines


#: Tables that are changed by parts, each with a rule that some platforms break.
BREAKS = {
    "fct_viewing": "hashtext(play_id || started_at || user_id) % 80 = 0",
    "int_plays_in_sessions": "hashtext(play_id || started_at) % 120 = 0",
    "fct_content_viewers": "hashtext(user_id || content_id || sittings) % 40 = 0",
}


class Asked(Increments):
    """Rules are asked as macros/rows_hold/known_rules.sql does, and of all rows."""

    #: How often a log was enough, and how often a row in it broke a rule.
    seen: Counter[str]
    breaks = BREAKS

    def __init__(self) -> None:
        """Fill no table anew only because much of so few rows is touched."""
        super().__init__()
        self.kept.variables = {"whole_rebuild_percent": 100}

    def one(self, statement: str) -> Any:
        """Return the one value of a query."""
        row = self.kept.session.execute(statement.encode()).fetchone()
        return row[0] if row else None

    @rule()
    def rules_are_tested(self) -> None:
        """Where old rows are known to hold the rule, the log must say what all do."""
        for name, breaks in self.breaks.items():
            models = f"{SCHEMA}_changes.models"
            rules = "'rules ' || cast(to_regclass(relation_name) as oid)"
            is_broken = self.one(
                f"select exists (select from {SCHEMA}.{name} where {breaks})"
            )
            if self.one(
                f"select not is_whole and rules_held = {rules} from {models}"
                f" where model_name = '{name}'"
            ):
                came = self.one(
                    f"select exists (select from {SCHEMA}_changes.{name}"
                    f" where change_sign > 0 and {breaks})"
                )
                assert came or not is_broken, name
                self.seen["a row broke it" if came else "the log was enough"] += 1
            self.kept.session.execute(
                f"""
                update {models}
                set
                    rules_held = {"null" if is_broken else rules},
                    changed_rows_when_held = changed_rows
                where model_name = '{name}'
                """.encode()
            )
        self.kept.session.commit()

    @rule()
    def a_build_is_not_published(self) -> None:
        """Build and test; that rows are right is another test's."""
        self.kept.build(self.sql_of)
        self.rules_are_tested()

    @rule()
    def a_build_is_published(self) -> None:
        """As a green build, and as often as one without tests."""
        self.a_build_is_green()

    @rule()
    def a_build_is_published_without_tests(self) -> None:
        """Rows come that nobody has asked."""
        self.kept.build(self.sql_of)
        self.kept.forget()


def test_no_row_that_breaks_a_rule_is_overlooked(
    database: Connection, nodes: dict[str, Any]
) -> None:
    seen = Counter[str]()
    macros = macros_of_project()
    run_sequences(database, nodes, macros, 2 * SEQUENCES, Asked, seen=seen)
    assert len(seen) == 2, seen


@pytest.mark.parametrize("is_broken", [False, True], ids=["as it is", "broken"])
def test_rules_of_rows_that_no_test_asked_are_not_known(
    database: Connection,
    nodes: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    is_broken: bool,
) -> None:
    """Published without tests, a row that breaks a rule is in no log any more."""
    guard = "case when changed_rows = changed_rows_when_held then rules_held end"
    broken = changes._FORGET.replace(guard, "rules_held")
    assert broken != changes._FORGET
    if is_broken:
        monkeypatch.setattr(changes, "_FORGET", broken)
    with kept_tables(database, nodes, macros_of_project()) as kept:
        breaks = {"fct_viewing": "is_autoplayed"}
        attributes = {"kept": kept, "breaks": breaks, "seen": Counter()}
        machine = type("Machine", (Asked,), attributes)()
        machine.begin(draw=Random(1))
        kept.change("update {viewing} set is_autoplayed = false")
        machine.a_build_is_published()
        machine.flags_are_turned(part=5)
        machine.a_build_is_published_without_tests()
        with pytest.raises(AssertionError) if is_broken else nullcontext():
            machine.a_build_is_not_published()


def test_rows_without_a_part_are_not_looked_for_in_all_rows(
    database: Connection, nodes: dict[str, Any]
) -> None:
    """Each model by parts asks its inputs for these rows, and there are none."""
    with kept_tables(database, nodes, macros_of_project()) as kept:
        type("Machine", (Increments,), {"kept": kept})().begin(draw=Random(1))
        kept.session.execute("set local enable_seqscan = off")
        for table, condition in {
            "int_plays_in_sessions": "user_id is null or content_id is null",
            "int_viewing_by_user_title_day": "user_id is null or viewed_date is null",
        }.items():
            ((plans,),) = kept.session.execute(
                f"explain (format json) select from {SCHEMA}.{table}"
                f" where {condition}".encode()
            ).fetchall()
            assert plans[0]["Plan"]["Node Type"] != "Seq Scan", table
