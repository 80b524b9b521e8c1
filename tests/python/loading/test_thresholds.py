"""What a load sets aside, keeps and puts right, and how much of it is too much."""

import io
from pathlib import Path

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.jobs.load import load_files
from streaming_analytics.loading.audit import warnings_of_loads
from streaming_analytics.loading.reports import LoadReport
from streaming_analytics.loading.thresholds import Limits, read_limits
from streaming_analytics.progress import Progress
from streaming_analytics.project import own_checkout
from streaming_analytics.raw_contract import read_raw_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock

PROJECT = own_checkout()
TABLES = tuple(read_raw_contract(PROJECT.raw_contract))
USERS = """\
user_id,country_code,channel_code,signed_up_at
ana,DE,organic,2024-01-01T10:00:00Z
bob,XX,organic,2024-01-01T10:00:00Z
"""
CONTENT = """\
content_id,title,content_type,is_original,runtime_seconds,release_date
there,There,film,false,6000,2024-01-01
"""
LICENCES = """\
content_id,region_code,available_from_date
there,EMEA,2024-01-01
gone,EMEA,2024-02-01
"""
VIEWING = """\
play_id,user_id,content_id,device_code,play_type,started_at,watched_seconds,paused_seconds,start_position_seconds,is_autoplayed
whole,ana,there,tv,main,2024-03-01T20:00:00Z,6000,0,0,false
over,ana,there,tv,main,2024-03-02T20:00:00Z,6300,0,0,false
far_over,ana,there,tv,main,2024-03-03T20:00:00Z,6301,0,0,false
of_nobody,bob,there,tv,main,2024-03-01T20:00:00Z,60,0,0,false
kept,ana,gone,tv,main,2024-03-04T20:00:00Z,60,0,0,false
unheard,ana,never,tv,main,2024-03-04T20:00:00Z,60,0,0,false
trailer,ana,there,tv,trailer,2024-03-05T20:00:00Z,1800,0,0,false
no_trailer,ana,there,tv,trailer,2024-03-06T20:00:00Z,1801,0,0,false
"""


def load(database: Connection, folder: Path, **texts: str) -> LoadReport:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    with work_lock(database, "load") as lock:
        return load_files(lock, PROJECT, folder, Progress(io.StringIO()))


def rows_of(database: Connection, query: str) -> list[tuple]:
    with database.connect() as session:
        return session.execute(trusted(query)).fetchall()


def test_each_row_has_a_reason_of_its_own(database: Connection, tmp_path: Path) -> None:
    report = load(
        database,
        tmp_path,
        users=USERS,
        content=CONTENT,
        content_licences=LICENCES,
        viewing=VIEWING,
    )
    assert rows_of(
        database, "select play_id, watched_seconds from raw.viewing order by play_id"
    ) == [("kept", 60), ("over", 6000), ("trailer", 1800), ("whole", 6000)]
    assert rows_of(
        database,
        """
        select row ->> 'play_id', column_name, reason
        from raw_quarantine.viewing order by 1
        """,
    ) == [
        ("far_over", "watched_seconds", "over_runtime"),
        ("no_trailer", "watched_seconds", "trailer_too_long"),
        ("of_nobody", "user_id", "parent_aside"),
        ("unheard", "content_id", "unknown"),
    ]
    found = {table.table.name: table for table in report.tables}
    repairs = [f for f in found["viewing"].findings if f.is_repair]
    assert [(one.reason.name, one.rows) for one in repairs] == [("CUT_TO_RUNTIME", 1)]
    with database.connect() as session:
        (warning,) = warnings_of_loads(session)
    assert warning.startswith("load of content: 1 keys that are gone")


def test_rows_that_follow_another_do_not_stop_a_load(
    database: Connection, tmp_path: Path
) -> None:
    header = VIEWING.splitlines()[0]
    row = "{0}{1},{0},there,tv,main,2024-03-01T20:00:00Z,60,0,0,false"
    of_bob = [row.format("bob", number) for number in range(100)]
    text = "\n".join([header, *of_bob, row.format("ana", 1)])
    load(database, tmp_path, users=USERS, content=CONTENT, viewing=text)
    assert rows_of(database, "select count(*) from raw.viewing") == [(1,)]

    unknown = text.replace(",bob,", ",nobody,")
    with pytest.raises(UserError, match=r"100 of 101 rows of viewing .* more than 1 %"):
        load(database, tmp_path, viewing=unknown)


def test_rows_that_follow_one_of_an_earlier_load_do_not_stop_a_load(
    database: Connection, tmp_path: Path
) -> None:
    first, later = tmp_path / "first", tmp_path / "later"
    first.mkdir()
    later.mkdir()
    genres = "genre_code,genre_name\ncrime,Crime\n Drama,\n"
    load(database, first, users=USERS, content=CONTENT, genres=genres)
    header = VIEWING.splitlines()[0]
    row = "{0}{1},{0},there,tv,main,2024-03-01T20:00:00Z,60,0,0,false"
    of_bob = [row.format("bob", number) for number in range(100)]
    plays = "\n".join([header, *of_bob, row.format("ana", 1)])
    (later / "viewing.csv").write_text(plays)
    (later / "content_genres.csv").write_text(
        "content_id,genre_code,genre_rank\nthere,DRAMA,1\n"
    )

    with work_lock(database, "load") as lock:
        load_files(lock, PROJECT, later, Progress(io.StringIO()), append=True)

    assert rows_of(database, "select user_id from raw.viewing") == [("ana",)]
    assert rows_of(
        database,
        """
        select reason, explanation like '%earlier load%streaming quarantine%', count(*)
        from raw_quarantine.viewing group by 1, 2
        """,
    ) == [("parent_waits", True, 100)]
    assert rows_of(database, "select reason from raw_quarantine.content_genres") == [
        ("parent_waits",)
    ]

    # What replaces everything delivers its own version of the account.
    load(database, first, users=USERS.replace("bob,XX", "cem,DE"), genres=genres)
    with (
        work_lock(database, "load") as lock,
        pytest.raises(
            UserError, match=r"100 of 101 rows of viewing .* no row with this"
        ),
    ):
        load_files(lock, PROJECT, later, Progress(io.StringIO()), append=True)


def test_a_table_of_which_no_row_is_left_stops_the_load(
    database: Connection, tmp_path: Path
) -> None:
    """However short it is: else it would take the place of what was loaded before."""
    load(database, tmp_path, users=USERS, content=CONTENT, viewing=VIEWING)
    before = rows_of(database, "select count(*) from raw.viewing")
    with pytest.raises(
        UserError, match=r"^2 of 2 rows of users .* a load stops where none is left"
    ):
        load(database, tmp_path, users=USERS.replace(",DE,", ",XX,"))
    assert rows_of(database, "select user_id from raw.users") == [("ana",)]
    assert rows_of(database, "select count(*) from raw.viewing") == before


def test_wrong_rows_alone_can_be_appended(database: Connection, tmp_path: Path) -> None:
    """They take nothing away; the next delivery may be right."""
    load(database, tmp_path, users=USERS)
    (tmp_path / "users.csv").write_text(
        USERS.replace(",DE,", ",XX,").replace("ana", "cem")
    )
    with work_lock(database, "load") as lock:
        load_files(lock, PROJECT, tmp_path, Progress(io.StringIO()), append=True)
    assert rows_of(database, "select user_id from raw.users") == [("ana",)]
    aside = "select row ->> 'user_id' from raw_quarantine.users order by 1"
    assert ("cem",) in rows_of(database, aside)


def test_a_catalogue_that_was_cut_stops_the_load(
    database: Connection, tmp_path: Path
) -> None:
    licences = "".join(f"t{number},EMEA,2024-01-01\n" for number in range(60))
    with pytest.raises(UserError, match=r"60 of 61 keys of content are gone"):
        load(
            database,
            tmp_path,
            users=USERS,
            content=CONTENT,
            content_licences=LICENCES.splitlines()[0] + "\n" + licences,
        )


def test_much_that_is_set_aside_is_a_warning(
    database: Connection, tmp_path: Path
) -> None:
    users = "".join(
        f"w{number},XX,organic,2024-01-01T10:00:00Z\n" for number in range(5)
    )
    load(database, tmp_path, users=USERS + users)
    with database.connect() as session:
        assert warnings_of_loads(session) == [
            "load of users: 6 rows set aside, more than 0.5 % of the table"
        ]


def stated(folder: Path, text: str) -> dict[str, Limits]:
    (folder / "dbt_project.yml").write_text(f"vars:\n  set_aside_limits:\n{text}")
    return read_limits(folder, TABLES)


ALL = (
    "    all: {warn_percent: 1, stop_percent: 2, stop_rows: 3, "
    "stop_deleted_percent: 4}\n"
)


def test_the_limits_of_a_table_go_first(tmp_path: Path) -> None:
    limits = stated(tmp_path, ALL + "    ratings: {stop_percent: 9}\n")
    assert limits["users"] == Limits(1, 2, 3, 4)
    assert limits["ratings"] == Limits(1, 9, 3, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("    all: {stop_percent: 2}\n", "has to state warn_percent"),
        (ALL + "    users: {stop_percents: 9}\n", "there is no limit stop_percents"),
        (ALL + "    users: {stop_percent: many}\n", "'many', and no number"),
    ],
)
def test_a_limit_that_is_not_one_is_told(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        stated(tmp_path, text)
