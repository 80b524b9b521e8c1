"""Keys of plays: characters written whole arrays at a time."""

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

# Digits and lower-case letters without those that look alike.
_DIGITS = np.frombuffer(b"0123456789abcdefghjkmnpqrstvwxyz", dtype=np.uint8)
_PAIRS = np.stack([np.repeat(_DIGITS, 32), np.tile(_DIGITS, 32)], axis=1)
# What the keys of plays have digits for.
MOST_MONTHS = len(_DIGITS) ** 2
MOST_UNITS = len(_DIGITS) ** 3


def play_ids(unit: int, month: int, count: int) -> pa.Array:
    """Return p, month (2 digits to base 32), unit (3) and row (4) as fixed width keys.

    Args:
        unit: Number of the unit block.
        month: Months since the platform's first.
        count: Rows of the unit and month.
    """
    size = 1 << max(count - 1, 1).bit_length()
    text = _numbered_rows(size)[:count].copy()
    prefix = np.array(
        [ord("p"), *_PAIRS[month], _DIGITS[unit >> 10], *_PAIRS[unit & 1023]],
        dtype=np.uint8,
    )
    text[:, :3] = prefix.view("<u2")
    offsets = pa.py_buffer(_offsets(size)).slice(0, 4 * (count + 1))
    return pa.Array.from_buffers(
        pa.string(), count, [None, offsets, pa.py_buffer(text)]
    )


@cache
def _numbered_rows(size: int) -> NDArray[np.uint16]:
    """Return ten characters per row as five pairs, the last two counting the rows."""
    pairs = _PAIRS.reshape(-1).view("<u2")
    text = np.zeros((size, 5), dtype="<u2")
    number = np.arange(size)
    text[:, 3], text[:, 4] = pairs[number >> 10], pairs[number & 1_023]
    return text


@cache
def _offsets(size: int) -> NDArray[np.int32]:
    """Return where each of the keys begins, and where the last ends."""
    return np.arange(size + 1, dtype=np.int32) * 10
