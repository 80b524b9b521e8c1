"""Rows in PostgreSQL's binary COPY format."""

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.loading import copy_kernels
from streaming_analytics.loading.casts import Type
from streaming_analytics.loading.cells import Column, Text

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_WIDTHS = {"integer": 4, "boolean": 1, "date": 4, "timestamp": 8}
# PostgreSQL counts days and microseconds from 2000-01-01.
_SHIFTS = {"date": 10_957, "timestamp": 10_957 * 86_400_000_000}


def encode(
    columns: list[tuple[Column, Type]], kept: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Return the rows `kept` of some columns, without header and trailer."""
    sizes = np.full(len(kept), 2 + 4 * len(columns), np.int64)
    for column, type_ in columns:
        if isinstance(column, Text):
            sizes += column.lengths[kept]
        elif type_.kind == "numeric":
            sizes += copy_kernels.decimal_sizes(
                column.numbers, column.valid, type_.scale
            )[kept]
        else:
            sizes += column.valid[kept] * np.int64(_WIDTHS[type_.kind])
    ends = np.cumsum(sizes) - sizes
    out = np.empty(int(sizes.sum()), np.uint8)
    copy_kernels.put_counts(out, ends, len(columns))
    for column, type_ in columns:
        if isinstance(column, Text):
            copy_kernels.put_text(
                out, ends, kept, column.offsets, column.data, column.valid
            )
        elif type_.kind == "numeric":
            copy_kernels.put_decimals(
                out, ends, kept, column.numbers, column.valid, type_.scale
            )
        else:
            copy_kernels.put_whole(
                out,
                ends,
                kept,
                column.numbers,
                column.valid,
                _WIDTHS[type_.kind],
                _SHIFTS.get(type_.kind, 0),
            )
    return out
