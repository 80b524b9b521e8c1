"""Reading Parquet files, in blocks of Arrow columns with the number of each row."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from streaming_analytics.errors import UserError
from streaming_analytics.loading.blocks import BLOCK_ROWS, Block, Options
from streaming_analytics.loading.headers import Header, match_header
from streaming_analytics.raw_contract import RawTable


class ParquetFile:
    """A Parquet file of a raw table."""

    def __init__(self, path: Path, table: RawTable, options: Options) -> None:
        """Read the schema.

        Raises:
            UserError: The columns are not the table's, or the file cannot be read.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _unreadable(path, error) from error
        self.header: Header = match_header(
            path, table, schema.names, ignore_unknown=options.ignore_unknown
        )
        self._names = {
            name: schema.names[place] for name, place in self.header.places.items()
        }
        for name, written in self._names.items():
            if pa.types.is_nested(schema.field(written).type):
                raise UserError(
                    f"{path}: column {written} is a {schema.field(written).type}; "
                    f"raw table {table.name} takes {table.by_name[name].type} there"
                )

    def blocks(self) -> Iterator[Block]:
        """Yield the rows.

        Raises:
            UserError: The file cannot be read.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(self.path, pre_buffer=False) as file:
                size = self.path.stat().st_size / max(file.metadata.num_rows, 1)
                number = 1
                for batch in file.iter_batches(
                    BLOCK_ROWS, columns=list(self._names.values())
                ):
                    if not batch.num_rows:
                        continue
                    yield Block(
                        self.path,
                        np.arange(number, number + batch.num_rows),
                        {n: batch.column(w) for n, w in self._names.items()},
                        np.zeros(batch.num_rows, np.uint8),
                        round(batch.num_rows * size),
                    )
                    number += batch.num_rows
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _unreadable(self.path, error) from error


def _unreadable(path: Path, error: Exception) -> UserError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return UserError(f"{path} cannot be read as Parquet: {reason}")
