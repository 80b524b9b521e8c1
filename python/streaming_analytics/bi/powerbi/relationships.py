"""Which foreign keys become relationships, and which way filters go along them.

Power BI filters along active relationships, from the table that is named to the table
that names it, and refuses two active ways between two tables. A key that would make a
second way becomes no relationship, unless a metric falls into days by it: a measure
then asks for it by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from streaming_analytics.bi.metrics import Aggregate, Metrics
from streaming_analytics.mart_contract import ForeignKey, Mart, MartContract


@dataclass(frozen=True)
class Relationship:
    """A key of `child` that names a row of `parent`; one column on each side.

    Attributes:
        child: The table that names.
        child_column: Its key.
        parent: The table that is named.
        parent_column: Its key.
        is_active: Whether filters go along it without being asked to.
        is_both_ways: Whether a filter on the child reaches the parent, too.
    """

    child: str
    child_column: str
    parent: str
    parent_column: str
    is_active: bool
    is_both_ways: bool = False


def relationships(contract: MartContract, metrics: Metrics) -> list[Relationship]:
    """Return the relationships of the marts.

    A key is made active when no way leads there already. Bridges come first, so that a
    filter on a genre reaches the titles and whatever names a title; then keys between
    dimensions, so that a filter on a region reaches plays through countries and users;
    then keys that go by the thing's own name, then dates and other roles. A date of a
    dimension, such as the sign-up, is a role and comes last.
    """
    keys = [
        (mart, key)
        for mart in contract
        for key in mart.foreign_keys
        if len(key.columns) == 1
    ]
    keys.sort(key=lambda pair: _order(*pair))
    asked_for = _dates_of(metrics)
    active: list[tuple[str, str]] = []
    made = []
    for mart, key in keys:
        is_active = not _closes_a_loop(active, key.table, mart.name)
        if not is_active and (mart.name, key.columns[0]) not in asked_for:
            continue
        # The other side of a bridge only filters: its rows stay each on its own.
        is_both_ways = is_active and _is_far_side(mart, key)
        if is_active:
            active.append((key.table, mart.name))
        if is_both_ways:
            active.append((mart.name, key.table))
        made.append(
            Relationship(
                mart.name,
                key.columns[0],
                key.table,
                key.to_columns[0],
                is_active,
                is_both_ways,
            )
        )
    made.sort(key=lambda one: (one.child, one.child_column, one.parent))
    return made


def _dates_of(metrics: Metrics) -> frozenset[tuple[str, str]]:
    """Return the tables and columns by which metrics fall into days."""
    return frozenset(
        (metric.definition.table, metric.definition.dated_by)
        for metric in metrics.by_name.values()
        if isinstance(metric.definition, Aggregate)
        and metric.definition.dated_by is not None
    )


def _is_far_side(mart: Mart, key: ForeignKey) -> bool:
    """Return whether a bridge's key names what facts name, its first column."""
    return mart.is_bridge and key.columns[0] == mart.primary_key[0]


def filters(made: Sequence[Relationship], source: str, target: str) -> bool:
    """Return whether a filter on `source` reaches `target`."""
    active = [(one.parent, one.child) for one in made if one.is_active]
    active += [(one.child, one.parent) for one in made if one.is_both_ways]
    return source == target or target in _below(active, source)


def _order(mart: Mart, key: ForeignKey) -> tuple[int, int, str]:
    names_itself = key.columns == key.to_columns
    is_date = key.to_columns == ("date_day",)
    place = list(mart.foreign_keys).index(key)
    if mart.is_bridge:
        rank = -1
    elif mart.is_dimension:
        # A chain of dimensions: the nearest one first, so that regions reach users
        # through countries and not beside them.
        rank = 3 if is_date or not names_itself else 0
    else:
        rank = 1 if names_itself else 2
    return rank, place, mart.name


def _closes_a_loop(active: Sequence[tuple[str, str]], parent: str, child: str) -> bool:
    """Return whether a further way from `parent` to `child` would give two of them."""
    sources = {parent} | {one for one, _ in active if parent in _below(active, one)}
    targets = {child} | _below(active, child)
    return any(
        target == source or target in _below(active, source)
        for source in sources
        for target in targets
    )


def _below(active: Sequence[tuple[str, str]], table: str) -> set[str]:
    """Return every table that filters on `table` reach."""
    found: set[str] = set()
    waiting = [table]
    while waiting:
        current = waiting.pop()
        for one, other in active:
            if one == current and other not in found:
                found.add(other)
                waiting.append(other)
    return found
