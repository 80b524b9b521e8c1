"""Charts as Vega for the page, and as PDF and SVG for paper."""

import json
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert

from streaming_analytics.report.marts import Marts
from streaming_analytics.report.panels.panel import Panel, Row
from streaming_analytics.report.theme import config
from streaming_analytics.whole_files import write_whole


def vega(panel: Panel, marts: Marts) -> dict[str, Any]:
    """Return the chart as Vega that fits its container; its data are named `rows`."""
    specification = _vega_lite(panel, marts, "container", panel.height)
    return vl_convert.vegalite_to_vega(specification)


def pdf(panel: Panel, marts: Marts, rows: list[Row], width: int, height: int) -> bytes:
    """Return the chart as a PDF page of its size in pixels.

    A PDF and not an SVG: it carries its fonts, so that the report looks the same on a
    machine without any.
    """
    specification = _vega_lite(panel, marts, width, height)
    # Beside what a chart brings along, such as the heading of a column.
    own = specification.get("datasets", {})
    specification["datasets"] = own | {"rows": rows}
    return vl_convert.vegalite_to_pdf(specification)


def _vega_lite(
    panel: Panel, marts: Marts, width: int | str, height: int
) -> dict[str, Any]:
    return _of_any_size(panel, marts) | {"width": width, "height": height}


@lru_cache
def _of_any_size(panel: Panel, marts: Marts) -> dict[str, Any]:
    """Return the chart as Vega-Lite: the same for the page and for paper."""
    # Whether it is Vega-Lite is seen when it is compiled, and by the tests.
    specification = panel.chart(marts).to_dict(validate=False)
    specification["config"] = config()
    # Fitted anew when the region changes, and the labels of the axes with it.
    specification["autosize"] = {"type": "fit", "contains": "padding", "resize": True}
    return specification


def load_compiler() -> None:
    """Load what makes Vega of Vega-Lite, which the first chart would wait for."""
    vl_convert.vegalite_to_vega({"mark": "point", "data": {"values": []}})


def runtime(cache: Path) -> str:
    """Return Vega as one script that sets `window.vegaEmbed`.

    It takes seconds to make and is the same for one version of vl-convert, so it is
    kept in the folder `cache`.
    """
    kept = cache / f"vega-embed-{version('vl-convert-python')}.js"
    if not kept.exists():
        script = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
        write_whole(kept, script)
    return kept.read_text(encoding="utf-8")


def as_script(value: Any) -> str:
    """Return JSON that may stand in a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Whatever a browser reads into "<" in a script: "</script", "<!--", "<script".
    return text.replace("<", "\\u003c")
