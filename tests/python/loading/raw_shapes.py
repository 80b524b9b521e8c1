"""Rows as bytes of a file, in the many shapes that exporters give them."""

import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from streaming_analytics.raw_contract import RawColumn, RawTable

from .raw_rows import Delivered, Value, is_plain_text

INDEXES = ("", "index", "Unnamed: 0", "__index_level_0__")


@dataclass(frozen=True)
class Shape:
    """How a file is written.

    Attributes:
        columns: Its columns in their order; some are not of the contract.
        seed: Of the draws of spellings and types.
        header: plain, upper, spaced or quoted names.
        encoding: Of a CSV file.
        delimiter: Between its fields.
        quoting: Which fields are quoted: those that need it, texts or all.
        line_end: Between its lines.
        null: What stands for NULL.
        ends: What comes after the last row.
        is_packed: Whether a CSV file is compressed.
        rows_together: Rows of a group of a Parquet file.
    """

    columns: tuple[str, ...]
    seed: int
    header: str = "plain"
    encoding: str = "utf-8"
    delimiter: str = ","
    quoting: str = "needed"
    line_end: str = "\n"
    null: str = ""
    ends: str = "\n"
    is_packed: bool = False
    rows_together: int = 100


def spelt(value: Value, random: Random) -> str:
    """Return one of the texts that mean a value; None has none."""
    match value:
        case bool():
            yes, no = random.choice(
                (("true", "false"), ("True", "FALSE"), ("t", "f"), ("1", "0"))
            )
            return yes if value else no
        case int():
            return random.choice((f"{value}", f"{value}.0", f"+{value}", f" {value} "))
        case Decimal():
            return random.choice((f"{value}", f"{value:.4f}", f"{value:e}"))
        case datetime():
            zone = timezone(timedelta(minutes=random.choice((0, 120, -330, 345))))
            local = value.astimezone(zone)
            text = local.isoformat(sep=random.choice("T "))
            return text.replace("+00:00", random.choice(("Z", "+00:00", " UTC", "+00")))
        case date():
            return random.choice((f"{value}", f"{value}T00:00:00", f"{value} 00:00:00"))
    return str(value)


def cell(each: Delivered, column: RawColumn, random: Random) -> str | None:
    """Return what stands in a row's field, None for NULL."""
    if each.wrong is not None and each.wrong[0] == column.name:
        return each.wrong[1]
    value = each.values[column.name]
    if value is None:
        return None
    text = spelt(value, random)
    if column.rules.case:
        text = random.choice((text, text.upper(), text.lower(), f" {text} "))
    return text


def header_of(shape: Shape) -> list[str]:
    """Return the names of the columns as the file spells them."""
    write = {
        "upper": str.upper,
        "spaced": lambda name: f" {name.replace('_', ' ').title()} ",
    }.get(shape.header, str)
    return [name if name in INDEXES else write(name) for name in shape.columns]


def as_csv(table: RawTable, given: Sequence[Delivered], shape: Shape) -> bytes:
    """Return the rows as a CSV file.

    What an encoding cannot write is written in UTF-8.
    """
    random = Random(shape.seed)
    names = header_of(shape)
    if shape.header == "quoted":
        names = [f'"{name}"' for name in names]
    lines = [shape.delimiter.join(names)]
    for number, each in enumerate(given):
        fields = [
            _field(table, each, name, number, shape, random) for name in shape.columns
        ]
        fields += ["one too many"] if each.is_torn else []
        lines.append(shape.delimiter.join(fields))
    text = shape.line_end.join(lines) + shape.ends
    try:
        data = text.encode(shape.encoding)
    except UnicodeEncodeError:
        data = text.encode()
    return gzip.compress(data, 1) if shape.is_packed else data


def _field(
    table: RawTable,
    each: Delivered,
    name: str,
    number: int,
    shape: Shape,
    random: Random,
) -> str:
    column = table.by_name.get(name)
    text = str(number) if column is None else cell(each, column, random)
    is_text = column is not None and column.type == "string"
    is_quoted = shape.quoting == "all" or (shape.quoting == "texts" and is_text)
    if text is None:
        return '""' if is_quoted and not shape.null else shape.null
    needs = text in ("", "\\N") or any(c in text for c in f'"\r\n{shape.delimiter}')
    if is_quoted or needs:
        return '"' + text.replace('"', '""') + '"'
    return text


def becomes_empty(table: RawTable, column: RawColumn, shape: Shape) -> bool:
    """Whether NULL arrives as an empty text, since its field is quoted."""
    is_quoted = shape.quoting in ("all", "texts") and not shape.null
    return is_quoted and is_plain_text(table, column)


def as_parquet(table: RawTable, given: Sequence[Delivered], shape: Shape) -> bytes:
    """Return the rows as a Parquet file, each column in a type that can hold it."""
    random = Random(shape.seed)
    arrays = []
    for name in shape.columns:
        column = table.by_name.get(name)
        if column is None:
            arrays.append(pa.array(list(range(len(given))), pa.int64()))
        elif any(each.wrong and each.wrong[0] == name for each in given):
            arrays.append(
                _as_texts([cell(each, column, random) for each in given], random)
            )
        else:
            values = [each.values[name] for each in given]
            arrays.append(_typed(column, values, random))
    file = io.BytesIO()
    pq.write_table(
        pa.Table.from_arrays(arrays, names=header_of(shape)),
        file,
        row_group_size=shape.rows_together,
        compression=random.choice(("snappy", "zstd", "gzip", "none")),
    )
    return file.getvalue()


def _typed(column: RawColumn, values: list[Value], random: Random) -> Any:
    """Return values as an Arrow array of one of the types that exporters use."""
    if all(value is None for value in values) and random.random() < 0.5:
        return pa.nulls(len(values))
    if column.type != "string" and random.random() < 0.3:
        return _as_texts(
            [None if v is None else spelt(v, random) for v in values], random
        )
    if column.type == "string":
        return _as_texts(values, random)
    if column.type == "boolean":
        return pa.array(values, pa.bool_()).cast(random.choice((pa.bool_(), pa.int8())))
    if column.type == "integer":
        kind = random.choice((pa.int32(), pa.int64(), pa.uint32(), pa.float64()))
        return pa.array(values, kind)
    if column.type == "date":
        day = pa.array(values, pa.date32())
        return day.cast(random.choice((pa.date32(), pa.date64(), pa.timestamp("ms"))))
    if column.type == "timestamp":
        unit, zone = random.choice(("us", "ns")), random.choice(("UTC", "Asia/Tokyo"))
        return pa.array(values, pa.timestamp(unit, zone))
    kind = random.choice((pa.decimal128(16, 2), pa.decimal128(20, 4), pa.float64()))
    if kind == pa.float64():
        return pa.array([None if v is None else float(v) for v in values], kind)  # ty: ignore
    return pa.array(values, pa.decimal128(20, 4)).cast(kind)


def _as_texts(values: Sequence[Any], random: Random) -> Any:
    text = pa.array(values, pa.string())
    match random.choice(("string", "large", "dictionary", "binary")):
        case "large":
            return text.cast(pa.large_string())
        case "dictionary":
            return text.dictionary_encode()
        case "binary":
            return text.cast(pa.binary())
    return text
