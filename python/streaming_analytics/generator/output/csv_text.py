"""Arrow tables as CSV after PostgreSQL's rules."""

from typing import BinaryIO

import numpy as np
import pyarrow as pa

from streaming_analytics.generator.output.arrow_functions import pc
from streaming_analytics.generator.world.calendar import DAY_SECONDS

# One letter for each of many millions of plays; words everywhere else.
_SHORT_BOOLEANS = {"is_autoplayed"}


def header(schema: pa.Schema) -> bytes:
    """Return the header line."""
    return (",".join(schema.names) + "\n").encode()


def write_rows(rows: pa.Table, target: BinaryIO) -> None:
    """Append rows without a header.

    NULL is an unquoted empty field; quotes stand only where they are needed; dates
    and times are ISO 8601, times with Z.
    """
    for batch in rows.to_batches():
        texts = [_as_text(name, batch.column(name)) for name in batch.schema.names]
        lines = pc.binary_join_element_wise(
            *texts, ",", null_handling="replace", null_replacement=""
        )
        ended = pc.binary_join_element_wise(lines, "\n", "")
        # The values of a string array lie one after the other: that is the file.
        target.write(ended.buffers()[2].slice(0, _end_of(ended)))


def _end_of(lines: pa.StringArray) -> int:
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)
    return int(offsets[lines.offset + len(lines)])


def _as_text(name: str, column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_timestamp(kind):
        return _iso_times(column)
    if pa.types.is_boolean(kind):
        words = ("t", "f") if name in _SHORT_BOOLEANS else ("true", "false")
        return pc.if_else(column, *words)
    if pa.types.is_string(kind):
        return _quoted_where_needed(column)
    return column.cast(pa.string())


def _quoted_where_needed(column: pa.StringArray) -> pa.Array:
    # An empty string needs quotes as well: without them it is NULL.
    needed = pc.match_substring_regex(column, '[",\n\r]|^$')
    if not pc.any(needed).as_py():
        return column
    doubled = pc.replace_substring(column, '"', '""')
    return pc.if_else(
        needed, pc.binary_join_element_wise('"', doubled, '"', ""), column
    )


def _iso_times(moments: pa.Array) -> pa.Array:
    """Return 2024-01-05T20:15:33Z, put together from days and seconds."""
    seconds = moments.cast(pa.int64()).to_numpy(zero_copy_only=False) // 1_000
    days, second = np.divmod(seconds, DAY_SECONDS)
    first = days.min(initial=0)
    span = np.arange(first, days.max(initial=first) + 1).astype("datetime64[D]")
    day_text = np.array(np.datetime_as_string(span, unit="D"), dtype="S10")
    text = np.empty((len(seconds), 20), dtype=np.uint8)
    text[:, :10] = day_text.view(np.uint8).reshape(-1, 10)[days - first]
    text[:, 10], text[:, 13], text[:, 16], text[:, 19] = b"T::Z"
    for place, value in ((11, second // 3600), (14, second // 60 % 60)):
        text[:, place], text[:, place + 1] = 48 + value // 10, 48 + value % 10
    text[:, 17], text[:, 18] = 48 + second % 60 // 10, 48 + second % 10
    offsets = np.arange(len(seconds) + 1, dtype=np.int32) * 20
    return pa.Array.from_buffers(
        pa.string(), len(seconds), [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    )
