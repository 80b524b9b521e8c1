"""Dirt on request: the faults of the catalogue, injected into finished CSV files.

Faults of rows are what a broken source delivers: they are made before the manifest is
written, which lists the files as delivered. Faults of files are what happens on the
way: they are made after it, so that a checksum or a row count can notice them.
"""

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from streaming_analytics.errors import UserError
from streaming_analytics.generator.randomness import stream
from streaming_analytics.generator.writing import INJECTED

Row = dict[str, str]
# Takes a row and a uniform number; returns what is delivered in its place.
Edit = Callable[[Row, float], list[Row]]
Damage = Callable[[bytes], bytes]


@dataclass(frozen=True)
class RowFault:
    """A fault of single rows of a table.

    Attributes:
        number: Row of the fault catalogue.
        table: Raw table it befalls.
        rate: Share of its rows, unless another is asked for.
        edit: What becomes of such a row.
    """

    number: int
    table: str
    rate: float
    edit: Edit


@dataclass(frozen=True)
class FileFault:
    """A fault of a whole file: the last one of a table."""

    number: int
    table: str
    damage: Damage


def _set(**values: str) -> Edit:
    return lambda row, _: [row | values]


def _scaled(column: str, factor: float) -> Edit:
    return lambda row, _: [row | {column: str(int(int(row[column]) * factor))}]


def _moved(column: str, **gap: float) -> Edit:
    def edit(row: Row, _: float) -> list[Row]:
        moment = datetime.fromisoformat(row[column]) + timedelta(**gap)
        return [row | {column: moment.isoformat().replace("+00:00", "Z")}]

    return edit


def _again(**values: str) -> Edit:
    return lambda row, _: [row, row | values]


def _later(row: Row, **values: str) -> Row:
    (moved,) = _moved("loaded_at", days=1)(row, 0.0)
    return moved | values


def _overlapping(row: Row, _: float) -> list[Row]:
    other = row | {"subscription_id": row["subscription_id"] + "x"}
    return [row, other]


def _bot(row: Row, _: float) -> list[Row]:
    start = datetime.fromisoformat(row["started_at"])
    return [row] + [
        row
        | {
            "play_id": f"{row['play_id']}b{hour}",
            "started_at": (start + timedelta(minutes=hour))
            .isoformat()
            .replace("+00:00", "Z"),
            "watched_seconds": "3600",
        }
        for hour in range(30)
    ]


ROW_FAULTS = {
    "exact_duplicate": RowFault(1, "viewing", 0.00024, _again()),
    "conflicting_duplicate": RowFault(
        2, "viewing", 0.0005, lambda row, _: [row, _later(row, watched_seconds="1")]
    ),
    "very_late": RowFault(4, "viewing", 0.001, _moved("loaded_at", days=30)),
    "future_timestamp": RowFault(6, "viewing", 0.001, _moved("started_at", days=900)),
    "epoch_timestamp": RowFault(
        7, "viewing", 0.003, _set(started_at="1970-01-01T00:00:00Z")
    ),
    "negative_watch_time": RowFault(8, "viewing", 0.001, _set(watched_seconds="-60")),
    "watched_far_over_runtime": RowFault(
        10, "viewing", 0.001, _scaled("watched_seconds", 1_000.0)
    ),
    "null_key": RowFault(11, "viewing", 0.001, _set(play_id="")),
    "unknown_user": RowFault(12, "viewing", 0.001, _set(user_id="u0")),
    "unknown_content": RowFault(13, "viewing", 0.001, _set(content_id="c0")),
    "naive_timestamp": RowFault(
        14,
        "viewing",
        0.001,
        lambda row, _: [row | {"started_at": row["started_at"].rstrip("Z")}],
    ),
    "newline_title": RowFault(
        18, "content", 0.01, lambda row, _: [row | {"title": row["title"] + "\nII"}]
    ),
    "formula_title": RowFault(
        19, "content", 0.01, _set(title='=HYPERLINK("http://example.com","x")')
    ),
    "repeated_header": RowFault(
        29, "viewing", 0.0002, lambda row, _: [row, {name: name for name in row}]
    ),
    "type_drift": RowFault(30, "viewing", 0.001, _set(watched_seconds="many")),
    "nan": RowFault(31, "payments", 0.001, _set(amount_usd="NaN")),
    "overflow": RowFault(32, "payments", 0.001, _set(amount_usd="1e309")),
    "date_format": RowFault(34, "payments", 0.001, _set(billed_date="01/02/2024")),
    "impossible_date": RowFault(35, "payments", 0.001, _set(billed_date="2024-02-30")),
    "country_case": RowFault(
        36,
        "users",
        0.02,
        lambda row, _: [row | {"country_code": f" {row['country_code'].lower()} "}],
    ),
    "unknown_country": RowFault(38, "users", 0.005, _set(country_code="XX")),
    "overlapping_subscriptions": RowFault(41, "subscriptions", 0.005, _overlapping),
    "cancel_before_start": RowFault(
        42,
        "subscriptions",
        0.005,
        _set(ended_date="2001-01-01", end_reason="voluntary"),
    ),
    "rating_out_of_range": RowFault(45, "ratings", 0.01, _set(rating="7.0")),
    "half_star": RowFault(45, "ratings", 0.01, _set(rating="3.5")),
    "duplicate_rating": RowFault(
        46,
        "ratings",
        0.01,
        lambda row, _: [
            row,
            _later(row, rating="1.0", rating_id=row["rating_id"] + "b"),
        ],
    ),
    "rating_without_view": RowFault(47, "ratings", 0.01, _set(content_id="c1")),
    "deleted_content": RowFault(48, "content", 0.02, lambda row, _: []),
    "volume_drop": RowFault(51, "viewing", 0.6, lambda row, _: []),
    "volume_spike": RowFault(
        52,
        "viewing",
        1.0,
        lambda row, _: [
            row | {"play_id": row["play_id"] + copy} for copy in ("", "x", "y", "z")
        ],
    ),
    "device_mix_drift": RowFault(53, "viewing", 0.5, _set(device_code="tablet")),
    "unit_change": RowFault(54, "viewing", 1.0, _scaled("watched_seconds", 1 / 60)),
    "bot": RowFault(55, "viewing", 0.0001, _bot),
    "clock_skew": RowFault(56, "viewing", 0.05, _moved("started_at", hours=-7)),
    "negative_refund": RowFault(
        57,
        "payments",
        0.002,
        lambda row, _: [row | {"amount_usd": "-" + row["amount_usd"]}],
    ),
    "personal_text": RowFault(
        58, "content", 0.01, _set(title="Mail me: ada.love@example.com")
    ),
}


def _columns(edit: Callable[[list[str]], list[str]]) -> Damage:
    def damage(data: bytes) -> bytes:
        rows = csv.reader(data.decode().splitlines(keepends=True))
        return "".join(",".join(edit(row)) + "\n" for row in rows).encode()

    return damage


def _cut_in_quote(data: bytes) -> bytes:
    whole = data[: len(data) * 3 // 4]
    return whole[: whole.rfind(b",") + 1] + b'"cut he'


FILE_FAULTS = {
    "byte_order_mark": FileFault(20, "viewing", lambda data: b"\xef\xbb\xbf" + data),
    "crlf": FileFault(21, "viewing", lambda data: data.replace(b"\n", b"\r\n")),
    "latin_1": FileFault(
        22, "users", lambda data: data.decode().encode("latin-1", "replace") + b"\xe9\n"
    ),
    "nul_byte": FileFault(22, "users", lambda data: data.replace(b",", b"\0,", 1)),
    "truncated_in_quote": FileFault(23, "viewing", _cut_in_quote),
    "truncated_at_line_end": FileFault(
        24,
        "viewing",
        lambda data: data[: data.rfind(b"\n", 0, len(data) * 3 // 4) + 1],
    ),
    "column_order": FileFault(
        25, "viewing", _columns(lambda row: [row[1], row[0], *row[2:]])
    ),
    "extra_column": FileFault(26, "viewing", _columns(lambda row: [*row, "extra"])),
    "missing_column": FileFault(27, "viewing", _columns(lambda row: row[:-1])),
    "duplicate_column": FileFault(
        28, "viewing", _columns(lambda row: [row[0], *row[:1], *row[2:]])
    ),
    "empty_file": FileFault(50, "viewing", lambda _: b""),
}

# What real exports show (REALISM.md), all of which a build puts right by itself.
DIRT = ("exact_duplicate", "epoch_timestamp", "country_case")


def parse(names: str | None, is_dirty: bool) -> dict[str, float | None]:
    """Return the faults asked for, with their rates (None for the usual one).

    Args:
        names: Names separated by commas, each with `=RATE` if another is wanted.
        is_dirty: Whether to add the dirt of real exports.

    Raises:
        UserError: A name or a rate is not known.
    """
    wanted: dict[str, float | None] = dict.fromkeys(DIRT) if is_dirty else {}
    for item in filter(None, (names or "").split(",")):
        name, _, rate = item.strip().partition("=")
        if name not in ROW_FAULTS and name not in FILE_FAULTS:
            known = ", ".join(sorted([*ROW_FAULTS, *FILE_FAULTS]))
            raise UserError(f"there is no fault {name}; known are {known}")
        if rate and name in FILE_FAULTS:
            raise UserError(f"fault {name} befalls a whole file; leave out the rate")
        wanted[name] = _rate(item, rate) if rate else None
    return wanted


def _rate(item: str, text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 < rate <= 1:
        raise UserError(f"fault {item}: give a rate above 0 and at most 1")
    return rate


def inject_rows(
    directory: Path, faults: dict[str, float | None], seed: int
) -> list[dict]:
    """Inject the faults of rows; return what was injected where.

    A row suffers at most one of them, so that each can be told by itself.
    """
    injected: list[dict] = []
    rows = {name: rate for name, rate in faults.items() if name in ROW_FAULTS}
    for table in dict.fromkeys(ROW_FAULTS[name].table for name in rows):
        own = {
            name: ROW_FAULTS[name].rate if rate is None else rate
            for name, rate in rows.items()
            if ROW_FAULTS[name].table == table
        }
        for path in _files(directory, table):
            injected += _rewrite(path, own, seed)
    return injected


def _rewrite(path: Path, rates: dict[str, float], seed: int) -> list[dict]:
    rng = stream(seed, f"faults {path.stem}")
    bounds = np.cumsum(list(rates.values()))
    names = list(rates)
    injected = []
    fresh = path.with_suffix(".fresh")
    with (
        path.open(encoding="utf-8", newline="") as old,
        fresh.open("w", encoding="utf-8", newline="") as new,
    ):
        reader = csv.DictReader(old)
        columns = list(reader.fieldnames or [])
        writer = csv.DictWriter(new, columns, lineterminator="\n")
        writer.writeheader()
        row_number = 0
        for clean_row, row in enumerate(reader, start=1):
            point = rng.random()
            at = int(np.searchsorted(bounds, point, side="right"))
            rows = [row]
            if at < len(names):
                fault = ROW_FAULTS[names[at]]
                rows = fault.edit(row, point)
                injected.append(
                    {
                        "fault": names[at],
                        "number": fault.number,
                        "file": path.name,
                        # Counted from 1 without the header: in the file that is
                        # delivered (the first of them), and in the one without.
                        "row": row_number + 1,
                        "clean_row": clean_row,
                        "rows_delivered": len(rows),
                        "key": row[columns[0]],
                    }
                )
            writer.writerows(rows)
            row_number += len(rows)
    fresh.replace(path)
    return injected


def damage_files(directory: Path, faults: Iterable[str]) -> list[dict]:
    """Inject the faults of files; return what was injected where."""
    injected = []
    for name in faults:
        if name not in FILE_FAULTS:
            continue
        fault = FILE_FAULTS[name]
        path = _files(directory, fault.table)[-1]
        path.write_bytes(fault.damage(path.read_bytes()))
        injected.append({"fault": name, "number": fault.number, "file": path.name})
    return injected


def write_injected(directory: Path, injected: list[dict]) -> None:
    """Write what was injected where."""
    text = json.dumps({"injected": injected}, indent=2)
    (directory / INJECTED).write_text(text + "\n", encoding="utf-8")


def _files(directory: Path, table: str) -> list[Path]:
    return sorted(
        path
        for path in directory.glob(f"{table}*.csv")
        if path.stem == table or path.stem.removeprefix(f"{table}_").isdigit()
    )
