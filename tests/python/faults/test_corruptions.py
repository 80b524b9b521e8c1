"""One wrong value in a row is set aside, put right, told, or plausible.

Many rows are corrupted in one delivery, each in one value; what became of each is read
from the warehouse and held to the contract, which `plausible` says once more.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg.rows import dict_row

from streaming_analytics.errors import UserError
from streaming_analytics.generator.faults.known import table_files
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection

from .corruptions import REFERRED, Corruption, another, corrupted, use_every_column
from .platform import (
    Row,
    build_loaded,
    checkout,
    generated,
    load,
    rows_of_file,
    write_rows,
)
from .plausible import CONTRACT, Implausible, Parsed, Platform, parsed
from .run import own_database
from .seen import FOLLOWS

IS_WHOLE = os.environ.get("LABORATORY") == "whole"
BATCH = 100
BATCHES = 5 if IS_WHOLE else 1
#: Keys that others refer to are corrupted one at a time.
KEYS = 90 if IS_WHOLE else 3
DAYS = 75 if IS_WHOLE else 20
#: Why rows are set aside that refer to a row with a wrong value, or stand beside it.
FOLLOWING = {FOLLOWS, "overlap", "taken", "other_title", "over_runtime", "no_rate"}
DRAWS = st.integers(0, 2**32 - 1).map(Random)


@dataclass(frozen=True)
class Place:
    """A clean platform, and where it is loaded with some values wrong."""

    clean: Path
    project: Project
    database: Connection
    folder: Path

    def delivered(self, name: str) -> Path:
        """Return a copy of the platform without its manifest."""
        out = self.folder / name
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(
            self.clean, out, ignore=shutil.ignore_patterns("manifest.json", "state")
        )
        return out

    def rows(self, query: sql.Composed) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        with (
            self.database.connect() as session,
            session.cursor(row_factory=dict_row) as cursor,
        ):
            return cursor.execute(query).fetchall()

    def reasons(self, table: str, load_id: str) -> dict[tuple[str, int], str]:
        """Return why rows of a load were set aside, by file and line."""
        query = sql.SQL("select * from raw_quarantine.{} where load_id = {}").format(
            sql.Identifier(table), sql.Literal(load_id)
        )
        return {
            (Path(r["file"]).name, r["line"]): r["reason"] for r in self.rows(query)
        }


@pytest.fixture(scope="module")
def place(
    warehouse: Connection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("corruptions")
    clean = generated(folder / "clean", days=DAYS)
    use_every_column(clean, DAYS)
    with own_database(warehouse, "corruptions") as database:
        yield Place(
            clean,
            checkout(folder / "checkout"),
            database,
            folder,
        )


def all_rows(folder: Path) -> dict[str, list[Row]]:
    return {
        table: [r for path in table_files(folder, table) for r in rows_of_file(path)]
        for table in CONTRACT
    }


def platform_of(rows: dict[str, list[Row]]) -> Platform:
    tables: dict[str, list[Parsed]] = {table: [] for table in CONTRACT}
    for table, own in rows.items():
        for row in own:
            try:
                tables[table].append(parsed(table, row))
            except Implausible:
                continue
    return Platform(tables)


def is_stored(place: Place, one: Corruption, row: Parsed) -> bool:
    """Tell whether schema raw has a row with just these values."""
    key = CONTRACT[one.table]["meta"]["key"]
    found = place.rows(
        sql.SQL("select * from raw.{} where {}").format(
            sql.Identifier(one.table),
            sql.SQL(" and ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(row[name]))
                for name in key
            ),
        )
    )
    return any(row.items() <= stored.items() for stored in found)


def became(place: Place, one: Corruption, platform: Platform, why: str | None) -> str:
    """Return what became of a corruption; fails when it went through unnoticed."""
    if why is not None:
        return "follows another" if why == FOLLOWS else "set aside"
    try:
        row = parsed(one.table, one.after)
        platform.require(one.table, row)
    except Implausible as error:
        raise AssertionError(f"{one} was taken: {error}") from error
    assert is_stored(place, one, row), f"{one}: {row}"
    rule = CONTRACT[one.table]["rules"][one.column]
    if rule.get("keeps") and platform.refers_to_nothing(rule, row[one.column]):
        # For a title that was deleted: the load has to warn of it.
        return "told"
    return "the same" if row == parsed(one.table, one.before) else "plausible"


@given(draw=DRAWS)
@settings(
    max_examples=BATCHES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_a_wrong_value_costs_its_row_at_most(place: Place, draw: Random) -> None:
    folder = place.delivered("delivered")
    found = corrupted(folder, list(CONTRACT), draw, BATCH)
    report = load(place.project, place.database, folder)
    platform = platform_of(all_rows(folder))
    aside = {
        (table, *where): why
        for table in CONTRACT
        for where, why in place.reasons(table, report.load_id).items()
    }
    counts = Counter(
        became(place, one, platform, aside.pop((one.table, one.file, one.line), None))
        for one in found
    )
    event(str(dict(counts)))
    gone = [text for each in report.tables for text in each.warnings if "gone" in text]
    assert gone or not counts["told"]
    # One bad row costs one row, and those that refer to it.
    assert set(aside.values()) <= FOLLOWING
    assert counts["set aside"] >= BATCH / 4


@given(draw=DRAWS)
@settings(
    max_examples=KEYS,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_a_wrong_key_is_set_aside_told_or_another_key(
    place: Place, draw: Random
) -> None:
    """What refers to it is set aside too, kept with a warning, or stops the load."""
    table, column = draw.choice(sorted(REFERRED))
    folder = place.delivered("keys")
    (path,) = table_files(folder, table)
    rows = rows_of_file(path)
    number = draw.randrange(len(rows))
    before = rows[number]
    value = another(draw, before[column], [r[column] for r in draw.sample(rows, 2)])
    if value == before[column]:
        return
    one = Corruption(table, path.name, number + 2, column, before, value)
    rows[number] = one.after
    write_rows(path, rows)
    try:
        report = load(place.project, place.database, folder)
    except UserError:
        # Told, and nothing was loaded.
        return
    if (one.file, one.line) in place.reasons(table, report.load_id):
        return
    row = parsed(table, one.after)
    if row == parsed(table, before):
        # Another way to write the same code.
        return
    platform_of(all_rows(folder)).require(table, row)
    assert is_stored(place, one, row)
    if column not in CONTRACT[table]["meta"]["key"]:
        return
    referring = [
        child
        for child in CONTRACT
        for rule in CONTRACT[child]["rules"].values()
        if table in (rule.get("references"), rule.get("seed"))
    ]
    is_told = any(each.warnings for each in report.tables)
    is_aside = any(place.reasons(child, report.load_id) for child in referring)
    is_used = any(
        before[column] == row_.get(column)
        for child in referring
        for row_ in all_rows(folder)[child]
    )
    assert is_told or is_aside or not is_used


@pytest.mark.only_where(IS_WHOLE)
def test_what_is_taken_builds_and_is_published(place: Place) -> None:
    folder = place.delivered("built")
    corrupted(folder, list(CONTRACT), Random(14), BATCH)
    load(place.project, place.database, folder)
    report = build_loaded(place.project, place.database)
    assert report.publication is not None
