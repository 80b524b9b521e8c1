"""Where visuals lie on a page and on a phone, and what is said of them."""

from collections.abc import Sequence
from typing import Any

from streaming_analytics.bi.pages import Mark, Visual

SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric"
REPORT = f"{SCHEMAS}/item/report/definition"
WIDTH, HEIGHT = 1280, 800
TITLE_HEIGHT = 90
GAP = 12

Json = dict[str, Any]

_DRAWN = {
    Mark.BAR: "A bar for each, the largest first.",
    Mark.COLUMN: "A column for each, in their own order.",
    Mark.LINE: "A line over months.",
    Mark.TABLE: "A table of texts.",
}
# A phone's page is as wide as this, whatever the page's own width.
_PHONE_WIDTH = 324
_PHONE_HEIGHTS = {"title": 90, "region": 150}
_PHONE_VISUAL = 280


def in_words(visual: Visual) -> str:
    """Return what a reader who cannot see the visual is told."""
    return f"{visual.title}. {_DRAWN[visual.mark]}"


def alternative_text(words: str) -> Json:
    """Return the alternative text of a visual."""
    escaped = words.replace("'", "''")
    return {"general": [{"properties": {"altText": literal(f"'{escaped}'")}}]}


def on_a_phone(order: int, names: Sequence[str]) -> Json:
    """Return where a visual lies on a phone: all below each other, in their order.

    Args:
        order: The visual's place among those of its page.
        names: Of all of them.
    """
    heights = [_PHONE_HEIGHTS.get(name, _PHONE_VISUAL) for name in names]
    return {
        "$schema": f"{REPORT}/visualContainerMobileState/2.4.0/schema.json",
        "position": {
            "x": 0,
            "y": sum(heights[:order]) + GAP * order,
            "z": order * 1000,
            "width": _PHONE_WIDTH,
            "height": heights[order],
            "tabOrder": order * 1000,
        },
    }


def places_of(count: int, left: int) -> list[Json]:
    """Return where so many visuals go, two in a row, right of `left` pixels."""
    lines = -(-count // 2)
    width = (WIDTH - left - 3 * GAP) / 2
    height = (HEIGHT - TITLE_HEIGHT - (lines + 1) * GAP) / lines
    places = []
    for number in range(count):
        is_alone = number == count - 1 and count % 2 == 1
        places.append(
            {
                "x": round(left + GAP + number % 2 * (width + GAP)),
                "y": round(TITLE_HEIGHT + GAP + number // 2 * (height + GAP)),
                "width": round(2 * width + GAP if is_alone else width),
                "height": round(height),
            }
        )
    return places


def literal(value: str) -> Json:
    """Return a value as the format writes it."""
    return {"expr": {"Literal": {"Value": value}}}
