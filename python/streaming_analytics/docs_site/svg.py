"""A placed diagram as SVG."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from streaming_analytics.docs_site.diagram import Link, Row
from streaming_analytics.docs_site.layout import (
    HEADER_HEIGHT,
    NAME_INDENT,
    ROW_HEIGHT,
    Layout,
    PlacedBox,
    PlacedLink,
    Point,
)

_STYLE = """
  text { font-family: Helvetica, Arial, 'Liberation Sans', sans-serif; fill: #22303a }
  .title { font-size: 20px; font-weight: bold }
  .note { font-size: 12px; fill: #5b6770 }
  .table { font-size: 13px; font-weight: bold; fill: #ffffff }
  .schema { font-size: 11px; fill: #ffffff; fill-opacity: .85 }
  .column { font-size: 12px }
  .key { font-weight: bold }
  .type { font-size: 10.5px; fill: #5b6770; text-anchor: end }
  .badge { font-size: 9px; font-weight: bold; fill: #5b6770 }
  .link { fill: none; stroke: #5b6770; stroke-width: 1.3 }
  .foot { fill: #ffffff; stroke: #5b6770; stroke-width: 1.3 }
"""


def to_svg(layout: Layout) -> str:
    """Return the picture; it needs no font, script or file from elsewhere."""
    diagram = layout.diagram
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{layout.width:g}" '
        f'height="{layout.height:g}" viewBox="0 0 {layout.width:g} {layout.height:g}" '
        'role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(diagram.title)}</title>',
        f'<desc id="desc">Entity-relationship diagram of {len(diagram.boxes)} tables '
        f"and {len(diagram.links)} foreign keys. {escape(diagram.note)}</desc>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{layout.width:g}" height="{layout.height:g}" fill="#ffffff"/>',
        f'<text class="title" x="24" y="34">{escape(diagram.title)}</text>',
        f'<text class="note" x="24" y="54">{escape(diagram.note)}</text>',
    ]
    parts += [_line(link) for link in layout.links]
    parts += [part for box in layout.boxes for part in _box(box)]
    parts += [_child_foot(link) for link in layout.links]
    parts += _parent_feet(layout.links)
    return "\n".join([*parts, "</svg>", ""])


def key_badge(row: Row) -> str:
    """Return which keys the column is part of, such as `PK FK`."""
    keys = (("PK", row.is_primary), ("FK", row.is_foreign))
    return " ".join(name for name, is_part in keys if is_part)


def _box(placed: PlacedBox) -> list[str]:
    box = placed.box
    x, y, width, height = placed.x, placed.y, placed.width, placed.height
    dash = ' stroke-dasharray="5 3"' if box.is_guest else ""
    parts = [
        f'<g><rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5" '
        f'fill="#ffffff"/>',
        f'<path d="M{x:g} {y + HEADER_HEIGHT:g}v-{HEADER_HEIGHT - 5}q0-5 5-5'
        f'h{width - 10:g}q5 0 5 5v{HEADER_HEIGHT - 5}z" fill="{box.color}"/>',
        f'<text class="table" x="{x + 10:g}" y="{y + 17:g}">{escape(box.table)}</text>',
        f'<text class="schema" x="{x + 10:g}" y="{y + 32:g}">'
        f"{escape(box.schema)}</text>",
    ]
    for place, row in enumerate(box.rows):
        top = y + HEADER_HEIGHT + ROW_HEIGHT * place
        if place % 2:
            last = place == len(box.rows) - 1
            parts.append(
                f'<rect x="{x + 1:g}" y="{top:g}" width="{width - 2:g}" '
                f'height="{ROW_HEIGHT - (4 if last else 0)}" fill="#f3f5f6"/>'
            )
        badge = key_badge(row)
        if badge:
            parts.append(
                f'<text class="badge" x="{x + 10:g}" y="{top + 14:g}">{badge}</text>'
            )
        key = " key" if row.is_primary else ""
        parts.append(
            f'<text class="column{key}" x="{x + NAME_INDENT:g}" y="{top + 14:g}">'
            f"{escape(row.column)}</text>"
            f'<text class="type" x="{x + width - 9:g}" y="{top + 14:g}">'
            f"{escape(row.type_label)}</text>"
        )
    parts.append(
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5" '
        f'fill="none" stroke="{box.color}" stroke-width="1.4"{dash}/></g>'
    )
    return parts


def _line(placed: PlacedLink) -> str:
    (x, y), *points = placed.curve
    pieces = " ".join(f"{px:g},{py:g}" for px, py in points)
    start, end = placed.left_end, placed.right_end
    return (
        f'<path class="link" d="M{start[0]:g},{start[1]:g}L{x:g},{y:g}C{pieces}'
        f'L{end[0]:g},{end[1]:g}"/>'
    )


def _child_foot(placed: PlacedLink) -> str:
    """Return zero or many at the child's end, or zero or one."""
    x, y = placed.child_end
    out = 1 if placed.is_child_left else -1
    if placed.link.is_single:
        many = f"M{x + 7 * out:g},{y - 5:g}v10"
    else:
        many = f"M{x:g},{y - 5:g}L{x + 10 * out:g},{y:g}L{x:g},{y + 5:g}"
    return (
        f'<circle class="foot" cx="{x + 14 * out:g}" cy="{y:g}" r="3.5"/>'
        f'<path class="link" d="{many}"/>'
    )


def _parent_feet(links: Sequence[PlacedLink]) -> Iterator[str]:
    """Yield one sign for each place that lines end at: one, or zero or one.

    Where optional and required keys meet, the sign says "one" alone; the child's row
    says which are optional.
    """
    ends: dict[tuple[Point, int], list[Link]] = {}
    for placed in links:
        out = -1 if placed.is_child_left else 1
        ends.setdefault((placed.parent_end, out), []).append(placed.link)
    for ((x, y), out), arriving in ends.items():
        yield f'<path class="link" d="M{x + 6 * out:g},{y - 5:g}v10"/>'
        if all(link.is_optional for link in arriving):
            yield f'<circle class="foot" cx="{x + 13 * out:g}" cy="{y:g}" r="3.5"/>'
        elif not any(link.is_optional for link in arriving):
            yield f'<path class="link" d="M{x + 11 * out:g},{y - 5:g}v10"/>'
