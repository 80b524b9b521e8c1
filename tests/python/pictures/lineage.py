"""Where a mart comes from and what uses it, drawn from dbt's manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from streaming_analytics.errors import UserError

_LETTER_WIDTH = 7.1
_HEIGHT = 32
_MARGIN = 26
_TITLE = 66
_INCH = 72
_INK, _RAW, _USED = "#22303a", "#4a5560", "#0b5c8a"
_STYLE = """
  text { font-family: Helvetica, Arial, 'Liberation Sans', sans-serif }
  .title { font-size: 20px; font-weight: bold; fill: #22303a }
  .note { font-size: 12.5px; fill: #5b6770 }
  .node { font-size: 12.5px }
  .link { fill: none; stroke: #9aa7b2; stroke-width: 1.3 }
"""


@dataclass(frozen=True)
class _Node:
    """A thing on the way: its text and its colour; raw tables are outlines."""

    label: str
    colour: str
    is_raw: bool


def lineage_svg(manifest: Mapping[str, Any], mart: str) -> str:
    """Return a picture of all that leads to `mart` and of what people see it in.

    Calendars are left out: nearly everything reads them. So are links that another
    way already shows.

    Raises:
        UserError: There is no such mart, or pygraphviz is not installed.
    """
    try:
        import pygraphviz
    except ImportError as error:
        raise UserError(
            "drawing the lineage needs the package pygraphviz; install it with "
            "`pip install pygraphviz`"
        ) from error

    nodes, links = _around(manifest, mart)
    graph = pygraphviz.AGraph(
        directed=True,
        nodesep="0.2",
        ranksep="0.32",
        splines="true",
    )
    for name, node in nodes.items():
        graph.add_node(
            name,
            shape="box",
            fixedsize="true",
            label="",
            width=str((_LETTER_WIDTH * len(node.label) + 24) / _INCH),
            height=str(_HEIGHT / _INCH),
        )
    for child, parents in sorted(links.items()):
        for parent in sorted(parents):
            graph.add_edge(parent, child, arrowhead="none")
    graph.tred()
    graph.layout("dot")
    return _drawn(graph, nodes, mart)


def _around(
    manifest: Mapping[str, Any], mart: str
) -> tuple[dict[str, _Node], dict[str, set[str]]]:
    everything = manifest["nodes"] | manifest["sources"]
    top = next((k for k in manifest["nodes"] if k.endswith(f".{mart}")), None)
    if top is None:
        raise UserError(f"there is no mart {mart} to draw the lineage of")
    nodes: dict[str, _Node] = {}
    links: dict[str, set[str]] = {}
    waiting = [top]
    while waiting:
        name = waiting.pop()
        if name in nodes or ".util_" in name or name not in everything:
            continue
        nodes[name] = _node(everything[name])
        parents = everything[name].get("depends_on", {}).get("nodes", [])
        links[name] = {p for p in parents if ".util_" not in p and p in everything}
        waiting += links[name]
    for name, exposure in manifest["exposures"].items():
        if top in exposure["depends_on"]["nodes"]:
            nodes[name] = _Node(exposure["label"] or exposure["name"], _USED, False)
            links[name] = {top}
    return nodes, links


def _node(found: Mapping[str, Any]) -> _Node:
    if found["resource_type"] == "model":
        docs = found.get("docs") or found["config"].get("docs", {})
        return _Node(found["name"], docs.get("node_color") or _RAW, False)
    return _Node(found["name"], _RAW, True)


def _legible_on(colour: str) -> str:
    """Return ink or white, whichever stands out more from `colour` (as #rrggbb)."""
    red, green, blue = (
        (int(colour[place : place + 2], 16) / 255) ** 2.2 for place in (1, 3, 5)
    )
    # WCAG's relative luminance; between the two lies 0.18.
    is_light = 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.22
    return _INK if is_light else "#ffffff"


def _drawn(graph: Any, nodes: Mapping[str, _Node], mart: str) -> str:
    # Graphviz counts upwards from the lower left, in points.
    left, bottom, right, top = map(float, graph.graph_attr["bb"].split(","))
    width = right - left + 2 * _MARGIN
    height = top - bottom + _TITLE + 2 * _MARGIN

    def at(text: str) -> tuple[float, float]:
        x, y = map(float, text.split(","))
        return round(x - left + _MARGIN, 1), round(top - y + _TITLE + _MARGIN, 1)

    title = f"Where {mart} comes from"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" aria-labelledby="title">',
        f'<title id="title">{escape(title)}</title>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        f'<text class="title" x="{_MARGIN}" y="38">{escape(title)}</text>',
        f'<text class="note" x="{_MARGIN}" y="60">Outlined: raw tables and reference '
        "data. Grey: staging. Light blue: steps. Then the marts, and what "
        "people open. Calendars left out.</text>",
    ]
    for edge in graph.edges():
        points = [at(point) for point in edge.attr["pos"].split(" ")]
        curve = " ".join(f"{x:g},{y:g}" for x, y in points[1:])
        x, y = points[0]
        parts.append(f'<path class="link" d="M{x:g},{y:g}C{curve}"/>')
    for name, node in nodes.items():
        x, y = at(graph.get_node(name).attr["pos"])
        across = _LETTER_WIDTH * len(node.label) + 24
        fill = "#ffffff" if node.is_raw else node.colour
        parts.append(
            f'<rect x="{x - across / 2:g}" y="{y - _HEIGHT / 2:g}" width="{across:g}" '
            f'height="{_HEIGHT}" rx="5" fill="{fill}" stroke="{node.colour}"/>'
            f'<text class="node" fill="{_legible_on(fill)}" x="{x:g}" '
            f'y="{y + 4.5:g}" text-anchor="middle">{escape(node.label)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])
