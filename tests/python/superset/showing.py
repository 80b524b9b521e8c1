"""What a reader's browser gets from Superset: the charts' numbers, and pictures."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from browsing import find_chromium
from playwright import sync_api

from streaming_analytics.bi.pages import Mark, Page, Visual
from streaming_analytics.bi.superset.datasets import name_of

from .server import USER, Superset

_WIDTH, _HEIGHT = 1400, 1000
_MILLISECONDS = 60_000
# Charts grow into place.
_MOVING = 2_000

Cells = dict[tuple[Any, ...], float | None]


@dataclass(frozen=True)
class Shown:
    """A dashboard as a browser shows it.

    Attributes:
        picture: A PNG of the whole page.
        answers: What the server answered to each chart, by its number.
    """

    picture: bytes
    answers: dict[int, dict[str, Any]]


def shown(server: Superset, pages: tuple[Page, ...]) -> dict[str, Shown]:
    """Open each page's dashboard, and return what came by the page's name."""
    found = {}
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox"]
        )
        try:
            context = browser.new_context(viewport={"width": _WIDTH, "height": _HEIGHT})
            tab = context.new_page()
            tab.set_default_timeout(_MILLISECONDS)
            tab.goto(f"{server.address}/login/")
            tab.fill("#username", USER)
            tab.fill("#password", server.password)
            tab.keyboard.press("Enter")
            tab.wait_for_url("**/welcome/**")
            for page in pages:
                found[page.name] = _opened(context.new_page(), server, page)
        finally:
            browser.close()
    return found


def _opened(tab: sync_api.Page, server: Superset, page: Page) -> Shown:
    answers = {}

    def hear(answer: sync_api.Response) -> None:
        if "/api/v1/chart/data" in answer.url:
            asked = answer.request.post_data_json or {}
            # A filter asks for its choices the same way, and is no chart.
            number = asked.get("form_data", {}).get("slice_id")
            if number is not None:
                answers[number] = answer.json()

    tab.on("response", hear)
    tab.set_default_timeout(_MILLISECONDS)
    slug = page.name.replace("_", "-")
    tab.goto(f"{server.address}/superset/dashboard/{slug}/?standalone=1")
    tab.wait_for_load_state("networkidle")
    tab.wait_for_timeout(_MOVING)
    picture = tab.screenshot(full_page=True)
    tab.close()
    return Shown(picture, answers)


def cells(visual: Visual, answer: dict[str, Any]) -> Cells:
    """Return a chart's numbers by what they are split by, and in a table by name."""
    result = answer["result"][0]
    first = visual.rows[0]
    found: Cells = {}
    for row in result["data"]:
        if visual.mark is Mark.TABLE:
            texts = tuple(row[field.column] for field in visual.rows)
            for value in visual.beside:
                found[*texts, name_of(value)] = row[name_of(value)]
            continue
        at = row[first.column]
        if first.by_month:
            at = datetime.fromtimestamp(at / 1000, UTC).date()
        for name, value in row.items():
            if visual.series is not None and name != first.column:
                found[at, name] = value
            elif name.startswith(("measure_", "metric_", "sum_")):
                found[(at,)] = value
    return found
