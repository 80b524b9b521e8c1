"""A lint of Tableau files: every reference has to name something that is there.

Tableau's schema lets dangling names pass, and Tableau then shows a red field or none.
The lint reads the file alone and the marts, and nothing of what wrote it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from streaming_analytics.mart_contract import MartContract

_TABLE = re.compile(r"\[([^\]]+)\]\.\[([^\]]+)\]")
_PILL = re.compile(r"\[([^\]]+)\]\.(\[[^\]]+\])")
_FIELD = re.compile(r"\[[^\]]+\]")
_TEXT = re.compile(r'"[^"]*"')
_COUNTED = "[__tableau_internal_object_id__]"
_LOCAL_TYPES = {
    "string": "string",
    "integer": "integer",
    "decimal": "real",
    "float": "real",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
}
_SHORT = {
    "None": "none",
    "Sum": "sum",
    "Min": "min",
    "User": "usr",
    "Month-Trunc": "tmn",
}
_SUFFIX = {"nominal": "nk", "ordinal": "ok", "quantitative": "qk"}


@dataclass
class _Source:
    """What a data source defines."""

    name: str
    tables: set[str] = field(default_factory=set)
    # Field name to table and column.
    mapped: dict[str, tuple[str, str]] = field(default_factory=dict)
    columns: dict[str, Element] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)


def lint(text: str, marts: MartContract) -> list[str]:
    """Return what is wrong in a `.tds` or `.twb`, a line each."""
    root = ElementTree.fromstring(text)
    problems: list[str] = []
    if root.tag == "datasource":
        _lint_source(root, marts, problems)
        return problems
    sources = {}
    for element in root.findall("datasources/datasource"):
        source = _lint_source(element, marts, problems)
        if source.name in sources:
            problems.append(f"two data sources are called {source.name}")
        sources[source.name] = source
    sheets = _unique(root.findall("worksheets/worksheet"), "worksheet", problems)
    for sheet in sheets.values():
        problems += _lint_sheet(sheet, sources)
    problems += _lint_dashboards(root, sheets, sources)
    problems += _lint_actions(root, sources)
    return problems


def _unique(
    elements: list[Element], what: str, problems: list[str]
) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for element in elements:
        name = element.get("name", "")
        if not name or name in found:
            problems.append(f"{what} {name!r}: nameless, or there twice")
        found[name] = element
    return found


def _lint_source(element: Element, marts: MartContract, problems: list[str]) -> _Source:
    source = _Source(element.get("name", element.get("formatted-name", "")))

    def problem(text: str) -> None:
        problems.append(f"data source {source.name}: {text}")

    connections = {
        named.get("name")
        for named in element.findall("connection/named-connections/named-connection")
    }
    live = element.find("connection")
    if live is None:
        problem("has no connection")
        return source
    for relation in _tables(live):
        problems += _lint_relation(source, relation, connections, marts)
        source.tables.add(relation.get("name", ""))
    _lint_map(source, live, marts, problem)
    _lint_objects(source, element, connections, marts, problems)
    _lint_metadata(
        source, live, {f"[{name}]" for name in source.tables}, marts, problem
    )
    extract = element.find("extract/connection")
    if extract is not None:
        _lint_extract(source, extract, marts, problem)
    _lint_columns(source, element, marts, problem)
    for item in element.findall("folders-common/folder/folder-item"):
        if item.get("name") not in source.columns:
            problem(f"a folder holds {item.get('name')}, which is no field")
    return source


def _tables(connection: Element) -> list[Element]:
    return [
        relation
        for relation in connection.iter("relation")
        if relation.get("type") == "table"
    ]


def _lint_relation(
    source: _Source,
    relation: Element,
    connections: set[str | None],
    marts: MartContract,
) -> Iterator[str]:
    where = f"data source {source.name}: relation {relation.get('name')}"
    name, table = relation.get("name", ""), relation.get("table", "")
    if relation.get("connection") not in connections:
        yield f"{where}: no connection {relation.get('connection')}"
    found = _TABLE.fullmatch(table)
    if found is None or found[2] not in marts or marts[found[2]].schema != found[1]:
        yield f"{where}: no mart {table}"
    elif found[2] != name:
        yield f"{where}: reads {table}"


def _lint_map(source: _Source, live: Element, marts: MartContract, problem) -> None:
    for entry in live.findall("cols/map"):
        key, value = entry.get("key", ""), entry.get("value", "")
        found = _TABLE.fullmatch(value)
        if key in source.mapped:
            problem(f"{key} is mapped twice")
        if (
            found is None
            or found[1] not in source.tables
            or found[1] not in marts
            or found[2] not in marts[found[1]].columns
        ):
            problem(f"{key} is mapped to {value}, which is no column")
            continue
        if key not in (f"[{found[2]}]", f"[{found[2]} ({found[1]})]"):
            problem(f"{key} is mapped to {value}, a column of another name")
        source.mapped[key] = (found[1], found[2])
    for table in source.tables & set(marts.tables):
        missing = {(table, column) for column in marts[table].columns}
        for _, column in sorted(missing - set(source.mapped.values())):
            problem(f"column {table}.{column} is not mapped")


def _lint_metadata(
    source: _Source,
    connection: Element,
    parents: set[str],
    marts: MartContract,
    problem,
) -> None:
    seen = set()
    for record in connection.findall("metadata-records/metadata-record"):
        local = record.findtext("local-name", "")
        seen.add(local)
        table, column = source.mapped.get(local, ("", ""))
        if not table:
            problem(f"metadata of {local}, which is not mapped")
            continue
        if record.findtext("remote-name") != column:
            problem(f"metadata of {local} reads {record.findtext('remote-name')}")
        identity = record.findtext("object-id", "").strip("[]")
        if source.objects.get(identity) != table:
            problem(f"metadata of {local} belongs to no object {identity}")
        parent = record.findtext("parent-name", "")
        if parent not in parents or parent not in (f"[{table}]", f"[{identity}]"):
            problem(f"metadata of {local} belongs to no table {parent}")
        kind = _LOCAL_TYPES[marts[table].columns[column].kind]
        if record.findtext("local-type") != kind:
            problem(f"metadata of {local} says {record.findtext('local-type')}")
    for local in sorted(set(source.mapped) - seen):
        problem(f"{local} has no metadata")


def _lint_extract(
    source: _Source, extract: Element, marts: MartContract, problem
) -> None:
    parents = set()
    for relation in _tables(extract):
        name = relation.get("name", "")
        parents.add(f"[{name}]")
        if name not in source.objects or relation.get("table") != f"[Extract].[{name}]":
            problem(f"the extract has no table {relation.get('table')}")
    for entry in extract.findall("cols/map"):
        found = _TABLE.fullmatch(entry.get("value", ""))
        pair = (source.objects.get(found[1], ""), found[2]) if found else None
        if source.mapped.get(entry.get("key", "")) != pair:
            problem(f"the extract maps {entry.get('key')} to {entry.get('value')}")
    _lint_metadata(source, extract, parents, marts, problem)


def _lint_columns(
    source: _Source, element: Element, marts: MartContract, problem
) -> None:
    for column in element.findall("column"):
        name = column.get("name", "")
        if name in source.columns:
            problem(f"{name} is there twice")
        source.columns[name] = column
    for name, column in source.columns.items():
        calculation = column.find("calculation")
        if name.startswith(_COUNTED):
            if name.removeprefix(f"{_COUNTED}.").strip("[]") not in source.objects:
                problem(f"{name} counts no object")
            if column.get("datatype") != "table":
                problem(f"{name} is a {column.get('datatype')}, not a table")
        elif calculation is not None:
            if column.get("datatype") not in _LOCAL_TYPES.values():
                problem(f"{name} is a {column.get('datatype')}")
            for used in _fields(calculation.get("formula", "")):
                if used not in source.columns:
                    problem(f"{name} computes with {used}, which is no field")
                elif used == name:
                    problem(f"{name} computes with itself")
            # Along what Tableau goes to another mark has to be said.
            if ("LOOKUP(" in calculation.get("formula", "")) != (
                calculation.find("table-calc") is not None
            ):
                problem(f"{name} goes along nothing")
        elif name not in source.mapped:
            problem(f"field {name} is not mapped")
        else:
            table, of = source.mapped[name]
            kind = _LOCAL_TYPES[marts[table].columns[of].kind]
            if column.get("datatype") != kind:
                problem(f"field {name} says {column.get('datatype')}, not {kind}")
    for name in sorted(set(source.mapped) - set(source.columns)):
        problem(f"{name} is mapped but no field")


def _fields(formula: str) -> list[str]:
    return _FIELD.findall(_TEXT.sub("", formula))


def _lint_objects(
    source: _Source,
    element: Element,
    connections: set[str | None],
    marts: MartContract,
    problems: list[str],
) -> None:
    def problem(text: str) -> None:
        problems.append(f"data source {source.name}: {text}")

    for one in element.findall("object-graph/objects/object"):
        identity = one.get("id", "")
        if identity in source.objects:
            problem(f"object {identity} is there twice")
        for properties in one.findall("properties"):
            relation = properties.find("relation")
            if relation is None:
                problem(f"object {identity} has no relation")
            elif properties.get("context") == "":
                problems.extend(_lint_relation(source, relation, connections, marts))
                source.objects[identity] = relation.get("name", "")
            elif relation.get("name") != identity:
                problem(f"object {identity} reads {relation.get('name')}")
    if sorted(source.objects.values()) != sorted(source.tables):
        problem("its objects are not its tables")
    links = element.findall("object-graph/relationships/relationship")
    if len(links) != max(len(source.objects) - 1, 0):
        problem(f"{len(links)} relationships do not make a tree of its tables")
    for link in links:
        ends = []
        for tag in ("first-end-point", "second-end-point"):
            end = link.find(tag)
            identity = "" if end is None else end.get("object-id", "")
            if identity not in source.objects:
                problem(f"a relationship ends at {identity}, which is no object")
            ends.append(source.objects.get(identity))
        if ends[0] == ends[1]:
            problem(f"a relationship joins {ends[0]} to itself")
        for equal in link.iter("expression"):
            sides = [side.get("op", "") for side in equal.findall("expression")]
            if equal.get("op") != "=" or len(sides) != 2:
                continue
            for side, table in zip(sides, ends, strict=True):
                if source.mapped.get(side, (None,))[0] != table:
                    problem(f"a relationship compares {side}, no column of {table}")


def _lint_sheet(sheet: Element, sources: dict[str, _Source]) -> Iterator[str]:
    where = f"sheet {sheet.get('name')!r}"
    used = {
        source.get("name", "")
        for source in sheet.findall("table/view/datasources/datasource")
    }
    yield from (
        f"{where}: no data source {name}" for name in sorted(used - set(sources))
    )
    instances: dict[tuple[str, str], Element] = {}
    yield from _lint_dependencies(sheet, where, used, sources, instances)
    yield from _lint_pills(sheet, where, sources, instances)


def _lint_dependencies(
    shown: Element,
    where: str,
    used: set[str],
    sources: dict[str, _Source],
    instances: dict[tuple[str, str], Element],
) -> Iterator[str]:
    """Yield what is wrong in what a sheet or dashboard needs, and fill `instances`."""
    for dependencies in shown.iter("datasource-dependencies"):
        name = dependencies.get("datasource", "")
        if name not in sources or name not in used:
            yield f"{where}: depends on {name}, which is no data source of it"
            continue
        source = sources[name]
        listed = set()
        for column in dependencies.findall("column"):
            listed.add(column.get("name", ""))
            original = source.columns.get(column.get("name", ""))
            if original is None:
                yield f"{where}: {column.get('name')} is no field of {name}"
            elif _definition(original) != _definition(column):
                yield f"{where}: {column.get('name')} differs from that of {name}"
        for instance in dependencies.findall("column-instance"):
            column_name = instance.get("column", "")
            if column_name not in listed:
                yield f"{where}: an instance of {column_name}, which is not listed"
            short = _SHORT.get(instance.get("derivation", ""))
            suffix = _SUFFIX.get(instance.get("type", ""))
            if instance.get("name") != f"[{short}:{column_name[1:-1]}:{suffix}]":
                yield f"{where}: {instance.get('name')} is no name for its instance"
            instances[name, instance.get("name", "")] = instance


def _definition(column: Element) -> tuple[str | None, str | None, str | None]:
    calculation = column.find("calculation")
    formula = None if calculation is None else calculation.get("formula")
    return column.get("datatype"), column.get("role"), formula


def _lint_pills(
    sheet: Element,
    where: str,
    sources: dict[str, _Source],
    instances: dict[tuple[str, str], Element],
) -> Iterator[str]:
    pills = []
    for tag in ("rows", "cols"):
        text = sheet.findtext(f"table/{tag}") or ""
        pills += [(tag, f"[{a}].{b}") for a, b in _PILL.findall(text)]
        if _PILL.sub("", text).strip("()/ +*"):
            yield f"{where}: {tag} says {text}"
    for element in sheet.iter():
        if element.tag in ("filter", "computed-sort") or (
            element.tag in ("color", "text", "size", "lod", "tooltip")
            and element.get("column")
        ):
            pills.append((element.tag, element.get("column", "")))
        if element.tag == "computed-sort":
            pills.append((element.tag, element.get("using", "")))
        if element.tag == "encoding":
            pills.append((element.tag, element.get("field", "")))
        if element.tag == "customized-label":
            texts = [pill[1:-1] for pill in _told(element)]
            pills += [("label", pill) for pill in texts]
            shown = {one.get("column") for one in sheet.iter("text")}
            yield from (
                f"{where}: a label tells {pill}, which is no text"
                for pill in sorted(set(texts) - shown)
            )
    sliced = [column.text or "" for column in sheet.findall("table/view/slices/column")]
    pills += [("slices", pill) for pill in sliced]
    for what, pill in pills:
        found = _PILL.fullmatch(pill)
        if found is None or (found[1], found[2]) not in instances:
            yield f"{where}: {what} shows {pill}, which is no instance"
    if not pills:
        yield f"{where}: shows nothing"
    filtered = {one.get("column") for one in sheet.findall("table/view/filter")}
    for pill in sorted(set(sliced) - filtered):
        yield f"{where}: nothing filters the slice {pill}"
    for one in sheet.findall("table/view/filter"):
        if one.get("column") not in sliced:
            yield f"{where}: the filter on {one.get('column')} is no slice"
        found = _PILL.fullmatch(one.get("column", ""))
        source = sources.get(found[1]) if found else None
        for group in one.iter("groupfilter"):
            level = group.get("level")
            if level is not None and (not found or level != found[2]):
                yield f"{where}: a filter takes {level} for its level"
            for used in _fields(group.get("expression", "")):
                if source is None or used not in source.columns:
                    yield f"{where}: a filter ranks by {used}, which is no field"


def _told(label: Element) -> list[str]:
    """Return what a label has between < and >: fields."""
    runs = [run.text or "" for run in label.iter("run")]
    return [run for run in runs if run.startswith("<")]


def _lint_actions(root: Element, sources: dict[str, _Source]) -> Iterator[str]:
    dashboards = {one.get("name") for one in root.findall("dashboards/dashboard")}
    captions = {
        column.get("caption")
        for source in sources.values()
        for column in source.columns.values()
    }
    names = set()
    for action in root.findall("actions/action"):
        name = action.get("name")
        if name in names:
            yield f"action {name} is there twice"
        names.add(name)
        parameters = {
            one.get("name"): one.get("value") for one in action.findall("command/param")
        }
        source = action.find("source")
        ends = {None if source is None else source.get("dashboard")}
        for end in ends | {parameters.get("target")}:
            if end not in dashboards:
                yield f"action {name}: no dashboard {end!r}"
        fields = parameters.get("field-captions")
        if fields is not None and fields not in captions:
            yield f"action {name}: no field {fields!r}"
        if fields is None and parameters.get("special-fields") != "all":
            yield f"action {name}: it acts by no field"


def _filters_of(sheet: Element) -> dict[str | None, str | None]:
    """Return a sheet's filters with the numbers of the choices that they follow."""
    return {
        one.get("column"): one.get("filter-group")
        for one in sheet.findall("table/view/filter")
    }


def _lint_offered(
    name: str, dashboard: Element, zone: Element, sheets: dict[str, Element]
) -> Iterator[str]:
    """Yield what is wrong with a filter that lies on a dashboard."""
    where, field = f"dashboard {name!r}", zone.get("param", "")
    instances = {
        f"[{one.get('datasource')}].{instance.get('name')}"
        for one in dashboard.findall("datasource-dependencies")
        for instance in one.findall("column-instance")
    }
    if field not in instances:
        yield f"{where}: a filter by {field}, which is no instance"
    sheet = sheets.get(zone.get("name", ""))
    group = None if sheet is None else _filters_of(sheet).get(field)
    if group is None:
        yield f"{where}: {zone.get('name')!r} has no filter by {field} to offer"
        return
    for other in dashboard.iter("zone"):
        shown = sheets.get(other.get("name", ""))
        if shown is not None and _filters_of(shown).get(field) != group:
            yield f"{where}: {other.get('name')!r} does not follow the filter"


def _lint_dashboards(
    root: Element, sheets: dict[str, Element], sources: dict[str, _Source]
) -> Iterator[str]:
    problems: list[str] = []
    dashboards = _unique(root.findall("dashboards/dashboard"), "dashboard", problems)
    windows = _unique(root.findall("windows/window"), "window", problems)
    yield from problems
    shown = set()
    for name, dashboard in dashboards.items():
        ids = [zone.get("id") for zone in dashboard.iter("zone")]
        if len(ids) != len(set(ids)):
            yield f"dashboard {name!r}: two zones have one id"
        used = {
            source.get("name", "")
            for source in dashboard.findall("datasources/datasource")
        }
        where = f"dashboard {name!r}"
        yield from _lint_dependencies(dashboard, where, used, sources, {})
        for zone in dashboard.iter("zone"):
            sheet = zone.get("name")
            if zone.get("type-v2") == "filter":
                yield from _lint_offered(name, dashboard, zone, sheets)
            elif sheet is not None:
                shown.add(sheet)
                if sheet not in sheets:
                    yield f"dashboard {name!r}: no sheet {sheet!r}"
        window = windows.get(name)
        views = (
            []
            if window is None
            else [view.get("name") for view in window.findall("viewpoints/viewpoint")]
        )
        zones = [
            zone.get("name")
            for zone in dashboard.iter("zone")
            if zone.get("name") and zone.get("type-v2") != "filter"
        ]
        if sorted(map(str, views)) != sorted(map(str, zones)):
            yield f"dashboard {name!r}: its window shows other sheets"
    for name in sorted(set(sheets) - shown):
        yield f"sheet {name!r} is on no dashboard"
    for name, window in windows.items():
        known = dashboards if window.get("class") == "dashboard" else sheets
        if name not in known:
            yield f"window {name!r} shows nothing"
    for name in sorted((set(sheets) | set(dashboards)) - set(windows)):
        yield f"{name!r} has no window"
