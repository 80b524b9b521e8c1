"""Own files by the project's raw contract: what is set aside or pointed out."""

import io
from pathlib import Path

from streaming_analytics.jobs.load import load_files
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.describing import describe_check
from streaming_analytics.loading.gaps import describe_gaps
from streaming_analytics.loading.loader import check
from streaming_analytics.loading.reports import LoadReport, TableReport
from streaming_analytics.progress import Progress
from streaming_analytics.project import own_checkout
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.work_lock import work_lock

PROJECT = own_checkout()
USERS = (
    "user_id,country_code,channel_code,signed_up_at\nu1,DE,organic,2025-01-01T00:00Z\n"
)
CONTENT = """content_id,title,content_type,is_original,release_date,runtime_seconds
film,A Film,film,false,2024-01-01,6000
listed,A Series,series,false,2024-01-01,
bare,Another,series,false,2024-01-01,
"""


def load(database: Connection, folder: Path, **files: str) -> LoadReport:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    with work_lock(database, "load") as lock:
        return load_files(lock, PROJECT, folder, Progress(io.StringIO()))


def report_of(report: LoadReport, table: str) -> TableReport:
    (found,) = [each for each in report.tables if each.table.name == table]
    return found


def test_a_played_series_without_episodes_is_named(
    database: Connection, tmp_path: Path
) -> None:
    plays = "".join(
        f"{key},u1,{title},{episode},tv,main,2025-01-02T10:00Z,0,600,0,false\n"
        for key, title, episode in (
            ("p1", "film", ""),
            ("p2", "listed", "e1"),
            ("p3", "listed", ""),
            ("p4", "bare", ""),
            ("p5", "bare", ""),
        )
    )
    report = load(
        database,
        tmp_path,
        users=USERS,
        content=CONTENT,
        episodes=(
            "episode_id,content_id,season_number,episode_number,runtime_seconds\n"
            "e1,listed,1,1,1500\n"
        ),
        viewing=(
            "play_id,user_id,content_id,episode_id,device_code,play_type,started_at,"
            "start_position_seconds,watched_seconds,paused_seconds,is_autoplayed\n"
            + plays
        ),
    )

    viewing = report_of(report, "viewing")
    assert viewing.accepted == 5
    (no_episode, unlisted) = sorted(viewing.warnings.items())
    assert no_episode[0].startswith("plays of 1 series without any episode (bare)")
    assert no_episode[1] == 2
    assert unlisted[0].startswith("plays of a series that name no episode")
    assert unlisted[1] == 1


def test_a_check_says_which_marts_a_missing_column_leaves_null(
    database: Connection, tmp_path: Path
) -> None:
    report = load(
        database,
        tmp_path,
        users=USERS,
        content=(
            "content_id,title,content_type,runtime_seconds\n"
            "film,A Film,film,\nother,Other,film,6000\nlisted,A Series,series,\n"
        ),
        episodes="episode_id,content_id,season_number,episode_number\ne1,listed,1,1\n",
        viewing=(
            "play_id,user_id,content_id,device_code,play_type,started_at,"
            "watched_seconds,start_position_seconds,is_autoplayed\n"
            "p1,u1,film,tv,main,2025-01-02T10:00Z,600,0,true\n"
            "p2,u1,film,tv,main,2025-01-02T11:00Z,600,,false\n"
        ),
    )

    # A series has no length of its own, so it lacks none.
    assert report_of(report, "content").gaps == {
        "is_original": 3,
        "release_date": 3,
        "runtime_seconds": 1,
    }
    assert report_of(report, "episodes").gaps == {"runtime_seconds": 1}
    viewing = report_of(report, "viewing")
    assert viewing.gaps == {"paused_seconds": 2, "start_position_seconds": 1}
    lines = list(describe_gaps([(viewing.table, viewing.gaps)]))
    assert lines[0] == "these have rows, and NULL where nobody can know:"
    assert lines[2].startswith(
        "  viewing.start_position_seconds is missing in 1 rows: positions, seconds "
        "seen once and completion are NULL (fct_viewing, fct_content_viewers, "
    )


def test_an_empty_moment_of_arrival_is_that_of_the_load(
    database: Connection, tmp_path: Path
) -> None:
    users = (
        "user_id,country_code,channel_code,signed_up_at,loaded_at\n"
        "u1,DE,organic,2025-01-01T00:00Z,\n"
        "u2,DE,organic,2025-01-01T00:00Z,\n"
    )
    report = load(database, tmp_path, users=users)
    assert report.rows["users"] == 2

    # Beside rows that have one, a row without is wrong.
    report = load(
        database, tmp_path, users=users.replace("Z,\nu2", "Z,2025-02-01T00:00Z\nu2")
    )
    (finding,) = report_of(report, "users").findings
    assert (finding.column, finding.reason.name, finding.rows) == (
        *("loaded_at", "MISSING"),
        1,
    )


def test_a_check_of_more_rows_counts_on_those_that_are_there(
    database: Connection, tmp_path: Path
) -> None:
    load(database, tmp_path, users=USERS)
    (tmp_path / "users.csv").rename(tmp_path / "users.was")
    (tmp_path / "content.csv").write_text(CONTENT)
    with work_lock(database, "load") as lock:
        report = check(
            lock,
            tmp_path,
            read_raw_contract(PROJECT.raw_contract),
            Progress(io.StringIO()),
            options=Options(PROJECT.reference_seeds),
            append=True,
        )

    (line,) = [line for line in describe_check(report) if line.startswith("with this")]
    assert ", dim_content, " in line
    assert ", dim_users" in line


def test_what_happens_after_its_load_is_set_aside(
    database: Connection, tmp_path: Path
) -> None:
    users = USERS.replace("\n", ",loaded_at\n", 1).replace(
        "T00:00Z\n", "T00:00Z,2025-03-31T03:00Z\n"
    )
    report = load(
        database,
        tmp_path,
        users=users + "u2,DE,organic,2027-01-01T00:00Z,2025-03-31T03:00Z\n",
    )

    (finding,) = report_of(report, "users").findings
    assert (finding.column, finding.reason.name) == ("signed_up_at", "AFTER_LOAD")
    with database.connect() as session:
        rows = session.execute("select user_id from raw.users").fetchall()
    assert rows == [("u1",)]
