"""Which files of a directory hold which raw table."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.raw_contract import RawTable


@dataclass(frozen=True)
class TableFiles:
    """A raw table and the files that make it up, in the order of their names."""

    table: RawTable
    paths: tuple[Path, ...]

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(path.stat().st_size for path in self.paths)


def find_files(directory: Path, tables: Iterable[RawTable]) -> tuple[TableFiles, ...]:
    """Find every table's files.

    A table is `<table>.csv` or `<table>.parquet`, or parts of it: files
    `<table>_<digits>...` beside each other, or a folder `<table>/` with any files
    of that kind below.

    Raises:
        UserError: The directory or a table's file is missing, or a table is there
            both as CSV and as Parquet.
    """
    if not directory.is_dir():
        raise UserError(
            f"there is no directory {directory}; "
            "make one with: streaming generate --out DIR"
        )
    return tuple(
        TableFiles(table, _paths_of(directory, table.name)) for table in tables
    )


def check_headers(files: Iterable[TableFiles]) -> None:
    """Check that every CSV file's header is the contract's, in its order.

    Raises:
        UserError: A header differs, a file is empty or is not UTF-8.
    """
    for table_files in files:
        for path in table_files.paths:
            if path.suffix == ".csv":
                _check_header(path, table_files.table)


def _paths_of(directory: Path, table: str) -> tuple[Path, ...]:
    part = re.compile(rf"{re.escape(table)}(_\d[\d_-]*)?\.(csv|parquet)")
    found = [path for path in directory.iterdir() if part.fullmatch(path.name)]
    for suffix in ("csv", "parquet"):
        found += (directory / table).rglob(f"*.{suffix}")
    if not found:
        raise UserError(
            f"{directory} has no file for raw table {table}: "
            f"expected {table}.csv, {table}.parquet or a folder {table}"
        )
    if len({path.suffix for path in found}) > 1:
        raise UserError(
            f"{directory} has raw table {table} as CSV and as Parquet; keep one"
        )
    return tuple(sorted(found))


def _check_header(path: Path, table: RawTable) -> None:
    with path.open("rb") as file:
        first = file.readline()
    try:
        # Spreadsheets write a byte order mark; COPY drops it with the header line.
        header = next(csv.reader([first.decode("utf-8-sig")]), [])
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: the header is not UTF-8; save it as UTF-8") from error
    if not header:
        raise UserError(f"{path} is empty; expected at least the header line")
    expected = list(table.column_names)
    if header == expected:
        return
    missing = [name for name in expected if name not in header]
    unknown = [name for name in header if name not in expected]
    repeated = sorted({name for name in header if header.count(name) > 1})
    details = [
        f"{what} {', '.join(names)}"
        for what, names in (
            ("missing", missing),
            ("unknown", unknown),
            ("repeated", repeated),
        )
        if names
    ]
    if not details:
        details = [f"the order must be {','.join(expected)}"]
    raise UserError(
        f"{path}: the header is not the one of raw table {table.name}: "
        + "; ".join(details)
    )
