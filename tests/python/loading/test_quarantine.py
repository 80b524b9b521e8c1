"""Rows that were set aside come in again when what they lacked is there."""

import csv
import io
from pathlib import Path

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.loading import audit
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.loader import load as load_directory
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


def load(
    database: Connection,
    folder: Path,
    *,
    append: bool = False,
    assume_utc: bool = False,
) -> LoadReport:
    options = Options(PROJECT.reference_seeds, assume_utc=assume_utc)
    progress = Progress(io.StringIO())
    with work_lock(database, "load") as lock:
        return load_directory(
            lock, folder, TABLES, progress, append=append, options=options
        )


def taken_in(
    database: Connection,
    selected: Selected = ALL,
    repaired: Path | None = None,
    *,
    assume_utc: bool = False,
) -> LoadReport | None:
    with work_lock(database, "load") as lock:
        return readmit(
            lock,
            TABLES,
            selected,
            repaired,
            Progress(io.StringIO()),
            PROJECT.reference_seeds,
            assume_utc=assume_utc,
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
    report = taken_in(database, repaired=repair)

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


PLAY = {
    "content_id": "film",
    "play_type": "main",
    "started_at": "2025-01-02T10:00:00Z",
    "watched_seconds": "60",
}


def plays(user: str, device: str, count: int) -> list[dict[str, str]]:
    return [
        {"play_id": f"{user}-{device}-{n}", "user_id": user, "device_code": device}
        | PLAY
        for n in range(count)
    ]


def test_a_stopped_readmission_leaves_every_row_in_the_list(
    tmp_path: Path, database: Connection
) -> None:
    user = {"channel_code": "organic", "signed_up_at": "2025-01-01T00:00:00Z"}
    film = {"content_id": "film", "title": "A Film", "content_type": "film"}
    write(
        tmp_path / "first",
        "users",
        [
            {"user_id": "u1", "country_code": "ES"} | user,
            {"user_id": "u2", "country_code": "UK"} | user,
        ],
    )
    write(tmp_path / "first", "content", [film])
    write(
        tmp_path / "first",
        "viewing",
        plays("u1", "tv", 1) + plays("u2", "tv", 100) + plays("u2", "smart-tv", 60),
    )
    load(database, tmp_path / "first")
    write(tmp_path / "later", "users", [{"user_id": "u2", "country_code": "GB"} | user])
    load(database, tmp_path / "later", append=True)
    viewing = Selected("viewing", None, None)

    def listed() -> list[tuple[str, int]]:
        return sorted(
            (kind.reason, kind.rows) for kind in kinds(database, TABLES, viewing)
        )

    before = listed()
    assert sum(rows for _, rows in before) == 160

    with pytest.raises(
        UserError, match=r"60 of 160 rows of viewing .*nothing was loaded.*set aside"
    ):
        taken_in(database, viewing)

    assert listed() == before
    repair = tmp_path / "repair"
    assert export(database, TABLES, viewing, repair) == 160
    repaired = repair / "viewing.csv"
    repaired.write_text(
        repaired.read_text(encoding="utf-8").replace('"smart-tv"', '"tv"')
    )
    report = taken_in(database, repaired=repair)
    assert report is not None
    assert report.rows["viewing"] == 160
    assert listed() == []


def test_rows_are_marked_as_taken_in_only_together_with_their_load(
    late: dict[str, str],
    tmp_path: Path,
    database: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(database, tmp_path / "first")
    write(tmp_path / "later", "users", [late])
    load(database, tmp_path / "later", append=True)
    rated, waiting = count(database), kinds(database, TABLES, ALL)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "mark_readmitted", interrupted)
    with pytest.raises(KeyboardInterrupt):
        taken_in(database)

    assert count(database) == rated
    assert kinds(database, TABLES, ALL) == waiting


def test_a_licence_that_overlapped_is_taken_in_after_its_repair(
    tmp_path: Path, database: Connection
) -> None:
    licence = {
        "content_id": "film",
        "region_code": "EMEA",
        "available_from_date": "2025-01-01",
        "available_until_date": "2025-06-01",
        "loaded_at": "2025-07-01T10:00:00.5+02:00",
    }
    later = licence | {
        "available_from_date": "2025-05-01",
        "available_until_date": "2025-09-01",
    }
    film = {"content_id": "film", "title": "A Film", "content_type": "film"}
    write(tmp_path / "first", "content", [film])
    write(tmp_path / "first", "content_licences", [licence, later])
    load(database, tmp_path / "first")
    assert [kind.reason for kind in kinds(database, TABLES, ALL)] == ["overlap"]

    repair = tmp_path / "repair"
    export(database, TABLES, ALL, repair)
    repaired = repair / "content_licences.csv"
    text = repaired.read_text(encoding="utf-8")
    repaired.write_text(text.replace('"2025-05-01"', '"2025-06-01"'))
    report = taken_in(database, repaired=repair)

    assert report is not None
    assert report.rows["content_licences"] == 1
    assert kinds(database, TABLES, ALL) == []
    with database.connect() as session:
        moments = session.execute(
            "select distinct loaded_at::text from raw.content_licences"
        ).fetchall()
    assert moments == [("2025-07-01 08:00:00.5",)]


def half_star_of(account: dict[str, str], folder: Path) -> None:
    """Write a rating by half a star, without offsets, and the rule that allows it."""
    folder.mkdir()
    rating = seed("ratings")[0] | {"rating": "3.5"}
    rating = {name: value.replace("Z", "") for name, value in rating.items()}
    assert rating["user_id"] == account["user_id"]
    write(folder, "ratings", [rating])
    (folder / "rules.json").write_text('{"ratings": {"rating": {"step": 0.5}}}')


def test_rows_are_taken_in_again_by_the_rules_of_their_load(
    late: dict[str, str], tmp_path: Path, database: Connection
) -> None:
    (tmp_path / "first" / "ratings.csv").unlink()
    half_star_of(late, tmp_path / "rated")
    load(database, tmp_path / "first")
    load(database, tmp_path / "rated", append=True, assume_utc=True)
    assert [kind.reason for kind in kinds(database, TABLES, ALL)] == ["unknown"]

    # What is set aside once more keeps the rules, too.
    assert taken_in(database) is not None
    assert [kind.reason for kind in kinds(database, TABLES, ALL)] == ["unknown"]
    write(tmp_path / "later", "users", [late])
    load(database, tmp_path / "later", append=True)
    report = taken_in(database)

    assert report is not None
    assert report.rows["ratings"] == 1
    assert kinds(database, TABLES, ALL) == []


def test_moments_without_offset_can_be_taken_in_as_utc_later(
    late: dict[str, str], tmp_path: Path, database: Connection
) -> None:
    (tmp_path / "first" / "ratings.csv").unlink()
    half_star_of(late, tmp_path / "rated")
    load(database, tmp_path / "first")
    write(tmp_path / "later", "users", [late])
    load(database, tmp_path / "later", append=True)
    load(database, tmp_path / "rated", append=True)
    assert [kind.reason for kind in kinds(database, TABLES, ALL)] == ["no_offset"]

    assert taken_in(database) is not None
    assert [kind.reason for kind in kinds(database, TABLES, ALL)] == ["no_offset"]
    report = taken_in(database, assume_utc=True)

    assert report is not None
    assert report.rows["ratings"] == 1
