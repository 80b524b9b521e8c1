"""Which foreign keys become relationships, and which of them are active.

Power BI filters along active relationships, from the table that is named to the table
that names it, and refuses two active ways between two tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from streaming_analytics.mart_contract import ForeignKey, Mart, MartContract


@dataclass(frozen=True)
class Relationship:
    """A key of `child` that names a row of `parent`; one column on each side."""

    child: str
    child_column: str
    parent: str
    parent_column: str
    is_active: bool


def relationships(marts: MartContract) -> list[Relationship]:
    """Return a relationship for each foreign key of one column.

    A key is made active when no way leads there already. Keys between dimensions come
    first, so that a filter on a region reaches plays through countries and users; then
    keys that go by the thing's own name, then dates and other roles. A date of a
    dimension, such as the sign-up, is a role and comes last.
    """
    keys = [
        (mart, key)
        for mart in marts
        for key in mart.foreign_keys
        if len(key.columns) == 1
    ]
    keys.sort(key=lambda pair: _order(*pair))
    active: list[tuple[str, str]] = []
    made = []
    for mart, key in keys:
        is_active = not _closes_a_loop(active, key.table, mart.name)
        if is_active:
            active.append((key.table, mart.name))
        made.append(
            Relationship(
                mart.name, key.columns[0], key.table, key.to_columns[0], is_active
            )
        )
    made.sort(key=lambda one: (one.child, one.child_column, one.parent))
    return made


def filters(made: Sequence[Relationship], source: str, target: str) -> bool:
    """Return whether a filter on `source` reaches `target`."""
    active = [(one.parent, one.child) for one in made if one.is_active]
    return source == target or target in _below(active, source)


def _order(mart: Mart, key: ForeignKey) -> tuple[int, int, str]:
    names_itself = key.columns == key.to_columns
    is_date = key.to_columns == ("date_day",)
    place = list(mart.foreign_keys).index(key)
    if mart.is_dimension:
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
