"""Arrow columns made from whole numpy arrays."""

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streaming_analytics.generator.arrow_functions import pc
from streaming_analytics.generator.catalogue import NEVER
from streaming_analytics.generator.contract import TIMESTAMP
from streaming_analytics.generator.timeline import DAY_SECONDS

Ints = NDArray[np.int64]

# Loads run at three in the morning (UTC).
LOAD_SECOND = 3 * 3_600
# Digits and lower-case letters without those that look alike.
_DIGITS = np.frombuffer(b"0123456789abcdefghjkmnpqrstvwxyz", dtype=np.uint8)
_PAIRS = np.stack([np.repeat(_DIGITS, 32), np.tile(_DIGITS, 32)], axis=1)
# What the keys of plays have digits for.
MOST_MONTHS = len(_DIGITS) ** 2
MOST_UNITS = len(_DIGITS) ** 3


def dates(days: Ints) -> pa.Array:
    """Return days since 1970-01-01 as dates, NEVER as NULL."""
    return pa.array(days.astype(np.int32), mask=days == NEVER).cast(pa.date32())


def timestamps(seconds: Ints) -> pa.Array:
    """Return seconds since 1970-01-01 as timestamps."""
    return pa.array(seconds * 1_000).view(TIMESTAMP)


def load_times(load_days: Ints) -> pa.Array:
    """Return the moment of the nightly load on each day."""
    return timestamps(load_days * DAY_SECONDS + LOAD_SECOND)


def decimals(units: Ints, precision: int, scale: int) -> pa.Array:
    """Return whole numbers of the smallest unit (cents) as exact decimals."""
    words = np.stack([units, units >> 63], axis=1).astype("<i8")
    return pa.Array.from_buffers(
        pa.decimal128(precision, scale), len(units), [None, pa.py_buffer(words)]
    )


def ids(prefix: str, *numbers: Ints) -> pa.Array:
    """Return keys such as u12 or b12-1-3."""
    texts = [pa.array(number).cast(pa.string()) for number in numbers]
    joined = pc.binary_join_element_wise(*texts, "-") if len(texts) > 1 else texts[0]
    return pc.binary_join_element_wise(prefix, joined, "")


def choices(labels: list[str] | pa.Array, index: NDArray) -> pa.DictionaryArray:
    """Return one of few labels per row, NULL where the index is negative."""
    values = labels if isinstance(labels, pa.Array) else pa.array(labels, pa.string())
    missing = index < 0
    codes = pa.array(index, mask=missing) if missing.any() else pa.array(index)
    return pa.DictionaryArray.from_arrays(codes, values)


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
