"""What an entity-relationship diagram shows: boxes with rows, and links."""

from dataclasses import dataclass

from streaming_analytics.mart_contract import Column, ForeignKey, Mart, MartContract

# Every table with a date refers to it; in the diagram of everything its lines would
# hide all others.
_CALENDAR = "dim_dates"


@dataclass(frozen=True)
class Row:
    """One column as drawn; `type_label` is short, such as `date, optional`."""

    column: str
    type_label: str
    is_primary: bool
    is_foreign: bool


@dataclass(frozen=True)
class Box:
    """One table as drawn. `is_guest` when it belongs to another area."""

    table: str
    schema: str
    color: str
    rows: tuple[Row, ...]
    is_guest: bool


@dataclass(frozen=True)
class Link:
    """A foreign key: many rows of `child` name one row of `parent`.

    Attributes:
        child: Table with the key.
        child_column: Its first column.
        parent: Table that is named.
        parent_column: Its first column.
        is_optional: Whether the key may be NULL.
        is_single: Whether at most one row of `child` names the same row.
    """

    child: str
    child_column: str
    parent: str
    parent_column: str
    is_optional: bool
    is_single: bool


@dataclass(frozen=True)
class Diagram:
    """One picture. `note` says what it leaves out, or is empty."""

    name: str
    title: str
    note: str
    boxes: tuple[Box, ...]
    links: tuple[Link, ...]


def diagrams(marts: MartContract) -> list[Diagram]:
    """Return the diagram of all tables, then one for each area."""
    return [_everything(marts)] + [_area(marts, schema) for schema in marts.schemas]


def _everything(marts: MartContract) -> Diagram:
    links = [
        _link(mart, key)
        for mart in marts
        for key in mart.foreign_keys
        if key.table != _CALENDAR
    ]
    return Diagram(
        name="all",
        title="All marts",
        note=(
            f"Keys only. Dates refer to {_CALENDAR}, which has no lines here. Tables "
            "without lines stand below. The diagrams by area show every column."
        ),
        boxes=tuple(
            _box(mart, set(mart.primary_key) | _key_columns(mart)) for mart in marts
        ),
        links=tuple(links),
    )


def _area(marts: MartContract, schema: str) -> Diagram:
    own = marts.of_schema(schema)
    links = [_link(mart, key) for mart in own for key in mart.foreign_keys]
    names = {mart.name for mart in own}
    guests = [
        marts[name]
        for name in dict.fromkeys(link.parent for link in links)
        if name not in names
    ]
    named = {(link.parent, link.parent_column) for link in links}
    boxes = [_box(mart, set(mart.columns)) for mart in own]
    boxes += [
        _box(
            mart,
            {column for table, column in named if table == mart.name},
            is_guest=True,
        )
        for mart in guests
    ]
    return Diagram(
        name=schema,
        title=schema,
        note="Tables of other areas show the columns that are referred to."
        if guests
        else "",
        boxes=tuple(boxes),
        links=tuple(links),
    )


def _key_columns(mart: Mart) -> set[str]:
    return {column for key in mart.foreign_keys for column in key.columns}


def _box(mart: Mart, shown: set[str], *, is_guest: bool = False) -> Box:
    foreign = _key_columns(mart)
    return Box(
        table=mart.name,
        schema=mart.schema,
        color=mart.color,
        rows=tuple(
            Row(
                column.name,
                _type_label(mart, column),
                column.name in mart.primary_key,
                column.name in foreign,
            )
            for column in mart.columns.values()
            if column.name in shown
        ),
        is_guest=is_guest,
    )


def _type_label(mart: Mart, column: Column) -> str:
    optional = column.name in _key_columns(mart) and not column.is_required
    return f"{column.data_type}, optional" if optional else column.data_type


def _link(mart: Mart, key: ForeignKey) -> Link:
    return Link(
        child=mart.name,
        child_column=key.columns[0],
        parent=key.table,
        parent_column=key.to_columns[0],
        is_optional=not all(mart.columns[name].is_required for name in key.columns),
        is_single=set(key.columns) == set(mart.primary_key),
    )
