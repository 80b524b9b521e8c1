"""Which rows a sheet shows."""

from xml.etree.ElementTree import Element, SubElement

from streaming_analytics.bi.pages import Total, Visual
from streaming_analytics.bi.tableau.pills import Pill, qualified
from streaming_analytics.bi.tableau.source import Source


def top_filter(source: Source, pill: Pill, visual: Visual) -> Element:
    """Return a filter that keeps the largest.

    Raises:
        ValueError: They are the largest of something that does not add up.
    """
    ranked = visual.top_by or visual.value
    if not isinstance(ranked, Total):
        raise ValueError(f"{visual.name}: the largest are those of a column's total")
    local = source.locals[ranked.table, ranked.column]
    element = Element(
        "filter", {"class": "categorical", "column": qualified(source, pill)}
    )
    end = SubElement(
        element,
        "groupfilter",
        {
            "count": str(visual.top),
            "end": "top",
            "function": "end",
            "units": "records",
            "user:ui-marker": "end",
            "user:ui-top-by-field": "true",
        },
    )
    order = SubElement(
        end,
        "groupfilter",
        {
            "direction": "DESC",
            "expression": f"SUM({local})",
            "function": "order",
            "user:ui-marker": "order",
        },
    )
    _all_members(order, pill)
    return element


def shared_filter(source: Source, pill: Pill, group: int) -> Element:
    """Return a filter that lets all through, until a reader changes it.

    Args:
        source: The sheet's data source.
        pill: What is filtered.
        group: A number that all sheets have which follow the same choice.
    """
    element = Element(
        "filter",
        {
            "class": "categorical",
            "column": qualified(source, pill),
            "filter-group": str(group),
        },
    )
    _all_members(element, pill)
    return element


def only_filter(source: Source, pill: Pill) -> Element:
    """Return a filter that keeps what a boolean column says is true."""
    element = Element(
        "filter", {"class": "categorical", "column": qualified(source, pill)}
    )
    SubElement(
        element,
        "groupfilter",
        {
            "function": "member",
            "level": pill.name,
            "member": "true",
            "user:ui-domain": "database",
            "user:ui-enumeration": "inclusive",
            "user:ui-marker": "enumerate",
        },
    )
    return element


def _all_members(parent: Element, pill: Pill) -> None:
    SubElement(
        parent,
        "groupfilter",
        {
            "function": "level-members",
            "level": pill.name,
            "user:ui-enumeration": "all",
            "user:ui-marker": "enumerate",
        },
    )
