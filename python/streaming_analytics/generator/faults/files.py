"""The faults of whole files."""

import csv
from collections.abc import Callable

from streaming_analytics.generator.faults.kinds import Damage, FileFault


def _columns(edit: Callable[[list[str]], list[str]]) -> Damage:
    def damage(data: bytes) -> bytes:
        rows = csv.reader(data.decode().splitlines(keepends=True))
        return "".join(",".join(edit(row)) + "\n" for row in rows).encode()

    return damage


def _cut_in_quote(data: bytes) -> bytes:
    whole = data[: len(data) * 3 // 4]
    return whole[: whole.rfind(b",") + 1] + b'"cut he'


def _cut_at_line_end(data: bytes) -> bytes:
    return data[: data.rfind(b"\n", 0, len(data) * 3 // 4) + 1]


def _latin_1(data: bytes) -> bytes:
    return data.decode().encode("latin-1", "replace") + b"\xe9\n"


FILE_FAULTS = {
    "byte_order_mark": FileFault(
        20,
        "the file begins with a byte order mark",
        "viewing",
        lambda data: b"\xef\xbb\xbf" + data,
    ),
    "crlf": FileFault(
        21,
        "lines end as on Windows",
        "viewing",
        lambda data: data.replace(b"\n", b"\r\n"),
    ),
    "latin_1": FileFault(22, "bytes that are not UTF-8", "users", _latin_1),
    "nul_byte": FileFault(
        22, "a NUL byte", "users", lambda data: data.replace(b",", b"\0,", 1)
    ),
    "truncated_in_quote": FileFault(
        23, "the file ends within a quoted field", "viewing", _cut_in_quote
    ),
    "truncated_at_line_end": FileFault(
        24, "the last quarter is missing, cut at a line", "viewing", _cut_at_line_end
    ),
    "column_order": FileFault(
        25,
        "the first two columns have changed places",
        "viewing",
        _columns(lambda row: [row[1], row[0], *row[2:]]),
    ),
    "extra_column": FileFault(
        26, "a column more", "viewing", _columns(lambda row: [*row, "extra"])
    ),
    "missing_column": FileFault(
        27, "a column less", "viewing", _columns(lambda row: row[:-1])
    ),
    "duplicate_column": FileFault(
        28,
        "a column twice",
        "viewing",
        _columns(lambda row: [row[0], *row[:1], *row[2:]]),
    ),
    "empty_file": FileFault(50, "a file without a byte", "viewing", lambda _: b""),
}
