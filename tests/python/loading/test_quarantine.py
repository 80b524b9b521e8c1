"""Rows that were set aside come in again when what they lacked is there."""

import csv
import io
from pathlib import Path

import pytest

from streaming_analytics.jobs.load import load_files
from streaming_analytics.loading.quarantine import Selected, export, kinds, readmit
from streaming_analytics.loading.reports import LoadReport
from streaming_analytics.progress import Progress
from streaming_analytics.project import own_checkout
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import work_lock

PROJECT = own_checkout()
TABLES = tuple(read_raw_contract(PROJECT.raw_contract))
ALL = Selected(None, None, None)


def seed(name: str) -> list[dict[str, str]]:
    path = PROJECT.raw_contract.parent / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(folder: Path, name: str, rows: list[dict[str, str]]) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def late(tmp_path: Path) -> dict[str, str]:
    """Write a platform that lacks one of its raters, and return that account."""
    users, ratings = seed("users"), seed("ratings")
    missing = ratings[0]["user_id"]
    write(tmp_path / "first", "users", [u for u in users if u["user_id"] != missing])
    write(tmp_path / "first", "content", seed("content"))
    write(tmp_path / "first", "ratings", ratings)
    (account,) = [user for user in users if user["user_id"] == missing]
    return account


def load(database: Connection, folder: Path, *, append: bool = False) -> LoadReport:
    with work_lock(database, "load") as lock:
        return load_files(lock, PROJECT, folder, Progress(io.StringIO()), append=append)


def taken_in(database: Connection) -> LoadReport | None:
    with work_lock(database, "load") as lock:
        return readmit(
            lock,
            TABLES,
            ALL,
            None,
            Progress(io.StringIO()),
            PROJECT.reference_seeds,
        )


def test_formulas_are_exported_as_text_and_taken_in_as_they_were(
    tmp_path: Path, database: Connection
) -> None:
    formula = '=HYPERLINK("http://example.com","x")'
    content = seed("content")
    content[0] |= {"title": formula, "runtime_seconds": "-5"}
    for name, rows in (("users", seed("users")), ("content", content)):
        write(tmp_path / "first", name, rows)
    load(database, tmp_path / "first")

    repair = tmp_path / "repair"
    assert export(database, TABLES, ALL, repair) == 1
    exported = repair / "content.csv"
    assert "\"'=HYPERLINK" in exported.read_text(encoding="utf-8")
    exported.write_text(exported.read_text(encoding="utf-8").replace("-5", "90"))
    with work_lock(database, "load") as lock:
        progress = Progress(io.StringIO())
        report = readmit(lock, TABLES, ALL, repair, progress, PROJECT.reference_seeds)

    assert report is not None
    assert report.rows["content"] == 1
    with database.connect() as session:
        assert session.execute(
            "select title from raw.content where content_id = %s",
            [content[0]["content_id"]],
        ).fetchone() == (formula,)


def count(database: Connection) -> int:
    with database.connect() as session:
        row = session.execute("select count(*) from raw.ratings").fetchone()
    assert row is not None
    return row[0]


def test_ratings_wait_for_their_account(
    late: dict[str, str], tmp_path: Path, database: Connection
) -> None:
    ratings = seed("ratings")
    theirs = sum(rating["user_id"] == late["user_id"] for rating in ratings)
    assert theirs > 0
    replaced = load(database, tmp_path / "first")
    report = load(database, tmp_path / "first")
    assert [kind.rows for kind in kinds(database, TABLES, ALL)] == [theirs]
    earlier = Selected(None, replaced.load_id, None)
    assert [kind.rows for kind in kinds(database, TABLES, earlier)] == [theirs]
    assert report.rows["ratings"] == len(ratings) - theirs

    # Nothing has changed, so they are set aside once more, and none twice.
    again = taken_in(database)
    assert again is not None
    assert again.rows["ratings"] == 0
    assert [kind.rows for kind in kinds(database, TABLES, ALL)] == [theirs]

    write(tmp_path / "later", "users", [late])
    load(database, tmp_path / "later", append=True)
    last = taken_in(database)
    assert last is not None
    assert last.rows["ratings"] == theirs
    assert count(database) == len(ratings)
    assert list(kinds(database, TABLES, ALL)) == []
    assert taken_in(database) is None
