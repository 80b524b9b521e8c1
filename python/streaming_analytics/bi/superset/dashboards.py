"""Dashboards: where charts lie, and the filter that they share."""

from streaming_analytics.bi.pages import REGION, Mark, Page, Visual, knows_regions
from streaming_analytics.bi.superset.charts import SCHEME, chart_uuid
from streaming_analytics.bi.superset.datasets import (
    VERSION,
    Dataset,
    Yaml,
    made_uuid,
)

_COLUMNS = 12
_CHART_HEIGHT = 50
_TEXT_HEIGHT = 10


def dashboard(page: Page, datasets: dict[str, Dataset]) -> Yaml:
    """Return a dashboard as the bundle holds it."""
    return {
        "dashboard_title": page.title,
        "description": page.subtitle,
        "css": "",
        "slug": page.name.replace("_", "-"),
        "uuid": made_uuid("dashboard", page.name),
        "position": _position(page),
        "metadata": {
            "color_scheme": SCHEME,
            "cross_filters_enabled": True,
            "native_filter_configuration": _filters(page, datasets),
        },
        "published": True,
        "version": VERSION,
    }


def _position(page: Page) -> Yaml:
    """Return the layout: a line of text, then the lines of charts."""
    text = "MARKDOWN-subtitle"
    layout: Yaml = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {
            "type": "HEADER",
            "id": "HEADER_ID",
            "meta": {"text": page.title},
        },
    }
    rows = [_row("subtitle", [text])]
    layout[text] = {
        "type": "MARKDOWN",
        "id": text,
        "children": [],
        "meta": {"code": page.subtitle, "width": _COLUMNS, "height": _TEXT_HEIGHT},
    }
    place = 0
    for number, pair in enumerate(_lines(page)):
        ids = []
        for visual in pair:
            place += 1
            name = f"CHART-{visual.name}"
            ids.append(name)
            layout[name] = {
                "type": "CHART",
                "id": name,
                "children": [],
                "meta": {
                    # Superset puts its own number in the place of this one.
                    "chartId": place,
                    "sliceName": visual.title,
                    "uuid": chart_uuid(visual),
                    "width": _COLUMNS // len(pair),
                    "height": _CHART_HEIGHT,
                },
            }
        rows.append(_row(str(number), ids))
    layout |= {row["id"]: row for row in rows}
    children = [row["id"] for row in rows]
    layout["GRID_ID"] = {
        "type": "GRID",
        "id": "GRID_ID",
        "children": children,
        "parents": ["ROOT_ID"],
    }
    for row in rows:
        row["parents"] = ["ROOT_ID", "GRID_ID"]
        for child in row["children"]:
            layout[child]["parents"] = ["ROOT_ID", "GRID_ID", row["id"]]
    return layout


def _lines(page: Page) -> list[list[Visual]]:
    """Return a page's visuals, two to a line; a table has a line of its own."""
    lines: list[list[Visual]] = []
    for visual in page.visuals:
        is_room = lines and len(lines[-1]) == 1
        if is_room and Mark.TABLE not in (lines[-1][0].mark, visual.mark):
            lines[-1].append(visual)
        else:
            lines.append([visual])
    return lines


def _row(name: str, children: list[str]) -> Yaml:
    return {
        "type": "ROW",
        "id": f"ROW-{name}",
        "children": children,
        "meta": {"background": "BACKGROUND_TRANSPARENT"},
    }


def _filters(page: Page, datasets: dict[str, Dataset]) -> list[Yaml]:
    """Return the filter by region, where each chart of the page knows regions."""
    tables = [visual.table for visual in page.visuals]
    if not knows_regions(page):
        return []
    return [
        {
            "id": "NATIVE_FILTER-region",
            "type": "NATIVE_FILTER",
            "name": "Region",
            "description": "",
            "filterType": "filter_select",
            "targets": [
                {
                    "column": {"name": REGION.column},
                    "datasetUuid": datasets[tables[0]].uuid,
                }
            ],
            "controlValues": {
                "multiSelect": True,
                "enableEmptyFilter": False,
                "defaultToFirstItem": False,
                "inverseSelection": False,
                "searchAllOptions": False,
            },
            "defaultDataMask": {"extraFormData": {}, "filterState": {}},
            "cascadeParentIds": [],
            "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
        }
    ]
