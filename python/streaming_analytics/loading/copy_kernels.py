"""Columns to PostgreSQL's binary COPY format: one compiled pass per column."""

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.loading.native import native


@native
def _put_16(out, at, value):
    out[at] = (value >> 8) & 0xFF
    out[at + 1] = value & 0xFF


@native
def _put_32(out, at, value):
    for byte in range(4):
        out[at + byte] = (value >> (24 - 8 * byte)) & 0xFF


@native
def put_counts(out: NDArray[np.uint8], ends: NDArray[np.int64], columns: int) -> None:
    """Begin each row with its number of columns, and move `ends` behind it."""
    for row in range(len(ends)):
        _put_16(out, ends[row], columns)
        ends[row] += 2


@native
def put_text(
    out: NDArray[np.uint8],
    ends: NDArray[np.int64],
    kept: NDArray[np.int64],
    offsets: NDArray[np.int32],
    data: NDArray[np.uint8],
    valid: NDArray[np.bool_],
) -> None:
    """Append the strings of the kept rows."""
    for place in range(len(kept)):
        row = kept[place]
        at = ends[place]
        if not valid[row]:
            _put_32(out, at, -1)
            ends[place] = at + 4
            continue
        begin, end = offsets[row], offsets[row + 1]
        _put_32(out, at, end - begin)
        at += 4
        for byte in range(begin, end):
            out[at] = data[byte]
            at += 1
        ends[place] = at


@native
def put_whole(
    out: NDArray[np.uint8],
    ends: NDArray[np.int64],
    kept: NDArray[np.int64],
    values: NDArray[np.int64],
    valid: NDArray[np.bool_],
    width: int,
    shift: int,
) -> None:
    """Append whole numbers of `width` bytes, after subtracting `shift`."""
    for place in range(len(kept)):
        row = kept[place]
        at = ends[place]
        if not valid[row]:
            _put_32(out, at, -1)
            ends[place] = at + 4
            continue
        _put_32(out, at, width)
        value = values[row] - shift
        for byte in range(width):
            out[at + 4 + byte] = (value >> (8 * (width - 1 - byte))) & 0xFF
        ends[place] = at + 4 + width


@native
def decimal_sizes(
    values: NDArray[np.int64], valid: NDArray[np.bool_], scale: int
) -> NDArray[np.int64]:
    """Return the bytes of each decimal without its length."""
    sizes = np.zeros(len(values), np.int64)
    padding = 10 ** ((4 - scale % 4) % 4)
    for row in range(len(values)):
        if valid[row]:
            value = abs(values[row]) * padding
            groups = 0
            while value > 0:
                value //= 10_000
                groups += 1
            sizes[row] = 8 + 2 * groups
    return sizes


@native
def put_decimals(
    out: NDArray[np.uint8],
    ends: NDArray[np.int64],
    kept: NDArray[np.int64],
    values: NDArray[np.int64],
    valid: NDArray[np.bool_],
    scale: int,
) -> None:
    """Append decimals, whose values are times 10^scale: groups of four digits."""
    padding = 10 ** ((4 - scale % 4) % 4)
    below = (scale + 3) // 4
    groups = np.zeros(8, np.int64)
    for place in range(len(kept)):
        row = kept[place]
        at = ends[place]
        if not valid[row]:
            _put_32(out, at, -1)
            ends[place] = at + 4
            continue
        value = abs(values[row]) * padding
        count = 0
        while value > 0:
            groups[count] = value % 10_000
            value //= 10_000
            count += 1
        _put_32(out, at, 8 + 2 * count)
        _put_16(out, at + 4, count)
        _put_16(out, at + 6, count - below - 1 if count else 0)
        _put_16(out, at + 8, 0x4000 if values[row] < 0 else 0)
        _put_16(out, at + 10, scale)
        at += 12
        for group in range(count):
            _put_16(out, at, groups[count - 1 - group])
            at += 2
        ends[place] = at
