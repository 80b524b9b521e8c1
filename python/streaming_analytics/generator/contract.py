"""The raw contract as Arrow schemas."""

import re
from functools import cache

import pyarrow as pa

from streaming_analytics.project import find_project
from streaming_analytics.raw_contract import read_raw_contract

TIMESTAMP = pa.timestamp("ms", tz="UTC")
_TYPES = {
    "string": pa.string(),
    "integer": pa.int32(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": TIMESTAMP,
}
_NUMERIC = re.compile(r"numeric\((\d+), (\d+)\)")


@cache
def raw_schemas() -> dict[str, pa.Schema]:
    """Return the columns of each raw table, in the order of the contract."""
    return {
        table.name: pa.schema(
            [(column.name, _arrow_type(column.type)) for column in table.columns]
        )
        for table in read_raw_contract(find_project().raw_contract)
    }


def _arrow_type(kind: str) -> pa.DataType:
    numeric = _NUMERIC.fullmatch(kind)
    if numeric:
        return pa.decimal128(int(numeric[1]), int(numeric[2]))
    return _TYPES[kind]
