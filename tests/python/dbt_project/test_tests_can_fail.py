"""Each generic test meets rows that break it and that the contract lets through.

A rule that no such row breaks is one that the database holds by itself: the build stops
before it is asked, and it reads like a promise of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from dbt_sample import Built

from streaming_analytics.warehouse.statements import trusted

Test = dict[str, Any]

TRIED_ROWS = 40

#: Values to try beside those that a row has, by the type's first word; {} is that one.
OTHERS = {
    "boolean": ["not {}", "true", "false"],
    "date": ["date '1901-02-03'", "date '9001-02-03'", "{} + 1", "{} - 1"],
    "timestamp": [
        *("timestamp '1901-02-03'", "timestamp '9001-02-03'"),
        *("{} + interval '1 second'", "{} - interval '1 second'"),
    ],
    "text": ["'nowhere'", "''"],
}
NUMBERS = ["-1", "0", "1", "2", "9", "100", "5000", "{} + 1", "{} - 1", "-{}"]
#: What stands in the one row of a copy of an empty table.
MADE_UP = {
    "boolean": "true",
    "date": "date '2025-02-03'",
    "timestamp": "timestamp '2025-02-03'",
    "text": "'1'",
}


@dataclass(frozen=True)
class Column:
    """A column: its type, and what the database holds of it."""

    name: str
    data_type: str
    is_required: bool
    is_in_key: bool
    is_foreign: bool

    @property
    def kind(self) -> str:
        """Return the first word of its type."""
        return re.split(r"\W", self.data_type)[0].replace("character", "text")

    def others(self) -> list[str]:
        """Return expressions of what else a row may have in this column."""
        found = OTHERS.get(self.kind, NUMBERS)
        if digits := re.fullmatch(r"numeric\((\d+),(\d+)\)", self.data_type):
            most = 10 ** (int(digits[1]) - int(digits[2])) - 1
            found = [f"least(greatest({value}, -{most}), {most})" for value in found]
        values = found if self.is_required else [*found, "null"]
        return [
            f"cast({value.format(self.name)} as {self.data_type})" for value in values
        ]

    def another(self) -> str:
        """Return an expression that is not what the row has."""
        step = {"text": "{} || '2'", "boolean": "not {}"}.get(self.kind, "{} + 1")
        return step.format(self.name)


@dataclass(frozen=True)
class Table:
    """What a test is declared on."""

    relation: str
    columns: list[Column]

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)


class Shadows:
    """Copies of tables, to break at will: the tests are asked about those."""

    def __init__(self, session: psycopg.Connection, manifest: dict[str, Any]) -> None:
        """Read what the database holds of each table.

        Args:
            session: On the built sample; whoever passes it undoes what is done.
            manifest: That of the build.
        """
        self.session = session
        self.nodes = manifest["nodes"] | manifest["sources"]
        self.columns: dict[str, list[Column]] = {}
        for relation, *column in session.execute(
            """
            select
                format('"%s"."%s"', relnamespace::regnamespace, relname),
                attname,
                format_type(atttypid, atttypmod),
                attnotnull,
                exists (
                    select from pg_constraint
                    where conrelid = attrelid and contype = 'p' and attnum = any(conkey)
                ),
                exists (
                    select from pg_constraint
                    where conrelid = attrelid
                        and contype = 'f'
                        and conkey = array[attnum]
                )
            from pg_attribute
            inner join pg_class on pg_class.oid = attrelid
            where relkind in ('r', 'v')
                and attnum > 0
                and not attisdropped
                and relnamespace::regnamespace::text not like 'pg\\_%'
            order by attrelid, attnum
            """
        ):
            self.columns.setdefault(relation, []).append(Column(*column))

    def table(self, test: Test) -> Table:
        """Return the table that a test is declared on."""
        tested = test["attached_node"] or test["depends_on"]["nodes"][0]
        relation = self.nodes[tested]["relation_name"]
        return Table(relation, self.columns[relation.split(".", 1)[1]])

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Execute a statement made of the catalogue's names, and return its rows."""
        cursor = self.session.execute(trusted(statement))
        return cursor.fetchall() if cursor.description else []

    def copy(self, table: Table, rows: int) -> None:
        """Make the copy that tests are asked about, with a few of the table's rows."""
        self.run("drop table if exists shadow, sound")
        self.run(f"create temporary table shadow (like {table.relation})")
        self.run(f"insert into shadow select * from {table.relation} limit {rows}")
        if self.run("select count(*) from shadow") == [(0,)]:
            values = ", ".join(
                f"cast({MADE_UP.get(column.kind, '1')} as {column.data_type})"
                for column in table.columns
            )
            self.run(f"insert into shadow values ({values})")
        self.run("create temporary table sound as select * from shadow")

    def add(self, table: Table, others: dict[str, str], tried: str = "null") -> None:
        """Add each sound row again, with other values in some columns."""
        values = ", ".join(
            others.get(column.name, column.name) for column in table.columns
        )
        self.run(
            f"insert into shadow select {values}"
            f" from sound cross join lateral unnest(array[{tried}]) as tried"
        )

    def failures(self, test: Test, table: Table) -> list[tuple[Any, ...]]:
        """Return what a test finds in the copy."""
        return self.run(test["compiled_code"].replace(table.relation, "shadow"))


def unbroken_rules(shadows: Shadows, test: Test, table: Table) -> set[str]:
    """Return the rules that no row breaks which the database would let in."""
    shadows.copy(table, TRIED_ROWS)
    for column in table.columns:
        shadows.add(table, {column.name: "tried"}, ", ".join(column.others()))
    rules = set(re.findall(r"select '(\w+)' as rule_name", test["compiled_code"]))
    return rules - {row[0] for row in shadows.failures(test, table)}


def refuses_twin(shadows: Shadows, table: Table, alike: set[str]) -> bool:
    """Add a row like one that there is under another key, if the database would let it.

    Args:
        shadows: Copies of tables.
        table: The one to copy, with one of its rows.
        alike: Columns that both rows have to have in common.

    Returns:
        Whether it would not, because what both have in common is the key.
    """
    shadows.copy(table, 1)
    key = [column for column in table.columns if column.is_in_key]
    free = [column for column in key if column.name not in alike]
    shadows.add(table, {column.name: column.another() for column in free[:1]})
    return bool(key and not free)


def is_held_across_rows(shadows: Shadows, test: Test, table: Table) -> bool:
    """Tell whether the database lets no row in that breaks a rule across rows."""
    kind, arguments = test["test_metadata"]["name"], test["test_metadata"]["kwargs"]
    if kind == "relationships":
        shadows.copy(table, 1)
        column = table.column(arguments["column_name"])
        shadows.add(table, {column.name: column.others()[0]})
        return column.is_foreign or not shadows.failures(test, table)
    alike = {*arguments.get("partition_by", []), arguments["from_column"]}
    return refuses_twin(shadows, table, alike) or not shadows.failures(test, table)


def unique_keys(test: Test) -> dict[str, list[str]]:
    """Return the columns of each key that a test says is unique, by the rule's name."""
    return {
        f"{'_and_'.join(columns)}_is_unique": columns
        for columns in test["test_metadata"]["kwargs"].get("unique", [])
    }


def is_left_to_index(test: Test, rule: str) -> bool:
    """Tell whether the test asks no row for a rule, because an index is trusted."""
    return f"'{rule}' as rule_name" not in test["compiled_code"]


def held_keys(shadows: Shadows, test: Test, table: Table) -> set[str]:
    """Return the rules on keys that no row breaks which the database would let in."""
    return {
        rule
        for rule, columns in unique_keys(test).items()
        if not is_left_to_index(test, rule)
        and (
            refuses_twin(shadows, table, set(columns))
            or rule not in {row[0] for row in shadows.failures(test, table)}
        )
    }


@pytest.fixture
def shadows(built: Built) -> Iterator[Shadows]:
    """Yield copies of the sample's tables that nothing remains of."""
    with built.connection.connect() as session:
        yield Shadows(session, built.manifest)
        session.rollback()


def generic_tests(built: Built) -> list[Test]:
    return [
        node
        for node in built.manifest["nodes"].values()
        if node["resource_type"] == "test" and node.get("test_metadata")
    ]


def made_up(built: Built, kind: str, code: str, **arguments: Any) -> Test:
    """Return a test on the plays, of which the database holds the key."""
    plays = "model.streaming_analytics.fct_viewing"
    return {
        "attached_node": plays,
        "test_metadata": {"name": kind, "kwargs": arguments},
        "compiled_code": code.format(built.manifest["nodes"][plays]["relation_name"]),
    }


def test_what_the_database_holds_is_found(built: Built, shadows: Shadows) -> None:
    code = """
        select 'no_key' as rule_name from {0} where play_id is null
        union all
        select 'no_device' as rule_name from {0} where device_code = ''
    """
    test = made_up(built, "rows_hold", code)
    assert unbroken_rules(shadows, test, shadows.table(test)) == {"no_key"}
    code = """
        select '{1}_is_unique' as rule_name from {{}} group by {0} having count(*) > 1
    """
    for columns, is_held in (
        (["play_id"], True),
        (["user_id", "play_id"], True),
        (["user_id", "started_at"], False),
    ):
        test = made_up(
            built,
            "rows_hold",
            code.format(", ".join(columns), "_and_".join(columns)),
            unique=[columns],
        )
        assert bool(held_keys(shadows, test, shadows.table(test))) == is_held
    orphans = "select 1 from {} where user_id <> all (array['nobody'])"
    test = made_up(built, "relationships", orphans, column_name="user_id")
    assert is_held_across_rows(shadows, test, shadows.table(test))


def row_tests(built: Built) -> list[Test]:
    return [
        test
        for test in generic_tests(built)
        if test["test_metadata"]["name"] == "rows_hold"
    ]


def test_a_row_can_break_each_rule(built: Built, shadows: Shadows) -> None:
    tests = row_tests(built)
    assert len(tests) > 100
    found = {
        test["name"]: rules
        for test in tests
        if (rules := unbroken_rules(shadows, test, shadows.table(test)))
    }
    assert found == {}


def test_a_row_can_break_each_key(built: Built, shadows: Shadows) -> None:
    tests = [test for test in row_tests(built) if unique_keys(test)]
    assert len(tests) > 90
    found = {
        test["name"]: rules
        for test in tests
        if (rules := held_keys(shadows, test, shadows.table(test)))
    }
    assert found == {}


def test_a_row_can_break_each_range_and_relationship(
    built: Built, shadows: Shadows
) -> None:
    tests = [
        test
        for test in generic_tests(built)
        if test["test_metadata"]["name"] != "rows_hold"
    ]
    assert len(tests) > 20
    held = [
        test["name"]
        for test in tests
        if is_held_across_rows(shadows, test, shadows.table(test))
    ]
    assert held == []


def test_an_index_holds_what_is_left_to_it(built: Built, shadows: Shadows) -> None:
    left = [
        (test, columns)
        for test in row_tests(built)
        for rule, columns in unique_keys(test).items()
        if is_left_to_index(test, rule)
    ]
    assert len(left) > 6
    for test, columns in left:
        table = shadows.table(test).relation
        with (
            pytest.raises(psycopg.errors.UniqueViolation) as broken,
            shadows.session.transaction(),
        ):
            shadows.run(f"insert into {table} select * from {table} limit 1")
        key = re.search(r"Key \((.*?)\)=", broken.value.diag.message_detail or "")
        assert key, test["name"]
        assert sorted(key[1].split(", ")) == sorted(columns), test["name"]
