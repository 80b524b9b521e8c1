"""Captions that name one thing each."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from streaming_analytics.bi.measures import is_measured, measures_of
from streaming_analytics.bi.metrics import Aggregate, Metric
from streaming_analytics.bi.naming import column_caption, table_caption
from streaming_analytics.mart_contract import Mart

Place = tuple[str, str]


@dataclass(frozen=True)
class Captions:
    """Captions by table and column.

    Attributes:
        columns: Of every column.
        measures: Of the columns that a measure takes the place of.
        hidden: The columns that readers do not see.
    """

    columns: Mapping[Place, str]
    measures: Mapping[Place, str]
    hidden: frozenset[Place]


def captions(
    tables: Sequence[Mart],
    metrics: Collection[Metric],
    linked: Collection[Place],
    *,
    in_one_list: bool,
) -> Captions:
    """Return the captions of some tables' columns and measures.

    A metric keeps its label. Whatever else is called so carries its table's name, and
    the column that the metric only sums is hidden behind it.

    Args:
        tables: What the file holds.
        metrics: Those that it shows.
        linked: Keys to a table beside them, which stand for nothing of their own.
        in_one_list: Whether readers see the fields of all tables in one list.
    """
    labels = {metric.label.lower() for metric in metrics}
    summed = {
        (definition.table, definition.column): metric.label
        for metric in metrics
        if isinstance(definition := metric.definition, Aggregate)
        and definition.column is not None
        and definition.how == "sum"
        and not definition.conditions
        and not definition.is_negated
    }
    measured = [(mart, one.column) for mart in tables for one in measures_of(mart)]
    often = Counter(column_caption(column).lower() for _, column in measured)
    plain = {
        column_caption(column).lower()
        for mart in tables
        for column in mart.columns.values()
        if not is_measured(mart, column)
    }
    measures: dict[Place, str] = {}
    for mart, column in measured:
        text = column_caption(column)
        if text.lower() in labels | plain or often[text.lower()] > 1:
            text = f"{text} ({table_caption(mart)})"
        measures[mart.name, column.name] = text

    taken = labels | {text.lower() for text in measures.values()}
    columns: dict[Place, str] = {}
    hidden: set[Place] = set()
    for mart in tables:
        for column in mart.columns.values():
            place = (mart.name, column.name)
            text = column_caption(column)
            behind = is_measured(mart, column) or (
                summed.get(place, "").lower() == text.lower()
            )
            if behind:
                text = f"{text} (stored)"
            elif text.lower() in taken:
                text = f"{text} ({table_caption(mart)})"
            if behind or column.is_hidden or place in linked:
                hidden.add(place)
            columns[place] = text
    if in_one_list:
        by_name = {mart.name: mart for mart in tables}
        often = Counter(text.lower() for text in columns.values())
        columns = {
            (table, column): f"{text} ({table_caption(by_name[table])})"
            if often[text.lower()] > 1
            else text
            for (table, column), text in columns.items()
        }
    return Captions(columns, measures, frozenset(hidden))
