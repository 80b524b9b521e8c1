import io
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.describing import describe_load
from streaming_analytics.loading.loader import load
from streaming_analytics.progress import Progress
from streaming_analytics.project import own_checkout
from streaming_analytics.raw_contract import RawColumn, RawTable, Rules
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


OPTIONS = Options(own_checkout().reference_seeds)


def as_csv(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def load_directory(
    database: Connection, directory: Path, *tables: RawTable, append: bool = False
) -> dict[str, int]:
    progress = Progress(io.StringIO())
    with work_lock(database, "load") as lock:
        report = load(lock, directory, tables, progress, options=OPTIONS, append=append)
    return report.rows


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
    (directory / "titles.csv").write_text(HEADER + "2,Two" + ROW, encoding="utf-8")
    load_directory(database, directory, TITLES, append=True)

    titles = rows_of(database, "select title from raw.titles order by 1")
    assert titles == [("One",), ("Two",)]


def test_a_file_that_was_loaded_before_adds_nothing(
    database: Connection, directory: Path
) -> None:
    load_directory(database, directory, TITLES)
    load_directory(database, directory, TITLES, append=True)

    assert rows_of(database, "select title from raw.titles") == [("One",)]
    assert rows_of(
        database,
        "select rows_in, rows_accepted, rows_repeated from audit.row_reconciliation "
        "where mode = 'append'",
    ) == [(1, 0, 1)]


def test_all_files_that_cannot_be_loaded_are_named_at_once(
    database: Connection, directory: Path
) -> None:
    (directory / "titles.csv").write_text("title,seconds\nOne,60\n")
    (directory / "plays_2024.csv").write_text("play_id\na\n")
    (directory / "plays_2025.csv").write_text("play,seconds\na,1\n")

    with pytest.raises(UserError) as error:
        load_directory(database, directory, TITLES, PLAYS)

    text = str(error.value)
    assert text.startswith("2 files cannot be loaded: (1) ")
    assert "titles.csv: the header is not the one of raw table titles: " in text
    assert "missing title_id" in text
    assert "plays_2025.csv: the header" in text
    assert "missing play_id; unknown play (is it play_id?)" in text
    assert "plays_2024" not in text


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
    ("line", "reason", "column"),
    [
        ("2,Two,soon,1,t,2024-01-01,2024-01-01T00:00Z", "not_a_number", "seconds"),
        ("2,Two,1.5,1,t,2024-01-01,2024-01-01T00:00Z", "not_whole", "seconds"),
        ("2,Two,3e9,1,t,2024-01-01,2024-01-01T00:00Z", "too_large", "seconds"),
        ("2,Two,1,9999999,t,2024-01-01,2024-01-01T00:00Z", "too_large", "price"),
        ("2,Two,1,9.995,t,2024-01-01,2024-01-01T00:00Z", "too_precise", "price"),
        ("2,Two,1,NaN,t,2024-01-01,2024-01-01T00:00Z", "not_finite", "price"),
        ("2,Two,1,1,maybe,2024-01-01,2024-01-01T00:00Z", "not_a_boolean", "is_new"),
        ("2,Two,1,1,t,2024-02-30,2024-01-01T00:00Z", "no_such_day", "day"),
        ("2,Two,1,1,t,01/02/2024,2024-01-01T00:00Z", "not_a_date", "day"),
        ("2,Two,1,1,t,now,2024-01-01T00:00Z", "not_a_date", "day"),
        ("2,Two,1,1,t,2024-01-01T10:00Z,2024-01-01T00:00Z", "has_time", "day"),
        ("2,Two,1,1,t,2024-01-01,2024-01-01T00:00:00", "no_offset", "at"),
        ("2,Two,1,1,t,2024-01-01,infinity", "not_a_moment", "at"),
        (",Two,1,1,t,2024-01-01,2024-01-01T00:00Z", "missing", "title_id"),
        ('"",Two,1,1,t,2024-01-01,2024-01-01T00:00Z', "missing", "title_id"),
        (" 2,Two,1,1,t,2024-01-01,2024-01-01T00:00Z", "padded", "title_id"),
        ("2,Two,1,1,t,2024-01-01", "torn", ""),
        ("2,Two,1,1,t,2024-01-01,2024-01-01T00:00Z,9", "torn", ""),
        ('2,"Two"o,1,1,t,2024-01-01,2024-01-01T00:00Z', "quotes", ""),
    ],
)
def test_one_bad_row_costs_one_row(
    database: Connection, directory: Path, line: str, reason: str, column: str
) -> None:
    with (directory / "titles.csv").open("a") as file:
        file.write(line + "\n3,Three" + ROW)

    assert load_directory(database, directory, TITLES) == {"titles": 2}

    assert rows_of(
        database,
        "select reason, column_name, line, file like '%titles.csv' "
        "from raw_quarantine.titles",
    ) == [(reason, column, 3, True)]
    assert rows_of(
        database,
        "select rows_in, rows_accepted, rows_quarantined, rows_after "
        "from audit.row_reconciliation",
    ) == [(3, 2, 1, 2)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('2,"Two,1,1,t,2024-01-01,2024-01-01T00:00Z', r"line 3.*no end"),
        ("2,Tw\0o,1,1,t,2024-01-01,2024-01-01T00:00Z", r"line 3.*0x00"),
    ],
)
def test_a_file_that_cannot_be_told_apart_is_refused_and_the_old_rows_stay(
    database: Connection, directory: Path, line: str, expected: str
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


def test_too_many_bad_rows_stop_the_load_and_are_kept(
    database: Connection, directory: Path
) -> None:
    (directory / "plays.csv").write_text("play_id,seconds\na,1\n")
    load_directory(database, directory, PLAYS, TITLES)
    wrong = "".join(f"b{number},soon\n" for number in range(60))
    (directory / "plays.csv").write_text("play_id,seconds\n" + wrong)

    with pytest.raises(UserError, match=r"60 of 60 rows of plays .*not a number"):
        load_directory(database, directory, PLAYS, TITLES)

    assert rows_of(database, "select play_id from raw.plays") == [("a",)]
    assert rows_of(database, "select count(*) from raw_quarantine.plays") == [(60,)]


@pytest.mark.parametrize(
    ("at", "stored"),
    [
        ("2024-01-01T00:30:00+02:00", "2023-12-31 22:30:00"),
        ("2024-01-01 00:30:00-0330", "2024-01-01 04:00:00"),
        ("2024-01-01T00:30Z", "2024-01-01 00:30:00"),
        ("2024-01-01 00:30:00.5 UTC", "2024-01-01 00:30:00.5"),
    ],
)
def test_offsets_become_utc(
    database: Connection, directory: Path, at: str, stored: str
) -> None:
    text = HEADER + f"1,One,4525.0,1.50,f,2024-02-29,{at}\n"
    (directory / "titles.csv").write_text(text)

    load_directory(database, directory, TITLES)

    assert rows_of(database, "select at::text, seconds from raw.titles") == [
        (stored, 4525)
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"seconds;play_id\n1;a\n2;b\n",
        b"Play ID\tSECONDS\n a\t1\n".replace(b" a", b"a") + b"b\t2\n",
        b"play_id,seconds\ra,1\rb,2\r",
        b"play_id,seconds\na,1\n\nb,2\n\n",
        b",play_id,seconds\n0,a,1\n1,b,2\n",
        b'"play_id","seconds"\n"a","1"\n"b","2.0"',
    ],
)
def test_what_tools_write_is_read(
    database: Connection, tmp_path: Path, text: bytes
) -> None:
    (tmp_path / "plays.csv").write_bytes(text)

    load_directory(database, tmp_path, PLAYS)

    found = rows_of(database, "select play_id, seconds from raw.plays order by 1")
    assert found == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("seconds", "missing play_id"),
        ("play_id,seconds,speed", "unknown speed"),
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
    with pytest.raises(UserError, match=r"no file for any raw table: .*plays"):
        load_directory(database, tmp_path, PLAYS)


def test_parquet_text_goes_through_the_same_casts(
    database: Connection, tmp_path: Path
) -> None:
    table = pa.table({"play_id": ["a", "b", "c"], "seconds": ["soon", "7", ""]})
    pyarrow.parquet.write_table(table, tmp_path / "plays.parquet")

    load_directory(database, tmp_path, PLAYS)

    found = rows_of(database, "select play_id, seconds from raw.plays order by 1")
    assert found == [("b", 7), ("c", None)]
    assert rows_of(
        database, "select line, reason, value from raw_quarantine.plays"
    ) == [(1, "not_a_number", "soon")]


def test_floats_of_pandas_are_whole_numbers_and_nan_is_null(
    database: Connection, tmp_path: Path
) -> None:
    table = pa.table({"play_id": ["a", "b", "c"], "seconds": [7.0, float("nan"), 7.5]})
    pyarrow.parquet.write_table(table, tmp_path / "plays.parquet")

    load_directory(database, tmp_path, PLAYS)

    found = rows_of(database, "select play_id, seconds from raw.plays order by 1")
    assert found == [("a", 7), ("b", None)]
    assert rows_of(database, "select reason from raw_quarantine.plays") == [
        ("not_whole",)
    ]


def test_a_table_of_an_older_contract_is_made_anew(
    database: Connection, tmp_path: Path
) -> None:
    with database.connect() as session:
        session.execute("create schema raw")
        session.execute("create table raw.plays (play_id integer)")
    (tmp_path / "plays.csv").write_text("play_id,seconds\na,1\n")

    load_directory(database, tmp_path, PLAYS)

    assert rows_of(database, "select * from raw.plays") == [("a", 1)]


def test_rows_whose_key_was_there_are_counted_and_told(
    database: Connection, directory: Path
) -> None:
    plays = RawTable(
        name="plays",
        columns=(
            RawColumn("play_id", "string"),
            RawColumn("title_id", "string", Rules(references="titles")),
        ),
        key=("play_id",),
        seeds=("plays",),
    )
    (directory / "titles.csv").write_text(HEADER + f"1,One{ROW}2,Two{ROW}1,Uno{ROW}")
    (directory / "plays.csv").write_text("play_id,title_id\na,1\na,2\n")

    def told(*, append: bool) -> list[str]:
        with work_lock(database, "load") as lock:
            report = load(
                lock,
                directory,
                [TITLES, plays],
                Progress(io.StringIO()),
                options=OPTIONS,
                append=append,
            )
        return [line for line in describe_load(report) if "titles" in line]

    (line,) = told(append=False)
    assert "1 with a key that was there" in line
    (directory / "titles.csv").write_text(f"{HEADER}2,Zwei{ROW}3,Drei{ROW}4,Vier{ROW}")
    (line,) = told(append=True)
    assert "1 with a key that was there" in line
    (directory / "titles.csv").write_text(f"{HEADER}5,Fünf{ROW}")
    (line,) = told(append=True)
    assert "was there" not in line
