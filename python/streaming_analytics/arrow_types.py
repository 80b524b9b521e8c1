"""The raw contract's types as Arrow's: one map for what is written and what is read."""

import re
from typing import TYPE_CHECKING

from streaming_analytics.raw_contract import RawTable

if TYPE_CHECKING:
    import pyarrow as pa

_NUMERIC = re.compile(r"numeric\((\d+), *(\d+)\)")


def arrow_schema(table: RawTable, timestamp: "pa.DataType") -> "pa.Schema":
    """Return the columns of a raw table, in the order of the contract.

    Args:
        table: Its columns and types.
        timestamp: The contract has no unit for moments: files are written in
            milliseconds of UTC, the server counts microseconds.

    Raises:
        KeyError: The contract names a type that is not in the map.
    """
    import pyarrow as pa

    return pa.schema(
        [(column.name, _arrow_type(column.type, timestamp)) for column in table.columns]
    )


def _arrow_type(kind: str, timestamp: "pa.DataType") -> "pa.DataType":
    import pyarrow as pa

    numeric = _NUMERIC.fullmatch(kind)
    if numeric:
        return pa.decimal128(int(numeric[1]), int(numeric[2]))
    return {
        "string": pa.string(),
        "integer": pa.int32(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": timestamp,
    }[kind]
