"""The bytes that COPY reads, from a CSV or a Parquet file."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from streaming_analytics.arrow_types import arrow_schema
from streaming_analytics.errors import UserError
from streaming_analytics.raw_contract import RawTable

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK_BYTES = 1 << 20
_BATCH_ROWS = 1 << 16


def csv_blocks(
    path: Path, table: RawTable, advance: Callable[[int], None]
) -> Iterator[bytes]:
    """Yield a file as CSV blocks for COPY, with the header line first.

    `advance` is told how many bytes of the file were read.

    Raises:
        UserError: A Parquet file cannot be read, or lacks a column or a type of the
            contract.
    """
    if path.suffix == ".parquet":
        return _read_ahead(_parquet_blocks(path, table, advance))
    return _file_blocks(path, table, advance)


def _file_blocks(
    path: Path, table: RawTable, advance: Callable[[int], None]
) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block
            advance(len(block))


def _read_ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Prepare the next block in a thread while the server takes in the last one."""

    def prepare() -> bytes | None:
        return next(blocks, None)

    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(prepare)
        while (block := coming.result()) is not None:
            coming = thread.submit(prepare)
            yield block


def _parquet_blocks(
    path: Path, table: RawTable, advance: Callable[[int], None]
) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    schema = arrow_schema(table, pa.timestamp("us"))
    # Quotes every string and no NULL, which is how COPY tells "" from NULL.
    options = pyarrow.csv.WriteOptions(
        include_header=False, quoting_style="needed", batch_size=_BATCH_ROWS
    )
    yield (",".join(table.column_names) + "\n").encode()
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            _check_columns(path, table, file.schema_arrow.names)
            rows = max(file.metadata.num_rows, 1)
            bytes_per_row = path.stat().st_size / rows
            for batch in file.iter_batches(_BATCH_ROWS, columns=schema.names):
                block = io.BytesIO()
                typed = _cast(path, batch, schema)
                pyarrow.csv.write_csv(typed, block, options)
                yield block.getvalue()
                advance(round(batch.num_rows * bytes_per_row))
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} cannot be read as Parquet: {reason}") from error


def _check_columns(path: Path, table: RawTable, names: list[str]) -> None:
    missing = [name for name in table.column_names if name not in names]
    unknown = [name for name in names if name not in table.column_names]
    if missing or unknown:
        details = [f"missing {', '.join(missing)}"] if missing else []
        details += [f"unknown {', '.join(unknown)}"] if unknown else []
        raise UserError(
            f"{path}: the columns are not those of raw table {table.name}: "
            + "; ".join(details)
        )


def _cast(path: Path, batch: "pa.RecordBatch", schema: "pa.Schema") -> "pa.RecordBatch":
    import pyarrow as pa

    columns = []
    for field in schema:
        try:
            column = batch.column(field.name)
            if pa.types.is_decimal(field.type) and pa.types.is_integer(column.type):
                # Arrow asks for room for any integer, not for those at hand.
                column = column.cast(pa.decimal128(38, field.type.scale))
            columns.append(column.cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"{path}: column {field.name} does not fit {field.type}: {reason}"
            ) from error
    return pa.RecordBatch.from_arrays(columns, schema=schema)
