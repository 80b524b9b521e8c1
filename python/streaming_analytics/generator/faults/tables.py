"""The faults of how a table is delivered."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from streaming_analytics.generator.faults.edits import written
from streaming_analytics.generator.faults.kinds import (
    Known,
    Numbered,
    Row,
    TableFault,
)

# Rows among which the next one to be delivered is drawn.
_WAITING = 5_000
_STALE_DAYS = 2


def _out_of_order(
    rows: Numbered, rng: np.random.Generator, _: Known
) -> Iterator[tuple[int, Row]]:
    waiting: list[tuple[int, Row]] = []
    for numbered in rows:
        waiting.append(numbered)
        if len(waiting) > _WAITING:
            yield waiting.pop(int(rng.integers(len(waiting))))
    rng.shuffle(waiting)
    yield from waiting


def _stale(
    rows: Numbered, _: np.random.Generator, known: Known
) -> Iterator[tuple[int, Row]]:
    last = datetime.fromisoformat(known.last_load) - timedelta(days=_STALE_DAYS)
    limit = written(last)
    return ((number, row) for number, row in rows if row["loaded_at"] <= limit)


TABLE_FAULTS = {
    "out_of_order": TableFault(
        5, "plays are delivered in another order", "viewing", _out_of_order
    ),
    "stale_source": TableFault(
        59, "the plays of the last two loads are missing", "viewing", _stale
    ),
}
