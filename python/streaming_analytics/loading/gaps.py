"""Optional columns that rows lack, and what of the marts is NULL for it."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from streaming_analytics.loading.cells import Text
from streaming_analytics.loading.checked import Checked
from streaming_analytics.loading.keys import Keys, hash_text
from streaming_analytics.raw_contract import RawTable


def count_gaps(table: RawTable, checked: Checked) -> dict[str, int]:
    """Return how many of the rows taken lack each column that marts make use of."""
    good = checked.good
    found: dict[str, int] = {}
    for place, column in enumerate(table.columns):
        if not column.rules.gives:
            continue
        lacking = ~checked.columns[place].valid[good]
        if column.rules.only_of and lacking.any():
            name, value = column.rules.only_of
            other = checked.columns[table.column_names.index(name)]
            assert isinstance(other, Text)
            lacking &= Keys([value]).find(hash_text(other))[good] >= 0
        if lacking.any():
            found[column.name] = int(np.count_nonzero(lacking))
    return found


def describe_gaps(
    gaps: Iterable[tuple[RawTable, Mapping[str, int]]],
) -> Iterator[str]:
    """Yield what stays NULL in which marts, by the column that rows lack."""
    lines = [
        f"  {table.name}.{name} is missing in {rows:,} rows: {column.rules.gives} "
        f"({', '.join(column.rules.marts)})"
        for table, counts in gaps
        for name, rows in counts.items()
        for column in (table.by_name[name],)
    ]
    if lines:
        yield "these have rows, and NULL where nobody can know:"
        yield from lines
