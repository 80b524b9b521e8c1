"""Dashboards: where sheets lie, and how they act on one another."""

from xml.etree.ElementTree import Element, SubElement

from streaming_analytics.bi.pages import PAGES, REGION, Page, knows_regions
from streaming_analytics.bi.tableau.pills import dependencies, qualified, split
from streaming_analytics.bi.tableau.source import Source
from streaming_analytics.bi.tableau.xml import simple_id

_WIDTH, _HEIGHT = 1280, 860
# Zones are measured in hundred-thousandths of the dashboard.
_WHOLE = 100_000
_TITLE_HEIGHT = 9_000
_FILTER_WIDTH = 22_000
# Quick filters with this number follow one choice.
REGION_GROUP = 1


def filtered_source(page: Page, sources: dict[str, Source]) -> Source | None:
    """Return the data source whose regions a page's filter offers.

    A filter reaches the sheets of one data source. Where a page has several, a region
    that is chosen in one sheet filters the others by an action.
    """
    used = {visual.table for visual in page.visuals}
    return sources[used.pop()] if len(used) == 1 and knows_regions(page) else None


def actions(sources: dict[str, Source]) -> Element:
    """Return what happens to the other sheets when a reader chooses in one.

    Pages that know regions are filtered by what is chosen; on the others, whose sheets
    show the same things, it is highlighted.
    """
    element = Element("actions")
    for page in PAGES:
        first = page.visuals[0]
        target = {"target": page.title}
        if knows_regions(page):
            command, parameters = "tsc:tsl-filter", {"special-fields": "all"} | target
        else:
            field = first.rows[0]
            names = sources[first.table].captions.columns
            caption = names[field.table, field.column]
            command, parameters = "tsc:brush", {"field-captions": caption} | target
        action = SubElement(
            element,
            "action",
            {"caption": f"Choose on {page.title}", "name": f"[choose_{page.name}]"},
        )
        SubElement(action, "activation", {"auto-clear": "true", "type": "on-select"})
        SubElement(action, "source", {"dashboard": page.title, "type": "sheet"})
        told = SubElement(action, "command", {"command": command})
        for name, value in parameters.items():
            SubElement(told, "param", {"name": name, "value": value})
    return element


def dashboard(page: Page, sources: dict[str, Source]) -> Element:
    """Return a page's dashboard."""
    offered = filtered_source(page, sources)
    element = Element("dashboard", {"name": page.title})
    SubElement(element, "style")
    size = {"maxheight": _HEIGHT, "maxwidth": _WIDTH}
    size |= {"minheight": _HEIGHT, "minwidth": _WIDTH}
    SubElement(element, "size", {name: str(value) for name, value in size.items()})
    if offered is not None:
        used = SubElement(element, "datasources")
        name = {"caption": offered.caption, "name": offered.name}
        SubElement(used, "datasource", name)
        element.append(dependencies(offered, [split(offered, REGION)]))
    zones = SubElement(element, "zones")
    whole = SubElement(
        zones, "zone", _zone(1, (0, 0, _WHOLE, _WHOLE)) | {"type-v2": "layout-basic"}
    )
    width = _WHOLE if offered is None else _WHOLE - _FILTER_WIDTH
    title = SubElement(
        whole, "zone", _zone(2, (0, 0, width, _TITLE_HEIGHT)) | {"type-v2": "text"}
    )
    text = SubElement(title, "formatted-text")
    run = SubElement(text, "run", {"bold": "true", "fontsize": "18"})
    run.text = page.title
    SubElement(text, "run").text = "Æ\n"
    SubElement(text, "run", {"fontsize": "11"}).text = page.subtitle
    for number, (visual, place) in enumerate(
        zip(page.visuals, _places(len(page.visuals)), strict=True), start=3
    ):
        SubElement(whole, "zone", _zone(number, place) | {"name": visual.title})
    if offered is not None:
        place = (width, 0, _FILTER_WIDTH, _TITLE_HEIGHT)
        SubElement(
            whole,
            "zone",
            _zone(len(page.visuals) + 3, place)
            | {
                "mode": "checkdropdown",
                "name": page.visuals[0].title,
                "param": qualified(offered, split(offered, REGION)),
                "type-v2": "filter",
            },
        )
    element.append(simple_id("dashboard", page.name))
    return element


def _places(count: int) -> list[tuple[int, int, int, int]]:
    """Return x, y, width and height for so many visuals, two in a row."""
    lines = -(-count // 2)
    height = (_WHOLE - _TITLE_HEIGHT) // lines
    places = []
    for number in range(count):
        y = _TITLE_HEIGHT + number // 2 * height
        is_alone = number == count - 1 and count % 2
        width = _WHOLE if is_alone else _WHOLE // 2
        places.append((number % 2 * _WHOLE // 2, y, width, height))
    return places


def _zone(number: int, place: tuple[int, int, int, int]) -> dict[str, str]:
    x, y, width, height = (str(value) for value in place)
    return {"h": height, "id": str(number), "w": width, "x": x, "y": y}


def dashboard_window(page: Page) -> Element:
    """Return how a dashboard is opened."""
    attributes = {"class": "dashboard", "name": page.title}
    if page is PAGES[0]:
        attributes["maximized"] = "true"
    window = Element("window", attributes)
    viewpoints = SubElement(window, "viewpoints")
    for visual in page.visuals:
        viewpoint = SubElement(viewpoints, "viewpoint", {"name": visual.title})
        SubElement(viewpoint, "zoom", {"type": "entire-view"})
    SubElement(window, "active", {"id": "-1"})
    window.append(simple_id("dashboard window", page.name))
    return window
