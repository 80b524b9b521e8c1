"""Where the boxes and lines of a diagram go, by Graphviz.

Every size is fixed here and no text is given to Graphviz, so that the result does
not depend on the fonts of the machine that draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from streaming_analytics.docs_site.diagram import Box, Diagram, Link
from streaming_analytics.errors import UserError

HEADER_HEIGHT = 40
ROW_HEIGHT = 20
# Room beside a box for the crow's foot, which is drawn straight.
FOOT = 22
# Where a column's name begins, right of the badge that says which key it is.
NAME_INDENT = 48
# More than this in one column, in pixels, is spread over two.
_TALL = 1100
# How wide rows of boxes without links may be, at least.
_ROW_WIDTH = 1200
_MARGIN = 24
_TITLE_HEIGHT = 56
_LETTER_WIDTH = 7.0
_SMALL_LETTER_WIDTH = 6.0
_HEADER_LETTER_WIDTH = 8.2

Point = tuple[float, float]


@dataclass(frozen=True)
class PlacedBox:
    """A box with its top left corner and size, in pixels."""

    box: Box
    x: float
    y: float
    width: float
    height: float

    def row_middle(self, column: str) -> float:
        """Return the y of the middle of a column's row."""
        place = [row.column for row in self.box.rows].index(column)
        return self.y + HEADER_HEIGHT + ROW_HEIGHT * (place + 0.5)


@dataclass(frozen=True)
class PlacedLink:
    """A line between a child's box and its parent's.

    Attributes:
        link: What it stands for.
        child_end: Where it touches the child.
        parent_end: Where it touches the parent.
        is_child_left: Whether it leaves the child to the right; else all is mirrored.
        curve: From left to right, beginning and ending `FOOT` pixels off the boxes: a
            start, then three points (two controls, an end) for each Bézier piece.
    """

    link: Link
    child_end: Point
    parent_end: Point
    is_child_left: bool
    curve: tuple[Point, ...]

    @property
    def left_end(self) -> Point:
        """Where the line touches the box on its left."""
        return self.child_end if self.is_child_left else self.parent_end

    @property
    def right_end(self) -> Point:
        """Where the line touches the box on its right."""
        return self.parent_end if self.is_child_left else self.child_end


@dataclass(frozen=True)
class Layout:
    """A diagram, placed."""

    diagram: Diagram
    width: float
    height: float
    boxes: tuple[PlacedBox, ...]
    links: tuple[PlacedLink, ...]


def place(diagram: Diagram) -> Layout:
    """Return where everything of `diagram` goes.

    Raises:
        UserError: pygraphviz, which carries Graphviz, is not installed.
    """
    try:
        import pygraphviz
    except ImportError as error:
        raise UserError(
            "drawing the ERD needs the package pygraphviz; install it with "
            "`pip install pygraphviz`"
        ) from error

    graph = pygraphviz.AGraph(
        directed=True,
        strict=False,
        rankdir="LR",
        nodesep="0.35",
        ranksep="0.9",
        splines="true",
    )
    widths = {box.table: _width(box) for box in diagram.boxes}
    joined = {table for link in diagram.links for table in (link.child, link.parent)}
    linked = [box for box in diagram.boxes if box.table in joined]
    for box in linked:
        graph.add_node(box.table, shape="plain", label=_cells(box, widths[box.table]))
    on_right = _on_right(diagram)
    for number, link in enumerate(diagram.links):
        ends = [
            (link.child, f"{link.child_column}:"),
            (link.parent, f"{link.parent_column}:"),
        ]
        if link.child in on_right:
            ends.reverse()
        (left, left_port), (right, right_port) = ends
        graph.add_edge(
            left,
            right,
            key=str(number),
            tailport=f"{left_port}e",
            headport=f"{right_port}w",
            arrowhead="none",
        )
    if linked:
        graph.layout("dot")
    width, height, boxes, links = _read(graph, diagram, linked, widths, on_right)
    loose = [box for box in diagram.boxes if box.table not in joined]
    width, height, others = _in_rows(loose, widths, width, height)
    return Layout(diagram, width, height, (*boxes, *others), links)


def _in_rows(
    loose: Sequence[Box], widths: dict[str, float], width: float, height: float
) -> tuple[float, float, list[PlacedBox]]:
    """Place boxes without links in rows below what takes `width` and `height`."""
    room = max(width, _ROW_WIDTH)
    placed: list[PlacedBox] = []
    x, y, tallest = float(_MARGIN), height, 0.0
    for box in sorted(loose, key=lambda box: (-_height(box), box.table)):
        if placed and x + widths[box.table] + _MARGIN > room:
            x, y, tallest = float(_MARGIN), y + tallest + _MARGIN, 0.0
        placed.append(PlacedBox(box, x, y, widths[box.table], _height(box)))
        x += widths[box.table] + _MARGIN
        tallest = max(tallest, _height(box))
        width = max(width, x)
    return width, y + tallest + _MARGIN if placed else height, placed


def _on_right(diagram: Diagram) -> set[str]:
    """Return tables to stand right of their parents, so that no column grows long.

    Only tables that nothing refers to and whose parents refer to nothing are moved,
    at most half of what would stand on the left.
    """
    parents = {link.parent for link in diagram.links}
    children = {link.child for link in diagram.links}
    heights = {
        box.table: _height(box)
        for box in diagram.boxes
        if box.table in children - parents
    }
    if sum(heights.values()) < _TALL:
        return set()
    inner = {link.child for link in diagram.links if link.parent in children}
    room = sum(heights.values()) / 2
    on_right = set()
    for table in sorted(heights, key=lambda name: (-heights[name], name)):
        if table not in inner and heights[table] <= room:
            on_right.add(table)
            room -= heights[table]
    return on_right


def _width(box: Box) -> float:
    """Return a width that holds every text of the box, in whole tens of pixels."""
    rows = [
        NAME_INDENT
        + _LETTER_WIDTH * len(row.column)
        + 16
        + _SMALL_LETTER_WIDTH * len(row.type_label)
        + 10
        for row in box.rows
    ]
    header = 24 + _HEADER_LETTER_WIDTH * len(box.table)
    return -(-max([header, 150, *rows]) // 10) * 10


def _height(box: Box) -> float:
    return HEADER_HEIGHT + ROW_HEIGHT * len(box.rows)


def _cells(box: Box, width: float) -> str:
    """Return Graphviz's table for a box: empty cells of fixed sizes, with ports."""
    wide = width + 2 * FOOT
    cells = [("", HEADER_HEIGHT)] + [(row.column, ROW_HEIGHT) for row in box.rows]
    rows = "".join(
        f'<TR><TD PORT="{port}" FIXEDSIZE="TRUE" WIDTH="{wide:.0f}" '
        f'HEIGHT="{height}"></TD></TR>'
        for port, height in cells
    )
    return (
        '<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
        f"{rows}</TABLE>>"
    )


def _read(
    graph: Any,
    diagram: Diagram,
    linked: Sequence[Box],
    widths: dict[str, float],
    on_right: set[str],
) -> tuple[float, float, tuple[PlacedBox, ...], tuple[PlacedLink, ...]]:
    """Return width, height, boxes and lines of what Graphviz laid out."""
    if not linked:
        return 0, _MARGIN + _TITLE_HEIGHT, (), ()
    centers = {
        node: _point(graph.get_node(node).attr["pos"])
        for node in (box.table for box in linked)
    }
    heights = {box.table: _height(box) for box in linked}
    curves = [
        [
            _point(text)
            for text in graph.get_edge(
                *(
                    (link.parent, link.child)
                    if link.child in on_right
                    else (link.child, link.parent)
                ),
                key=str(number),
            )
            .attr["pos"]
            .split()
        ]
        for number, link in enumerate(diagram.links)
    ]
    # Graphviz counts y from below, and a curve may bulge out of what the boxes span.
    xs = [x for curve in curves for x, _ in curve]
    ys = [y for curve in curves for _, y in curve]
    for table, (x, y) in centers.items():
        half = widths[table] / 2 + FOOT
        xs += [x - half, x + half]
        ys += [y - heights[table] / 2, y + heights[table] / 2]
    left, right, bottom, top = min(xs), max(xs), min(ys), max(ys)

    def moved(point: Point) -> Point:
        x, y = point
        return round(x - left + _MARGIN, 1), round(top - y + _MARGIN + _TITLE_HEIGHT, 1)

    boxes = {}
    for box in linked:
        x, y = moved(centers[box.table])
        boxes[box.table] = PlacedBox(
            box,
            round(x - widths[box.table] / 2, 1),
            round(y - heights[box.table] / 2, 1),
            widths[box.table],
            heights[box.table],
        )
    links = []
    for link, curve in zip(diagram.links, curves, strict=True):
        child, parent = boxes[link.child], boxes[link.parent]
        is_child_left = link.child not in on_right
        child_end = (
            child.x + (child.width if is_child_left else 0),
            child.row_middle(link.child_column),
        )
        parent_end = (
            parent.x + (0 if is_child_left else parent.width),
            parent.row_middle(link.parent_column),
        )
        left_end, right_end = (
            (child_end, parent_end) if is_child_left else (parent_end, child_end)
        )
        points = [moved(point) for point in curve]
        points[0] = (left_end[0] + FOOT, left_end[1])
        points[-1] = (right_end[0] - FOOT, right_end[1])
        links.append(
            PlacedLink(link, child_end, parent_end, is_child_left, tuple(points))
        )
    return (
        round(right - left + 2 * _MARGIN),
        round(top - bottom + 2 * _MARGIN + _TITLE_HEIGHT),
        tuple(boxes.values()),
        tuple(links),
    )


def _point(text: str) -> Point:
    x, y = text.split(",")[-2:]
    return float(x), float(y)
