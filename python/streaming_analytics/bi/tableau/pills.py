"""Fields as a sheet's shelves hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from streaming_analytics.bi.pages import Field, Measured, MetricValue, Total, Value
from streaming_analytics.bi.server import Server
from streaming_analytics.bi.tableau.source import Source, measure_name
from streaming_analytics.bi.tableau.xml import datasource


@dataclass(frozen=True)
class Pill:
    """A field as a shelf holds it: an instance of a column."""

    column: str
    derivation: str
    name: str
    kind: str


def split(source: Source, field: Field) -> Pill:
    """Return a column that a sheet is split by."""
    local = source.locals[field.table, field.column]
    if field.by_month:
        return Pill(local, "Month-Trunc", f"[tmn:{local[1:-1]}:qk]", "quantitative")
    return Pill(local, "None", f"[none:{local[1:-1]}:nk]", "nominal")


def value_pill(source: Source, value: Value) -> Pill:
    """Return a value that a sheet measures."""
    if isinstance(value, Total):
        local = source.locals[value.table, value.column]
        return Pill(local, "Sum", f"[sum:{local[1:-1]}:qk]", "quantitative")
    name = calculation_name(value)
    return Pill(f"[{name}]", "User", f"[usr:{name}:qk]", "quantitative")


def calculation_name(value: Measured | MetricValue) -> str:
    """Return the name of the calculated field that a value stands for."""
    if isinstance(value, Measured):
        return measure_name(value.table, value.column)
    return f"metric_{value.metric}"


def qualified(source: Source, pill: Pill) -> str:
    """Return a field's name as sheets and dashboards refer to it."""
    return f"[{source.name}].{pill.name}"


def dependencies(source: Source, pills: Sequence[Pill]) -> Element:
    """Return the columns that a sheet uses, and their instances."""
    element = Element("datasource-dependencies", {"datasource": source.name})
    whole = {
        column.get("name"): column
        for column in datasource(source, Server()).findall("column")
    }
    needed = dict.fromkeys(pill.column for pill in pills)
    for calculation in source.calculations:
        if f"[{calculation.name}]" in needed:
            needed |= dict.fromkeys(_fields_in(source, calculation.formula))
    # A metric made of metrics needs the columns of those, too.
    for name in list(needed):
        for calculation in source.calculations:
            if name == f"[{calculation.name}]":
                needed |= dict.fromkeys(_fields_in(source, calculation.formula))
    for name in sorted(needed):
        element.append(whole[name])
    instances = {pill.name: pill for pill in pills}
    for name, pill in sorted(instances.items()):
        SubElement(
            element,
            "column-instance",
            {
                "column": pill.column,
                "derivation": pill.derivation,
                "name": name,
                "pivot": "key",
                "type": pill.kind,
            },
        )
    return element


def _fields_in(source: Source, formula: str) -> list[str]:
    names = [
        *source.locals.values(),
        *(f"[{calculation.name}]" for calculation in source.calculations),
    ]
    return [name for name in names if name in formula]
