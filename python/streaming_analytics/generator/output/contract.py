"""The raw contract as Arrow schemas."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pyarrow as pa

from streaming_analytics.arrow_types import arrow_schema
from streaming_analytics.raw_contract import read_raw_contract

TIMESTAMP = pa.timestamp("ms", tz="UTC")

Schemas = Mapping[str, pa.Schema]


@cache
def raw_schemas(path: Path) -> Schemas:
    """Return the columns of each raw table of a contract's file, in its order.

    Left out are tables of codes: a generated platform has the shipped ones.
    """
    return {
        table.name: arrow_schema(table, TIMESTAMP)
        for table in read_raw_contract(path)
        if not table.has_default
    }


def as_delivered(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return rows in the contract's columns; what the platform lacks is NULL."""
    for field in schema:
        if field.name not in rows.column_names:
            rows = rows.append_column(field, pa.nulls(len(rows), field.type))
    return rows.select(schema.names)
