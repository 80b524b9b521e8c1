"""Reading CSV files, in blocks of text columns with the line of each row."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from streaming_analytics.errors import UserError
from streaming_analytics.loading import csv_kernels
from streaming_analytics.loading.blocks import BLOCK_ROWS, Block, Options
from streaming_analytics.loading.cells import Text
from streaming_analytics.loading.headers import Header, match_header, plain
from streaming_analytics.raw_contract import RawTable

_READ_BYTES = 1 << 22
# A row that is longer is no row: a quote was opened and never closed.
_MOST_ROW_BYTES = 1 << 26
_HEADER_BYTES = 1 << 16
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DELIMITERS = (",", ";", "\t", "|")


class CsvFile:
    """A CSV file of a raw table: `,`, `;`, tab or `|` between fields, any line end."""

    def __init__(self, path: Path, table: RawTable, options: Options) -> None:
        """Read the header.

        Raises:
            UserError: The header is not the table's, or cannot be read.
        """
        self.path = path
        names, self._delimiter = _read_header(path, table)
        self.header: Header = match_header(
            path, table, names, ignore_unknown=options.ignore_unknown
        )

    def blocks(self) -> Iterator[Block]:
        """Yield the rows.

        Raises:
            UserError: The file is not UTF-8, ends within a row or cannot be read.
        """
        try:
            with self.path.open("rb") as raw, _opened(self.path, raw) as file:
                yield from self._blocks(raw, file)
        except (OSError, EOFError, zlib.error) as error:
            raise UserError(f"{self.path} cannot be read: {error}") from error

    def _blocks(self, raw: IO[bytes], file: IO[bytes]) -> Iterator[Block]:
        rest = file.read(len(_BYTE_ORDER_MARK)).removeprefix(_BYTE_ORDER_MARK)
        line, is_header, is_last, read = 1, True, False, 0
        while not is_last or rest:
            wanted = max(_READ_BYTES, len(rest))
            more = b"" if is_last else file.read(wanted)
            is_last = is_last or len(more) < wanted
            data = rest + more
            used = 0
            while used < len(data):
                part = np.frombuffer(data, np.uint8)[used:]
                found = csv_kernels.split_rows(
                    part,
                    ord(self._delimiter),
                    self.header.width,
                    is_last,
                    line,
                    BLOCK_ROWS,
                )
                size, next_line, status = found[6:]
                if status == csv_kernels.UNTERMINATED:
                    raise UserError(
                        f"{self.path}, line {next_line}: a quoted field has no end, so "
                        "the file was cut off or lacks a quote"
                    )
                if status == csv_kernels.CUT:
                    raise UserError(f"{self.path}: the last line is cut off")
                if size == 0:
                    break
                self._require_text(data[used : used + size], line)
                position = raw.tell()
                yield from self._block(part, found[:6], is_header, position - read)
                read = position
                is_header = is_header and not len(found[3])
                used += size
                line = next_line
            rest = data[used:]
            if is_last and not used:
                break
            if len(rest) > _MOST_ROW_BYTES:
                raise UserError(
                    f"{self.path}, line {line}: the row is longer than "
                    f"{_MOST_ROW_BYTES >> 20} MB, so a quote is missing"
                )

    def _block(
        self, data: np.ndarray, found: tuple, skips_header: bool, size: int
    ) -> Iterator[Block]:
        begins, lengths, kinds, lines, row_begins, reasons = found
        first = int(skips_header)
        if len(lines) <= first:
            return
        cells = {}
        for name, place in self.header.places.items():
            parts = begins[place], lengths[place], kinds[place]
            cells[name] = Text(
                *csv_kernels.gather(data, *(part[first:] for part in parts))
            )

        def line_text(row: int) -> str:
            begin, end = row_begins[first + row], row_begins[first + row + 1]
            return data[begin:end].tobytes().decode("utf-8", "replace").rstrip("\r\n")

        yield Block(self.path, lines[first:], cells, reasons[first:], size, line_text)

    def _require_text(self, data: bytes, line: int) -> None:
        """Refuse bytes that are no UTF-8, and NUL, naming their line."""
        at = data.find(b"\0")
        if at >= 0:
            number = line + data.count(b"\n", 0, at)
            raise UserError(
                f"{self.path}, line {number}: byte 0x00, which no text has; "
                "save the file as UTF-8"
            )
        try:
            str(data, "utf-8")
        except UnicodeDecodeError as error:
            number = line + data.count(b"\n", 0, error.start)
            raise UserError(
                f"{self.path}, line {number}: byte 0x{data[error.start]:02x} is not "
                "UTF-8; save the file as UTF-8"
            ) from error


def _opened(path: Path, raw: IO[bytes]) -> Any:
    return gzip.open(raw) if path.suffix == ".gz" else raw


def _read_header(path: Path, table: RawTable) -> tuple[list[str], str]:
    """Return the names of the columns, and what stands between fields."""
    try:
        with path.open("rb") as raw, _opened(path, raw) as file:
            start = file.read(_HEADER_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    if not start:
        raise UserError(f"{path} is empty; expected at least the header line")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UserError(f"{path} is UTF-16; save it as UTF-8")
    start = start.removeprefix(_BYTE_ORDER_MARK)
    ends = [at for at in (start.find(b"\n"), start.find(b"\r")) if at >= 0]
    first = start[: min(ends)] if ends else start
    if b"\0" in first:
        raise UserError(f"{path}: the header has byte 0x00; save the file as UTF-8")
    try:
        text = first.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: the header is not UTF-8; save it as UTF-8") from error
    best: tuple[int, list[str], str] = (-1, [], ",")
    for delimiter in _DELIMITERS:
        try:
            names = next(csv.reader([text], delimiter=delimiter), [])
        except csv.Error as error:
            raise UserError(f"{path}: the header cannot be read: {error}") from error
        known = sum(plain(name) in table.by_name for name in names)
        if known > best[0]:
            best = known, names, delimiter
    if not any(name.strip() for name in best[1]):
        raise UserError(f"{path}: the first line is blank; expected the header there")
    return best[1], best[2]
