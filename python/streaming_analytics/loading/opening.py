"""Opening the files of raw tables, and telling all that cannot be read at once."""

from collections.abc import Iterable
from pathlib import Path

from streaming_analytics.errors import UserError
from streaming_analytics.loading.blocks import Options
from streaming_analytics.loading.csv_files import CsvFile
from streaming_analytics.loading.files import TableFiles
from streaming_analytics.loading.parquet_files import ParquetFile
from streaming_analytics.raw_contract import RawTable

_FILES_NAMED = 20


def open_file(path: Path, table: RawTable, options: Options) -> CsvFile | ParquetFile:
    """Open a file and match its header.

    Raises:
        UserError: It cannot be read, or has other columns.
    """
    kind = ParquetFile if path.suffix == ".parquet" else CsvFile
    return kind(path, table, options)


def header_notes(tables: Iterable[TableFiles], options: Options) -> list[str]:
    """Open every file once; return lines for people about their columns.

    Raises:
        UserError: Some cannot be read or have other columns; all of them are named.
    """
    notes, wrong = [], []
    for files in tables:
        for file in files.files:
            try:
                notes += open_file(file.path, files.table, options).header.notes
            except UserError as error:
                wrong.append(str(error))
    if wrong:
        raise UserError(_together(wrong))
    # Parts of a table say the same, one after the other.
    return list(dict.fromkeys(notes))


def _together(wrong: list[str]) -> str:
    """Return what is wrong with several files as one message."""
    if len(wrong) == 1:
        return wrong[0]
    more = len(wrong) - _FILES_NAMED
    named = [f"({n}) {each}" for n, each in enumerate(wrong[:_FILES_NAMED], start=1)]
    rest = f" and {more:,} more" if more > 0 else ""
    return f"{len(wrong):,} files cannot be loaded: {' '.join(named)}{rest}"
