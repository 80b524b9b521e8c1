"""The Tableau workbook: a sheet for each visual, a dashboard for each page."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from streaming_analytics import palette
from streaming_analytics.bi.pages import (
    PAGES,
    Field,
    Mark,
    Measured,
    MetricValue,
    Page,
    Total,
    Value,
    Visual,
)
from streaming_analytics.bi.server import Server
from streaming_analytics.bi.tableau.source import Source, measure_name
from streaming_analytics.bi.tableau.xml import (
    USER_NAMESPACE,
    VERSION,
    datasource,
    document,
    manifest,
    simple_id,
)

_WIDTH, _HEIGHT = 1280, 860
# Zones are measured in hundred-thousandths of the dashboard.
_WHOLE = 100_000
_TITLE_HEIGHT = 9_000
_MARKS = {
    Mark.BAR: "Bar",
    Mark.COLUMN: "Bar",
    Mark.LINE: "Line",
    Mark.TABLE: "Text",
}


@dataclass(frozen=True)
class _Pill:
    """A field as a shelf holds it: an instance of a column."""

    column: str
    derivation: str
    name: str
    kind: str


def workbook(
    sources: Sequence[Source], server: Server, *, has_extract: bool = False
) -> str:
    """Return the `.twb`; with `has_extract`, for a package that holds the data."""
    root = Element(
        "workbook",
        {
            "original-version": VERSION,
            "source-build": "2020.4.0 (20204.20.1116.1810)",
            "source-platform": "win",
            "version": VERSION,
            "xmlns:user": USER_NAMESPACE,
        },
    )
    root.append(manifest())
    colors = SubElement(
        SubElement(root, "preferences"),
        "color-palette",
        {"custom": "true", "name": palette.NAME, "type": "regular"},
    )
    for color in palette.SERIES:
        SubElement(colors, "color").text = color
    datasources = SubElement(root, "datasources")
    by_table = {source.key: source for source in sources}
    for source in sources:
        datasources.append(datasource(source, server, has_extract=has_extract))
    worksheets = SubElement(root, "worksheets")
    dashboards = SubElement(root, "dashboards")
    windows = SubElement(root, "windows", {"source-height": "30"})
    for page in PAGES:
        dashboards.append(_dashboard(page))
        windows.append(_dashboard_window(page))
        for visual in page.visuals:
            worksheets.append(_worksheet(visual, by_table[visual.table]))
            windows.append(_sheet_window(visual))
    return document(root)


def _worksheet(visual: Visual, source: Source) -> Element:
    rows = [_split(source, field) for field in visual.rows]
    value = None if visual.value is None else _value(source, visual.value)
    series = None if visual.series is None else _split(source, visual.series)
    top_by = None if visual.top_by is None else _value(source, visual.top_by)
    sort = None
    if visual.sort_by is not None and visual.mark is not Mark.LINE:
        local = source.locals[visual.table, visual.sort_by]
        sort = _Pill(local, "Min", f"[min:{local[1:-1]}:qk]", "quantitative")
    only = None
    if visual.only is not None:
        local = source.locals[visual.table, visual.only]
        only = _Pill(local, "None", f"[none:{local[1:-1]}:nk]", "nominal")
    pills = [pill for pill in (*rows, value, series, top_by, sort, only) if pill]

    sheet = Element("worksheet", {"name": visual.title})
    title = SubElement(SubElement(sheet, "layout-options"), "title")
    run = SubElement(SubElement(title, "formatted-text"), "run")
    run.text = visual.title
    table = SubElement(sheet, "table")
    view = SubElement(table, "view")
    used = SubElement(view, "datasources")
    SubElement(used, "datasource", {"caption": source.caption, "name": source.name})
    view.append(_dependencies(source, pills))
    slices = []
    if visual.top is not None:
        view.append(_top_filter(source, rows[0], visual))
        slices.append(rows[0])
    if only is not None:
        view.append(_only_filter(source, only))
        slices.append(only)
    order = sort or (value if visual.mark in (Mark.BAR, Mark.COLUMN) else None)
    if visual.top_by is not None:
        order = top_by
    if order is not None:
        SubElement(
            view,
            "computed-sort",
            {
                "column": _of(source, rows[0]),
                "direction": "ASC" if order is sort else "DESC",
                "using": _of(source, order),
            },
        )
    if slices:
        listed = SubElement(view, "slices")
        for pill in slices:
            SubElement(listed, "column").text = _of(source, pill)
    SubElement(view, "aggregation", {"value": "true"})
    SubElement(table, "style")
    pane = SubElement(
        SubElement(table, "panes"),
        "pane",
        {"selection-relaxation-option": "selection-relaxation-allow"},
    )
    SubElement(SubElement(pane, "view"), "breakdown", {"value": "auto"})
    SubElement(pane, "mark", {"class": _MARKS[visual.mark]})
    encodings = Element("encodings")
    if series is not None:
        SubElement(encodings, "color", {"column": _of(source, series)})
    if visual.mark is Mark.TABLE:
        SubElement(encodings, "text", {"column": _of(source, rows[-1])})
    elif value is not None and visual.mark is not Mark.LINE:
        SubElement(encodings, "text", {"column": _of(source, value)})
    if len(encodings):
        pane.append(encodings)
    if visual.mark is not Mark.LINE and value is not None:
        _show_labels(pane)
    down, across = _shelves(source, visual, rows, value)
    SubElement(table, "rows").text = down
    SubElement(table, "cols").text = across
    sheet.append(simple_id("sheet", visual.name))
    return sheet


def _show_labels(pane: Element) -> None:
    rule = SubElement(SubElement(pane, "style"), "style-rule", {"element": "mark"})
    SubElement(rule, "format", {"attr": "mark-labels-show", "value": "true"})


def _shelves(
    source: Source, visual: Visual, rows: Sequence[_Pill], value: _Pill | None
) -> tuple[str, str]:
    """Return what stands on the shelves Rows and Columns."""
    # The last text of a table stands in its cells.
    shelf = rows[:-1] if visual.mark is Mark.TABLE else rows
    split = " / ".join(_of(source, pill) for pill in shelf)
    if len(shelf) > 1:
        split = f"({split})"
    measured = "" if value is None else _of(source, value)
    if visual.mark in (Mark.BAR, Mark.TABLE):
        return split, measured
    return measured, split


def _split(source: Source, field: Field) -> _Pill:
    local = source.locals[field.table, field.column]
    if field.by_month:
        return _Pill(local, "Month-Trunc", f"[tmn:{local[1:-1]}:qk]", "quantitative")
    return _Pill(local, "None", f"[none:{local[1:-1]}:nk]", "nominal")


def _value(source: Source, value: Value) -> _Pill:
    if isinstance(value, Total):
        local = source.locals[value.table, value.column]
        return _Pill(local, "Sum", f"[sum:{local[1:-1]}:qk]", "quantitative")
    name = calculation_name(value)
    return _Pill(f"[{name}]", "User", f"[usr:{name}:qk]", "quantitative")


def calculation_name(value: Measured | MetricValue) -> str:
    """Return the name of the calculated field that a value stands for."""
    if isinstance(value, Measured):
        return measure_name(value.table, value.column)
    return f"metric_{value.metric}"


def _of(source: Source, pill: _Pill) -> str:
    return f"[{source.name}].{pill.name}"


def _dependencies(source: Source, pills: Sequence[_Pill]) -> Element:
    """Return the columns that a sheet uses, and their instances."""
    element = Element("datasource-dependencies", {"datasource": source.name})
    whole = {
        column.get("name"): column
        for column in datasource(source, Server()).findall("column")
    }
    needed = dict.fromkeys(pill.column for pill in pills)
    for calculation in source.calculations:
        if f"[{calculation.name}]" in needed:
            needed |= dict.fromkeys(_fields_in(source, calculation.formula))
    # A metric made of metrics needs the columns of those, too.
    for name in list(needed):
        for calculation in source.calculations:
            if name == f"[{calculation.name}]":
                needed |= dict.fromkeys(_fields_in(source, calculation.formula))
    for name in sorted(needed):
        element.append(whole[name])
    instances = {pill.name: pill for pill in pills}
    for name, pill in sorted(instances.items()):
        SubElement(
            element,
            "column-instance",
            {
                "column": pill.column,
                "derivation": pill.derivation,
                "name": name,
                "pivot": "key",
                "type": pill.kind,
            },
        )
    return element


def _fields_in(source: Source, formula: str) -> list[str]:
    names = [
        *source.locals.values(),
        *(f"[{calculation.name}]" for calculation in source.calculations),
    ]
    return [name for name in names if name in formula]


def _top_filter(source: Source, pill: _Pill, visual: Visual) -> Element:
    ranked = visual.top_by or visual.value
    if not isinstance(ranked, Total):
        raise ValueError(f"{visual.name}: the largest are those of a column's total")
    local = source.locals[ranked.table, ranked.column]
    element = Element("filter", {"class": "categorical", "column": _of(source, pill)})
    end = SubElement(
        element,
        "groupfilter",
        {
            "count": str(visual.top),
            "end": "top",
            "function": "end",
            "units": "records",
            "user:ui-marker": "end",
            "user:ui-top-by-field": "true",
        },
    )
    order = SubElement(
        end,
        "groupfilter",
        {
            "direction": "DESC",
            "expression": f"SUM({local})",
            "function": "order",
            "user:ui-marker": "order",
        },
    )
    SubElement(
        order,
        "groupfilter",
        {
            "function": "level-members",
            "level": pill.name,
            "user:ui-enumeration": "all",
            "user:ui-marker": "enumerate",
        },
    )
    return element


def _only_filter(source: Source, pill: _Pill) -> Element:
    element = Element("filter", {"class": "categorical", "column": _of(source, pill)})
    SubElement(
        element,
        "groupfilter",
        {
            "function": "member",
            "level": pill.name,
            "member": "true",
            "user:ui-domain": "database",
            "user:ui-enumeration": "inclusive",
            "user:ui-marker": "enumerate",
        },
    )
    return element


def _dashboard(page: Page) -> Element:
    dashboard = Element("dashboard", {"name": page.title})
    SubElement(dashboard, "style")
    size = {"maxheight": _HEIGHT, "maxwidth": _WIDTH}
    size |= {"minheight": _HEIGHT, "minwidth": _WIDTH}
    SubElement(dashboard, "size", {name: str(value) for name, value in size.items()})
    zones = SubElement(dashboard, "zones")
    whole = SubElement(
        zones, "zone", _zone(1, (0, 0, _WHOLE, _WHOLE)) | {"type-v2": "layout-basic"}
    )
    title = SubElement(
        whole, "zone", _zone(2, (0, 0, _WHOLE, _TITLE_HEIGHT)) | {"type-v2": "text"}
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
    dashboard.append(simple_id("dashboard", page.name))
    return dashboard


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


def _sheet_window(visual: Visual) -> Element:
    window = Element(
        "window", {"class": "worksheet", "hidden": "true", "name": visual.title}
    )
    cards = SubElement(window, "cards")
    left = SubElement(
        SubElement(cards, "edge", {"name": "left"}), "strip", {"size": "160"}
    )
    for kind in ("pages", "filters", "marks"):
        SubElement(left, "card", {"type": kind})
    top = SubElement(cards, "edge", {"name": "top"})
    for kind in ("columns", "rows", "title"):
        strip = SubElement(top, "strip", {"size": "31"})
        SubElement(strip, "card", {"type": kind})
    viewpoint = SubElement(window, "viewpoint")
    SubElement(viewpoint, "zoom", {"type": "entire-view"})
    window.append(simple_id("sheet window", visual.name))
    return window


def _dashboard_window(page: Page) -> Element:
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
