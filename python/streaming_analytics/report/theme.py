"""How charts look: colours that colour-blind readers tell apart, and plain axes."""

from collections.abc import Iterable
from typing import Any

from streaming_analytics.palette import ACCENT, INK, MUTED, RULE, SERIES

VERDICTS = {
    "invest": "#0a8060",
    "promote": "#0b6fa8",
    "improve": "#c4561a",
    "trim": "#7a3b69",
    "undecided": "#6f7883",
}

# One hue from paper to ink: order survives in grey and for every kind of eye.
HEAT = ("#f1eee6", "#bcd3e0", "#6fa5c6", "#2a74a3", "#0b4a72", "#082d47")

# Metric twins: what vl-convert brings, and what browsers have.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def region_colours(regions: Iterable[str]) -> dict[str, str]:
    """Return a colour for each region, by the order of their codes."""
    ordered = sorted(regions)
    return {code: SERIES[place % len(SERIES)] for place, code in enumerate(ordered)}


def series_colours(codes: Iterable[str]) -> dict[str, str]:
    """Return a colour for each series, in the order given."""
    return {code: SERIES[place % len(SERIES)] for place, code in enumerate(codes)}


def config() -> dict[str, Any]:
    """Return Vega-Lite's `config`."""
    return {
        "font": FONT,
        "background": "transparent",
        "padding": 2,
        "view": {"stroke": None},
        "axis": {
            "labelColor": MUTED,
            "labelFontSize": 12,
            "titleColor": MUTED,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "domainColor": RULE,
            "tickColor": RULE,
            "gridColor": "#e8e4da",
            "labelPadding": 5,
        },
        "axisX": {"grid": False},
        "axisY": {"domain": False, "ticks": False},
        "legend": {
            "labelColor": INK,
            "titleColor": MUTED,
            "titleFontWeight": "normal",
            "labelFontSize": 12,
        },
        "text": {"color": INK, "fontSize": 12},
        "bar": {"color": ACCENT},
    }
