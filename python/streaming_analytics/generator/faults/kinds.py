"""Kinds of faults: of single rows, of a table's delivery, of a file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from streaming_analytics.generator.faults.known import Known

Row = dict[str, str]
# Takes a row, a uniform number and what is known of the platform; returns what is
# delivered in the row's place. The row itself, unchanged, where it cannot be befallen.
Edit = Callable[[Row, float, Known], list[Row]]
# Rows of a file with their numbers, counted from 1.
Numbered = Iterable[tuple[int, Row]]
Delivery = Callable[[Numbered, np.random.Generator, Known], Iterator[tuple[int, Row]]]
Damage = Callable[[bytes], bytes]


@dataclass(frozen=True)
class RowFault:
    """A fault of single rows of a table.

    Attributes:
        number: Row of the fault catalogue.
        what: What is injected, in a line.
        table: Raw table it befalls.
        rate: Share of its rows, unless another is asked for.
        edit: What becomes of such a row.
        takes_along: Tables of which the rows with the same key do not arrive.
    """

    number: int
    what: str
    table: str
    rate: float
    edit: Edit
    takes_along: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableFault:
    """A fault of how all rows of a table are delivered."""

    number: int
    what: str
    table: str
    deliver: Delivery


@dataclass(frozen=True)
class FileFault:
    """A fault of a whole file: the last one of a table."""

    number: int
    what: str
    table: str
    damage: Damage
