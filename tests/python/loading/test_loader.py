import io
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.loading.loader import load
from streaming_analytics.progress import Progress
from streaming_analytics.raw_contract import RawColumn, RawTable
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock

TITLES = RawTable(
    name="titles",
    columns=(
        RawColumn("title_id", "string"),
        RawColumn("title", "string"),
        RawColumn("seconds", "integer"),
        RawColumn("price", "numeric(8, 2)"),
        RawColumn("is_new", "boolean"),
        RawColumn("day", "date"),
        RawColumn("at", "timestamp"),
    ),
    key=("title_id",),
    seeds=("titles",),
)
PLAYS = RawTable(
    name="plays",
    columns=(RawColumn("play_id", "string"), RawColumn("seconds", "integer")),
    key=("play_id",),
    seeds=("plays_2024", "plays_2025"),
)
HEADER = "title_id,title,seconds,price,is_new,day,at\n"
ROW = ",60,1.50,t,2024-02-29,2024-01-05T20:15:33Z\n"

# Title by id; each once arrived changed in somebody's warehouse.
NASTY = {
    "null": None,
    "empty": "",
    "word": "null",
    "NA": "NA",
    "backslash-n": "\\N",
    "quotes": 'He said "no"',
    "comma": "a, b",
    "newline": "two\nlines",
    "carriage": "a\r\nb",
    "backslash": "C:\\dir\\t",
    "emoji": "👩‍👩‍👧 Ünïcode",
    "rtl": "שלום",
    "combining": "e\u0301",
    "spaces": "  padded  ",
    "tab": "a\tb",
    "end-of-data": "\\.",
    "formula": "=1+1",
    "007": "007",
}


def as_csv(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def load_directory(
    database: Connection, directory: Path, *tables: RawTable, append: bool = False
) -> dict[str, int]:
    progress = Progress(io.StringIO())
    with work_lock(database, "load") as lock:
        return load(lock, directory, tables, progress, append=append).rows


def rows_of(database: Connection, query: str) -> list[tuple]:
    with database.connect() as session:
        return session.execute(trusted(query)).fetchall()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "titles.csv").write_text(HEADER + "1,One" + ROW, encoding="utf-8")
    return tmp_path


def test_nasty_strings_arrive_unchanged_from_csv(
    database: Connection, directory: Path
) -> None:
    lines = [f"{as_csv(key)},{as_csv(title)}{ROW}" for key, title in NASTY.items()]
    text = HEADER + "".join(lines)
    (directory / "titles.csv").write_bytes(text.encode())

    load_directory(database, directory, TITLES)

    assert dict(rows_of(database, "select title_id, title from raw.titles")) == NASTY


def test_nasty_strings_arrive_unchanged_from_parquet(
    database: Connection, directory: Path
) -> None:
    (directory / "titles.csv").unlink()
    rows = len(NASTY)
    table = pa.table(
        {
            # Neither the order nor the width of a type matters.
            "title": list(NASTY.values()),
            "title_id": list(NASTY),
            "seconds": pa.array([60] * rows, pa.int64()),
            "price": pa.array([Decimal("1.5")] * rows),
            "is_new": [True] * rows,
            "day": pa.array([19782] * rows, pa.date32()),
            "at": pa.array([1704485733] * rows, pa.timestamp("s", "UTC")),
        }
    )
    pyarrow.parquet.write_table(table, directory / "titles.parquet")

    load_directory(database, directory, TITLES)

    assert dict(rows_of(database, "select title_id, title from raw.titles")) == NASTY
    (row,) = rows_of(
        database,
        "select seconds, price, is_new, day::text, at::text from raw.titles "
        "where title_id = '007'",
    )
    assert row == (60, Decimal("1.50"), True, "2024-02-29", "2024-01-05 20:15:33")


def test_every_column_gets_the_contracts_type(
    database: Connection, directory: Path
) -> None:
    load_directory(database, directory, TITLES)

    types = rows_of(
        database,
        "select format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = 'raw.titles'::regclass and attnum > 0 order by attnum",
    )
    assert [type_ for (type_,) in types] == [
        "text",
        "text",
        "integer",
        "numeric(8,2)",
        "boolean",
        "date",
        "timestamp without time zone",
    ]


def test_parts_of_a_table_are_loaded_together(
    database: Connection, tmp_path: Path
) -> None:
    (tmp_path / "plays_2024.csv").write_text("play_id,seconds\na,1\n")
    # A byte order mark and Windows line ends, as spreadsheets write them.
    (tmp_path / "plays_2025.csv").write_bytes(
        b"\xef\xbb\xbfplay_id,seconds\r\nb,2\r\nc,3\r\n"
    )
    (tmp_path / "plays_by_hand.csv").write_text("not,ours\n")

    assert load_directory(database, tmp_path, PLAYS) == {"plays": 3}


def test_a_partitioned_folder_is_one_table(
    database: Connection, tmp_path: Path
) -> None:
    for month in ("2024-01", "2024-02"):
        folder = tmp_path / "plays" / f"month={month}"
        folder.mkdir(parents=True)
        pyarrow.parquet.write_table(
            pa.table({"play_id": [month], "seconds": [1]}), folder / "part-0.parquet"
        )

    load_directory(database, tmp_path, PLAYS)

    assert rows_of(database, "select play_id from raw.plays order by 1") == [
        ("2024-01",),
        ("2024-02",),
    ]


def test_loading_again_replaces_what_was_there(
    database: Connection, directory: Path
) -> None:
    load_directory(database, directory, TITLES)
    load_directory(database, directory, TITLES)

    assert rows_of(database, "select title from raw.titles") == [("One",)]


def test_appended_rows_come_beside_those_that_are_there(
    database: Connection, directory: Path
) -> None:
    load_directory(database, directory, TITLES)
    load_directory(database, directory, TITLES, append=True)

    assert rows_of(database, "select title from raw.titles") == [("One",), ("One",)]


def test_nothing_is_appended_to_a_table_that_is_not_there(
    database: Connection, directory: Path
) -> None:
    with pytest.raises(UserError, match=r"raw\.titles is not there"):
        load_directory(database, directory, TITLES, append=True)


def test_views_on_a_raw_table_survive_a_reload(
    database: Connection, directory: Path
) -> None:
    load_directory(database, directory, TITLES)
    with database.connect() as session:
        session.execute("create view staged as select title from raw.titles")

    load_directory(database, directory, TITLES)

    assert rows_of(database, "select title from staged") == [("One",)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2,Two,soon,1,t,2024-01-01,2024-01-01", r'column seconds, value "soon"'),
        ("2,Two,1,9999999,t,2024-01-01,2024-01-01", r"line 3.*overflow"),
        ("2,Two,1,1,t,2024-02-30,2024-01-01", r'column day, value "2024-02-30"'),
        ("2,Two,1,1,t,2024-01-01", r"line 3.*missing data"),
        ("2,Two,1,1,t,2024-01-01,2024-01-01,9", r"line 3.*extra data"),
        ('2,"Two,1,1,t,2024-01-01,2024-01-01', r"unterminated"),
        ("2,Tw\0o,1,1,t,2024-01-01,2024-01-01", r"line 3.*0x00"),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_the_old_rows_stay(
    database: Connection, directory: Path, tmp_path: Path, line: str, expected: str
) -> None:
    (directory / "plays.csv").write_text("play_id,seconds\na,1\n")
    load_directory(database, directory, PLAYS, TITLES)
    (directory / "plays.csv").write_text("play_id,seconds\nb,2\n")
    with (directory / "titles.csv").open("a") as file:
        file.write(line + "\n")

    with pytest.raises(UserError, match=rf"titles\.csv, .*{expected}"):
        load_directory(database, directory, PLAYS, TITLES)

    assert rows_of(database, "select play_id from raw.plays") == [("a",)]
    assert rows_of(database, "select title from raw.titles") == [("One",)]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("play_id", "missing seconds"),
        ("play_id,seconds,speed", "unknown speed"),
        ("seconds,play_id", "order must be play_id,seconds"),
        ("play_id,seconds,seconds", "repeated seconds"),
        ("", "is empty"),
    ],
)
def test_another_header_is_refused(
    database: Connection, tmp_path: Path, header: str, expected: str
) -> None:
    (tmp_path / "plays.csv").write_text(header)

    with pytest.raises(UserError, match=rf"plays\.csv.*{expected}"):
        load_directory(database, tmp_path, PLAYS)


def test_what_is_missing_is_named(database: Connection, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no directory .*nowhere"):
        load_directory(database, tmp_path / "nowhere", PLAYS)
    with pytest.raises(UserError, match="no file for raw table plays"):
        load_directory(database, tmp_path, PLAYS)


def test_a_parquet_column_of_the_wrong_type_is_named(
    database: Connection, tmp_path: Path
) -> None:
    table = pa.table({"play_id": ["a"], "seconds": ["soon"]})
    pyarrow.parquet.write_table(table, tmp_path / "plays.parquet")

    with pytest.raises(UserError, match=r"plays\.parquet: column seconds .*soon"):
        load_directory(database, tmp_path, PLAYS)


def test_a_table_of_an_older_contract_is_made_anew(
    database: Connection, tmp_path: Path
) -> None:
    with database.connect() as session:
        session.execute("create schema raw")
        session.execute("create table raw.plays (play_id integer)")
    (tmp_path / "plays.csv").write_text("play_id,seconds\na,1\n")

    load_directory(database, tmp_path, PLAYS)

    assert rows_of(database, "select * from raw.plays") == [("a", 1)]
