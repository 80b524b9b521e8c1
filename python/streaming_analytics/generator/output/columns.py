"""Arrow columns made from whole numpy arrays."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from streaming_analytics.generator.output.arrow_functions import pc
from streaming_analytics.generator.output.contract import TIMESTAMP
from streaming_analytics.generator.world.calendar import DAY_SECONDS, NEVER

Ints = NDArray[np.int64]

# Loads run at three in the morning (UTC).
LOAD_SECOND = 3 * 3_600


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
