"""What BI tools compute from a column whose values do not simply add up.

A ratio is a sum over a sum; what is counted at a time is its last value; what is
neither is shown where it stands alone and never averaged. The column behind a measure
is hidden.
"""

from dataclasses import dataclass
from enum import Enum

from streaming_analytics.mart_columns import Additivity, Column
from streaming_analytics.mart_contract import Mart


class Kind(Enum):
    """How a measure comes about."""

    RATIO = "ratio"
    TOTAL = "total"
    VALUE = "value"


@dataclass(frozen=True)
class Measure:
    """What a tool computes in place of a column.

    Attributes:
        mart: The table.
        column: What it stands for.
        kind: RATIO of the column's parts, TOTAL of the column, or its only VALUE.
        last_of: A date column: rows of its last value count.
        single: Columns that must have one value, or the measure is nothing.
    """

    mart: Mart
    column: Column
    kind: Kind
    last_of: str | None
    single: tuple[str, ...]


def is_measured(mart: Mart, column: Column) -> bool:
    """Return whether a measure takes the column's place.

    An attribute of a thing, such as the age of a membership, stays a column: each of
    its rows is one thing.
    """
    if not column.is_number or column.is_hidden or column.unit == "label":
        return False
    if column.name in mart.keys:
        return False
    if column.parts is not None or column.additivity is Additivity.SEMI_ADDITIVE:
        return True
    return mart.is_aggregate and column.additivity is Additivity.NONE


def measures_of(mart: Mart) -> tuple[Measure, ...]:
    """Return a mart's measures, in the order of its columns."""
    return tuple(
        _measure(mart, column)
        for column in mart.columns.values()
        if is_measured(mart, column)
    )


def _measure(mart: Mart, column: Column) -> Measure:
    if column.parts is not None:
        # A stock summed over time is exposure, as member-months are: what a rate is
        # of. Along other columns the rows hold the same things again.
        over = [
            name
            for part in (column.parts.numerator, column.parts.denominator)
            for used in part.names
            for name in mart.columns[used].over
        ]
        return Measure(mart, column, Kind.RATIO, None, _no_dates(mart, over))
    if column.additivity is Additivity.SEMI_ADDITIVE:
        dates = [name for name in column.over if mart.columns[name].kind == "date"]
        last_of = dates[0] if dates else None
        return Measure(mart, column, Kind.TOTAL, last_of, _no_dates(mart, column.over))
    return Measure(mart, column, Kind.VALUE, None, ())


def _no_dates(mart: Mart, names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(name for name in names if mart.columns[name].kind != "date")
    )
