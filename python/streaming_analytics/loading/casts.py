"""From columns as they were delivered to the contract's types, with reasons.

Text goes through compiled readers of ISO 8601 and numbers, whatever file it came from.
Typed Parquet columns that hold exactly what the contract asks for are taken as they
are, and all others as the text that they would be in a CSV file.
"""

import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from streaming_analytics.errors import UserError
from streaming_analytics.loading import cast_kernels
from streaming_analytics.loading.cells import Column, Text, Values
from streaming_analytics.loading.reasons import Reason

if TYPE_CHECKING:
    import pyarrow as pa

Reasons = NDArray[np.uint8]
# Text, or an Arrow array of a Parquet file.
Delivered = "Text | pa.Array"

_NUMERIC = re.compile(r"numeric\((\d+), ?(\d+)\)")
_DAY_MICROSECONDS = 86_400_000_000
# Moments of the years 1 to 9999.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896


@dataclass(frozen=True)
class Type:
    """A type of the contract; `scale` and the limits are those of numbers."""

    kind: str
    scale: int = 0
    least: int = 0
    greatest: int = 0


def type_of(name: str) -> Type:
    """Return what the contract's name of a type means.

    Raises:
        ValueError: The contract names a type that cannot be loaded.
    """
    numeric = _NUMERIC.fullmatch(name)
    if numeric:
        precision, scale = int(numeric[1]), int(numeric[2])
        if precision > 16:
            raise ValueError(f"{name}: at most 16 digits can be loaded")
        return Type("numeric", scale, 1 - 10**precision, 10**precision - 1)
    if name == "integer":
        return Type("integer", 0, -(2**31), 2**31 - 1)
    if name in ("string", "boolean", "date", "timestamp"):
        return Type(name)
    raise ValueError(f"there is no type {name} for raw columns")


def cast(
    cells: "Text | pa.Array", type_: Type, *, assume_utc: bool
) -> tuple[Column, Reasons]:
    """Return a column in its type and, by row, why the value is none or was changed.

    Raises:
        UserError: An Arrow type that no text stands for, such as a list.
    """
    if isinstance(cells, Text):
        return _from_text(cells, type_, assume_utc=assume_utc)
    taken = _as_it_is(cells, type_, assume_utc=assume_utc)
    if taken is not None:
        return taken
    return _from_text(text_of(cells), type_, assume_utc=assume_utc)


def _from_text(text: Text, type_: Type, *, assume_utc: bool) -> tuple[Column, Reasons]:
    parts = text.offsets, text.data, text.valid
    if type_.kind == "string":
        return text, np.zeros(len(text.valid), np.uint8)
    if type_.kind == "boolean":
        values, there, reasons = cast_kernels.booleans(*parts)
    elif type_.kind == "date":
        values, there, reasons = cast_kernels.days(*parts)
    elif type_.kind == "timestamp":
        values, there, reasons = cast_kernels.moments(*parts, assume_utc)
    else:
        limits = type_.scale, type_.least, type_.greatest
        values, there, reasons = cast_kernels.numbers(*parts, *limits)
    return Values(values, there), reasons


def _as_it_is(
    array: "pa.Array", type_: Type, *, assume_utc: bool
) -> tuple[Values, Reasons] | None:
    import pyarrow as pa

    types, found = pa.types, array.type
    rows = len(array)
    none = np.zeros(rows, np.uint8)
    if type_.kind == "integer" and types.is_integer(found) and found != pa.uint64():
        numbers, valid = _numbers(array, pa.int64())
        beyond = (numbers < type_.least) | (numbers > type_.greatest)
        return Values(numbers, valid), np.where(beyond, Reason.TOO_LARGE, none)
    if type_.kind == "boolean" and types.is_boolean(found):
        return Values(*_numbers(array.cast(pa.int8()), pa.int64())), none
    if type_.kind == "date" and types.is_date32(found):
        days, valid = _numbers(array.cast(pa.int32()), pa.int64())
        beyond = (days < _FIRST_DAY) | (days > _LAST_DAY)
        return Values(days, valid), np.where(beyond, Reason.NO_SUCH_DAY, none)
    if type_.kind == "timestamp" and types.is_timestamp(found):
        return _moments(array, assume_utc=assume_utc)
    if (
        type_.kind == "numeric"
        and types.is_decimal128(found)
        and found.scale == type_.scale
        and found.precision <= 18
    ):
        # The lower half of a decimal that needs no more is the whole number.
        halves = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset :]
        valid = ~np.asarray(array.is_null())
        numbers = np.where(valid, halves[: 2 * rows : 2], 0)
        beyond = (numbers < type_.least) | (numbers > type_.greatest)
        return Values(numbers, valid), np.where(beyond, Reason.TOO_LARGE, none)
    return None


def _numbers(
    array: "pa.Array", type_: "pa.DataType"
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    valid = (
        ~np.asarray(array.is_null()) if array.null_count else np.ones(len(array), bool)
    )
    filled = array.cast(type_)
    if array.null_count:
        filled = filled.fill_null(0)
    return np.asarray(filled), valid


_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def _moments(array: "pa.Array", *, assume_utc: bool) -> tuple[Values, Reasons]:
    import pyarrow as pa

    numbers, valid = _numbers(array.cast(pa.int64()), pa.int64())
    reasons = np.zeros(len(array), np.uint8)
    per_second = _PER_SECOND[array.type.unit]
    if per_second > 1_000_000:
        micros = numbers // 1_000
        reasons[(micros * 1_000 != numbers) & valid] = Reason.CUT_TO_MICROSECONDS
    else:
        each = 1_000_000 // per_second
        limit = _LAST_DAY * _DAY_MICROSECONDS // each
        reasons[(np.abs(numbers) > limit) & valid] = Reason.NO_SUCH_DAY
        micros = np.where(np.abs(numbers) > limit, 0, numbers) * each
    if array.type.tz is None and not assume_utc:
        reasons[valid] = Reason.NO_OFFSET
    return Values(micros, valid), reasons


def text_of(array: "pa.Array") -> Text:
    """Return an Arrow array as the text that it would be in a CSV file.

    Raises:
        UserError: An Arrow type that no text stands for, such as a list.
    """
    import pyarrow as pa

    pc: Any = import_module("pyarrow.compute")

    types = pa.types
    if types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if types.is_floating(array.type):
        # pandas has no other way to say that a number is missing.
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
        whole = pc.and_(pc.equal(array, pc.floor(array)), pc.less(pc.abs(array), 1e15))
        if pc.all(whole).as_py():
            array = array.cast(pa.int64())
    elif types.is_timestamp(array.type):
        zone = "Z" if array.type.tz else ""
        array = pc.strftime(array, f"%Y-%m-%dT%H:%M:%S{zone}")
    elif types.is_date(array.type):
        array = array.cast(pa.timestamp("s"), safe=False)
        array = pc.strftime(array, "%Y-%m-%d")
    try:
        return Text.from_arrow(array.cast(pa.string()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UserError(f"a column of type {array.type} cannot be loaded") from error
