"""A value means the same in CSV and in Parquet, on a server of any taste."""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from psycopg import sql

from streaming_analytics.warehouse.connection import Connection

from .test_loader import TITLES, load_directory, rows_of

TEXTS = [
    ("at", "2024-01-01T00:30:00+02:00", "2023-12-31T22:30:00"),
    ("day", "2024-02-29", "2024-02-29"),
    ("day", "2024-02-29T00:00:00", "2024-02-29"),
    ("day", "2024-02-29T10:00:00", "has_time"),
    ("price", "9.99500", "too_precise"),
    ("price", "9.99000", "9.99"),
    ("is_new", "f", "false"),
    ("is_new", "T", "true"),
    ("seconds", "4525.0", "4525"),
    *((name, "", None) for name in ("seconds", "price", "is_new", "day", "at")),
    *(
        ("day", text, "not_a_date")
        for text in (
            *("now", "today", "epoch", "24-01-02", "Jan 1, 2024", "2024.100"),
            *("0044-03-15 BC", "20240102", "01/02/2024", "infinity"),
        )
    ),
    *(
        ("at", text, "not_a_moment")
        for text in ("now", "epoch", "24-01-02 10:00Z", "Jan 1, 2024 10:00Z")
    ),
]
TYPED = [
    (
        "at",
        datetime.fromisoformat("2024-01-01T00:30:00+02:00"),
        pa.timestamp("us", "Europe/Kyiv"),
        "2023-12-31T22:30:00",
    ),
    ("at", datetime.fromisoformat("2024-01-01T00:30"), pa.timestamp("us"), "no_offset"),
    ("day", datetime.fromisoformat("2024-02-29"), pa.timestamp("ns"), "2024-02-29"),
    ("day", datetime.fromisoformat("2024-02-29T10:00"), pa.timestamp("ms"), "has_time"),
    ("day", date(2024, 2, 29), pa.date64(), "2024-02-29"),
    ("price", Decimal("9.99500"), pa.decimal128(12, 5), "too_precise"),
    ("price", Decimal("9.99000"), pa.decimal128(12, 5), "9.99"),
    ("price", 9.99, pa.float64(), "9.99"),
    ("price", 9.995, pa.float64(), "too_precise"),
    ("seconds", 4525.0, pa.float64(), "4525"),
    ("seconds", 4525.5, pa.float64(), "not_whole"),
    ("seconds", float("nan"), pa.float64(), None),
    ("is_new", 1, pa.int8(), "true"),
]


OTHER_TASTES = (
    {"datestyle": "ISO, MDY", "timezone": "America/St_Johns"},
    {"datestyle": "SQL, DMY", "timezone": "Asia/Tokyo"}
    | {"intervalstyle": "sql_standard", "bytea_output": "escape"}
    | {"extra_float_digits": "-15", "standard_conforming_strings": "off"},
)


@pytest.fixture(params=OTHER_TASTES, ids=lambda taste: taste["datestyle"])
def other_taste(request: pytest.FixtureRequest, database: Connection) -> Connection:
    """Return a database that writes and reads days its own way."""
    with database.connect(autocommit=True) as session:
        for setting, value in request.param.items():
            session.execute(
                sql.SQL("alter database {} set {} to {}").format(
                    sql.Identifier(database.database),
                    sql.Identifier(setting),
                    sql.Literal(value),
                )
            )
    return database


def write_parquet(path: Path, key: str, column: str, value: Any, type_: Any) -> None:
    table = pa.table({"title_id": [key], column: pa.array([value], type_)})
    path.parent.mkdir(exist_ok=True)
    pyarrow.parquet.write_table(table, path)


def outcomes(database: Connection, folder: Path) -> dict[str, str | None]:
    """Return by key what the row's only value became, or why it was set aside."""
    load_directory(database, folder, TITLES)
    return dict(
        rows_of(
            database,
            """
            select title_id, coalesce(
                seconds::text, price::text, is_new::text, to_jsonb(day) #>> '{}',
                to_jsonb(at) #>> '{}'
            )
            from raw.titles
            union all
            select row ->> 'title_id', reason from raw_quarantine.titles
            """,
        )
    )


def expected(cases: Sequence[tuple]) -> dict[str, str | None]:
    return {str(number): case[-1] for number, case in enumerate(cases)}


def test_text_of_csv_is_read_by_iso_8601_only(
    other_taste: Connection, tmp_path: Path
) -> None:
    with (tmp_path / "titles.csv").open("w") as file:
        lines = csv.DictWriter(file, TITLES.column_names, quoting=csv.QUOTE_ALL)
        lines.writeheader()
        for number, (column, text, _) in enumerate(TEXTS):
            lines.writerow({"title_id": number, column: text})

    assert outcomes(other_taste, tmp_path) == expected(TEXTS)


def test_text_of_parquet_is_read_as_that_of_csv(
    other_taste: Connection, tmp_path: Path
) -> None:
    for number, (column, text, _) in enumerate(TEXTS):
        path = tmp_path / "titles" / f"{number}.parquet"
        write_parquet(path, str(number), column, text, pa.string())

    assert outcomes(other_taste, tmp_path) == expected(TEXTS)


def test_types_of_parquet_lose_nothing_silently(
    other_taste: Connection, tmp_path: Path
) -> None:
    for number, (column, value, type_, _) in enumerate(TYPED):
        path = tmp_path / "titles" / f"{number}.parquet"
        write_parquet(path, str(number), column, value, type_)

    assert outcomes(other_taste, tmp_path) == expected(TYPED)


def test_hidden_files_and_folders_are_no_data(
    database: Connection, tmp_path: Path
) -> None:
    folder = tmp_path / "titles"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    (folder / "part-1.csv").write_text("title_id\na\n")
    (folder / "._part-1.csv").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X")
    (folder / ".ipynb_checkpoints" / "part-1-checkpoint.csv").write_text(
        "title_id\nb\n"
    )
    (tmp_path / "._titles.csv").write_bytes(b"\0\5\x16\7")

    assert load_directory(database, tmp_path, TITLES) == {"titles": 1}
