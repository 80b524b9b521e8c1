"""The Tableau workbook: a sheet for each visual, a dashboard for each page."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from streaming_analytics import palette
from streaming_analytics.bi.pages import PAGES, REGION, Mark, Visual
from streaming_analytics.bi.server import Server
from streaming_analytics.bi.tableau.dashboards import (
    REGION_GROUP,
    actions,
    dashboard,
    dashboard_window,
    filtered_source,
)
from streaming_analytics.bi.tableau.filters import (
    only_filter,
    shared_filter,
    top_filter,
)
from streaming_analytics.bi.tableau.pills import (
    Pill,
    dependencies,
    qualified,
    split,
    value_pill,
)
from streaming_analytics.bi.tableau.source import Source
from streaming_analytics.bi.tableau.xml import (
    USER_NAMESPACE,
    VERSION,
    datasource,
    document,
    manifest,
    simple_id,
)

_MARKS = {
    Mark.BAR: "Bar",
    Mark.COLUMN: "Bar",
    Mark.LINE: "Line",
    Mark.TABLE: "Text",
}


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
    root.append(actions(by_table))
    worksheets = SubElement(root, "worksheets")
    dashboards = SubElement(root, "dashboards")
    windows = SubElement(root, "windows", {"source-height": "30"})
    for page in PAGES:
        dashboards.append(dashboard(page, by_table))
        windows.append(dashboard_window(page))
        is_filtered = filtered_source(page, by_table) is not None
        for visual in page.visuals:
            source = by_table[visual.table]
            worksheets.append(_worksheet(visual, source, is_filtered=is_filtered))
            windows.append(_sheet_window(visual))
    return document(root)


def _worksheet(visual: Visual, source: Source, *, is_filtered: bool) -> Element:
    rows = [split(source, field) for field in visual.rows]
    value = None if visual.value is None else value_pill(source, visual.value)
    series = None if visual.series is None else split(source, visual.series)
    top_by = None if visual.top_by is None else value_pill(source, visual.top_by)
    sort = None
    if visual.sort_by is not None and visual.mark is not Mark.LINE:
        local = source.locals[visual.table, visual.sort_by]
        sort = Pill(local, "Min", f"[min:{local[1:-1]}:qk]", "quantitative")
    only = None
    if visual.only is not None:
        local = source.locals[visual.table, visual.only]
        only = Pill(local, "None", f"[none:{local[1:-1]}:nk]", "nominal")
    region = split(source, REGION) if is_filtered else None
    beside = [value_pill(source, one) for one in visual.beside]
    shown = (*rows, value, series, top_by, sort, only, region, *beside)
    pills = [pill for pill in shown if pill]

    sheet = Element("worksheet", {"name": visual.title})
    title = SubElement(SubElement(sheet, "layout-options"), "title")
    run = SubElement(SubElement(title, "formatted-text"), "run")
    run.text = visual.title
    table = SubElement(sheet, "table")
    view = SubElement(table, "view")
    used = SubElement(view, "datasources")
    SubElement(used, "datasource", {"caption": source.caption, "name": source.name})
    view.append(dependencies(source, pills))
    slices = []
    if visual.top is not None:
        view.append(top_filter(source, rows[0], visual))
        slices.append(rows[0])
    if only is not None:
        view.append(only_filter(source, only))
        slices.append(only)
    if region is not None:
        view.append(shared_filter(source, region, REGION_GROUP))
        slices.append(region)
    order = sort or (value if visual.mark in (Mark.BAR, Mark.COLUMN) else None)
    if visual.top_by is not None:
        order = top_by
    if order is not None:
        SubElement(
            view,
            "computed-sort",
            {
                "column": qualified(source, rows[0]),
                "direction": "ASC" if order is sort else "DESC",
                "using": qualified(source, order),
            },
        )
    if slices:
        listed = SubElement(view, "slices")
        for pill in slices:
            SubElement(listed, "column").text = qualified(source, pill)
    SubElement(view, "aggregation", {"value": "true"})
    table.append(_colors(source, series))
    pane = SubElement(
        SubElement(table, "panes"),
        "pane",
        {"selection-relaxation-option": "selection-relaxation-allow"},
    )
    SubElement(SubElement(pane, "view"), "breakdown", {"value": "auto"})
    SubElement(pane, "mark", {"class": _MARKS[visual.mark]})
    encodings = Element("encodings")
    if series is not None:
        SubElement(encodings, "color", {"column": qualified(source, series)})
    if visual.mark is Mark.TABLE:
        for pill in (rows[-1], *beside):
            SubElement(encodings, "text", {"column": qualified(source, pill)})
    elif value is not None and visual.mark is not Mark.LINE:
        SubElement(encodings, "text", {"column": qualified(source, value)})
    if len(encodings):
        pane.append(encodings)
    if beside:
        pane.append(_label(source, rows[-1], beside))
    _style_marks(pane, has_labels=visual.mark is not Mark.LINE and value is not None)
    down, across = _shelves(source, visual, rows, value)
    SubElement(table, "rows").text = down
    SubElement(table, "cols").text = across
    sheet.append(simple_id("sheet", visual.name))
    return sheet


def _colors(source: Source, series: Pill | None) -> Element:
    """Return the sheet's style: the workbook's own colours for its series."""
    style = Element("style")
    if series is not None:
        rule = SubElement(style, "style-rule", {"element": "mark"})
        SubElement(
            rule,
            "encoding",
            {
                "attr": "color",
                "field": qualified(source, series),
                "palette": palette.NAME,
                "type": "palette",
            },
        )
    return style


def _label(source: Source, text: Pill, interval: Sequence[Pill]) -> Element:
    """Return what stands in a cell: a text, and below it a value with its ends."""
    label = Element("customized-label")
    formatted = SubElement(label, "formatted-text")
    value, lower, upper = (f"<{qualified(source, pill)}>" for pill in interval)
    for part in (f"<{qualified(source, text)}>", "Æ\n", value):
        SubElement(formatted, "run").text = part
    for part in (" (", lower, " to ", upper, ")"):
        SubElement(formatted, "run").text = part
    return label


def _style_marks(pane: Element, *, has_labels: bool) -> None:
    rule = SubElement(SubElement(pane, "style"), "style-rule", {"element": "mark"})
    if has_labels:
        SubElement(rule, "format", {"attr": "mark-labels-show", "value": "true"})
    SubElement(rule, "format", {"attr": "mark-color", "value": palette.SERIES[0]})


def _shelves(
    source: Source, visual: Visual, rows: Sequence[Pill], value: Pill | None
) -> tuple[str, str]:
    """Return what stands on the shelves Rows and Columns."""
    # The last text of a table stands in its cells.
    shelf = rows[:-1] if visual.mark is Mark.TABLE else rows
    split = " / ".join(qualified(source, pill) for pill in shelf)
    if len(shelf) > 1:
        split = f"({split})"
    measured = "" if value is None else qualified(source, value)
    if visual.mark in (Mark.BAR, Mark.TABLE):
        return split, measured
    return measured, split


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
