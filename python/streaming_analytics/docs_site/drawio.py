"""Placed diagrams as one draw.io file, a page each, to be edited by hand."""

from collections.abc import Sequence
from html import escape as escape_html
from xml.etree import ElementTree

from streaming_analytics.docs_site.layout import (
    HEADER_HEIGHT,
    ROW_HEIGHT,
    Layout,
    PlacedBox,
    PlacedLink,
    Point,
)
from streaming_analytics.docs_site.svg import key_badge

_TABLE = (
    "swimlane;html=1;childLayout=stackLayout;horizontal=1;horizontalStack=0;"
    f"startSize={HEADER_HEIGHT};resizeParent=1;resizeParentMax=0;collapsible=0;"
    "marginBottom=0;rounded=1;arcSize=4;fontColor=#ffffff;fontSize=13;align=left;"
    "spacingLeft=10;swimlaneFillColor=#ffffff;"
)
_ROW = (
    "text;html=1;strokeColor=none;fillColor=none;align=left;verticalAlign=middle;"
    "spacingLeft=8;spacingRight=8;overflow=hidden;rotatable=0;fontSize=12;"
    "fontColor=#22303a;points=[[0,0.5],[1,0.5]];portConstraint=eastwest;"
)
_LINK = (
    "edgeStyle=none;curved=1;html=1;strokeColor=#5b6770;endFill=0;startFill=0;"
    "exitY=0.5;exitDx=0;exitDy=0;entryY=0.5;entryDx=0;entryDy=0;"
)
# Points per Bézier piece; draw.io bends its own curve through them.
_SAMPLES = 3


def to_drawio(layouts: Sequence[Layout]) -> str:
    """Return the file with a page for each diagram."""
    file = ElementTree.Element("mxfile", {"host": "streaming docs"})
    for layout in layouts:
        _page(file, layout)
    ElementTree.indent(file, " ")
    return ElementTree.tostring(file, encoding="unicode") + "\n"


def _page(file: ElementTree.Element, layout: Layout) -> None:
    name = layout.diagram.name
    page = ElementTree.SubElement(
        file, "diagram", {"id": name, "name": layout.diagram.title}
    )
    model = ElementTree.SubElement(
        page,
        "mxGraphModel",
        {
            "grid": "1",
            "gridSize": "10",
            "page": "0",
            "pageWidth": f"{layout.width:g}",
            "pageHeight": f"{layout.height:g}",
        },
    )
    root = ElementTree.SubElement(model, "root")
    ElementTree.SubElement(root, "mxCell", {"id": "0"})
    ElementTree.SubElement(root, "mxCell", {"id": "1", "parent": "0"})
    for box in layout.boxes:
        _table(root, box)
    for number, link in enumerate(layout.links):
        _link(root, link, number)


def _table(root: ElementTree.Element, placed: PlacedBox) -> None:
    box = placed.box
    dash = "dashed=1;" if box.is_guest else ""
    _cell(
        root,
        box.table,
        f"<b>{escape_html(box.table)}</b><br>"
        f'<font style="font-size: 11px">{escape_html(box.schema)}</font>',
        f"{_TABLE}{dash}fillColor={box.color};strokeColor={box.color};",
        "1",
        (placed.x, placed.y, placed.width, placed.height),
    )
    for place, row in enumerate(box.rows):
        badge = f"<b>{key_badge(row)}</b> " if key_badge(row) else ""
        _cell(
            root,
            row_id(box.table, row.column),
            f"{badge}{escape_html(row.column)} "
            f'<font color="#5b6770">{escape_html(row.type_label)}</font>',
            _ROW,
            box.table,
            (0, HEADER_HEIGHT + ROW_HEIGHT * place, placed.width, ROW_HEIGHT),
        )


def row_id(table: str, column: str) -> str:
    """Return the id of the cell that holds a column."""
    return f"{table}.{column}"


def _cell(
    root: ElementTree.Element,
    name: str,
    value: str,
    style: str,
    parent: str,
    rectangle: tuple[float, float, float, float],
) -> None:
    cell = ElementTree.SubElement(
        root,
        "mxCell",
        {"id": name, "value": value, "style": style, "vertex": "1", "parent": parent},
    )
    x, y, width, height = (f"{number:g}" for number in rectangle)
    ElementTree.SubElement(
        cell,
        "mxGeometry",
        {"x": x, "y": y, "width": width, "height": height, "as": "geometry"},
    )


def _link(root: ElementTree.Element, placed: PlacedLink, number: int) -> None:
    link = placed.link
    child = "ERzeroToOne" if link.is_single else "ERzeroToMany"
    parent = "ERzeroToOne" if link.is_optional else "ERmandOne"
    sides = "exitX=1;entryX=0;" if placed.is_child_left else "exitX=0;entryX=1;"
    cell = ElementTree.SubElement(
        root,
        "mxCell",
        {
            "id": f"link {number}",
            "style": f"{_LINK}{sides}startArrow={child};endArrow={parent};",
            "edge": "1",
            "parent": "1",
            "source": row_id(link.child, link.child_column),
            "target": row_id(link.parent, link.parent_column),
        },
    )
    geometry = ElementTree.SubElement(
        cell, "mxGeometry", {"relative": "1", "as": "geometry"}
    )
    points = ElementTree.SubElement(geometry, "Array", {"as": "points"})
    samples = _samples(placed.curve)
    for x, y in samples if placed.is_child_left else reversed(samples):
        ElementTree.SubElement(points, "mxPoint", {"x": f"{x:g}", "y": f"{y:g}"})


def _samples(curve: Sequence[Point]) -> list[Point]:
    """Return points along a Bézier curve, its ends included."""
    samples = [curve[0]]
    for place in range(0, len(curve) - 1, 3):
        first, *others = curve[place : place + 4]
        for step in range(1, _SAMPLES + 1):
            samples.append(_on_piece(first, *others, step / _SAMPLES))
    return samples


def _on_piece(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    """Return the point of a cubic Bézier piece at `t` from 0 to 1."""
    s = 1 - t
    weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
    return (
        round(sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)), 1),
        round(sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)), 1),
    )
