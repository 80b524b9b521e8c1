"""How a data source's fields lie: in folders, and in hierarchies to drill along."""

from xml.etree.ElementTree import Element, SubElement

from streaming_analytics.bi.naming import folder_of, table_caption
from streaming_analytics.bi.shapes import HIERARCHIES
from streaming_analytics.bi.tableau.source import Source, measure_name, metric_name


def drill_paths(source: Source) -> Element:
    """Return the hierarchies whose table is in the data source."""
    paths = Element("drill-paths")
    for hierarchy in HIERARCHIES:
        if any(mart.name == hierarchy.table for mart in source.tables):
            path = SubElement(paths, "drill-path", {"name": hierarchy.name})
            for column in hierarchy.columns:
                field = SubElement(path, "field")
                field.text = source.locals[hierarchy.table, column]
    return paths


def folders_of_fields(source: Source) -> Element:
    """Return folders: each table's fields by kind, and the metrics."""
    folders: dict[str, list[str]] = {}
    there = {one.name for one in source.calculations}
    for mart in source.tables:
        for column in mart.columns.values():
            name = folder_of(mart, column)
            if len(source.tables) > 1:
                name = f"{table_caption(mart)}: {name.lower()}"
            place = (mart.name, column.name)
            fields = folders.setdefault(name, [])
            fields.append(source.locals[place])
            if measure_name(*place) in there:
                fields.append(f"[{measure_name(*place)}]")
    metrics = [metric_name(one.name) for one in source.metrics]
    metrics += [one.name for one in source.calculations if one.goes_along]
    if shown := [f"[{name}]" for name in metrics if name in there]:
        folders["Metrics"] = shown
    common = Element("folders-common")
    for name, fields in sorted(folders.items()):
        folder = SubElement(common, "folder", {"name": name})
        for field in fields:
            SubElement(folder, "folder-item", {"name": field, "type": "field"})
    return common
