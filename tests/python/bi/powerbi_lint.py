"""A lint of the Power BI project: every reference names something that is there.

Microsoft's schemas let dangling names pass. The lint reads the files alone and the
marts, and nothing of what wrote them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from streaming_analytics.bi.powerbi.tmdl import (
    Link,
    Part,
    Table,
    dax_columns,
    dax_measures,
    dax_tables,
    read_expressions,
    read_relationships,
    read_table,
    unquoted,
)
from streaming_analytics.mart_contract import Column, MartContract

_ASKED = re.compile(r"USERELATIONSHIP\([^)]*\)")
_PLACE = re.compile(r'\[Schema = "([^"]*)", Item = "([^"]*)"\]')
_CALL = re.compile(r"PostgreSQL\.Database\((\w+), (\w+)\)")
# Databricks is gone down into: catalogue, schema, table.
_LAKE_PLACE = re.compile(
    r'= InCatalog\{\[Name = "([^"]*)", Kind = "Schema"\]\}\[Data\],\s+'
    r'Rows = InSchema\{\[Name = "([^"]*)", Kind = "Table"\]\}\[Data\]'
)
_LAKE_CALL = re.compile(
    r"Databricks\.Catalogs\((\w+), (\w+), \[Catalog = (\w+), Database = null\]\),"
    r'\s+InCatalog = Source\{\[Name = \3, Kind = "Database"\]\}\[Data\]'
)
_CHART = {"Category", "Y", "Series", "Tooltips"}
_ROLES = {
    "clusteredBarChart": _CHART,
    "clusteredColumnChart": _CHART,
    "lineChart": _CHART,
    "tableEx": {"Values"},
    "slicer": {"Values"},
    "textbox": set[str](),
}
_TYPES = {
    "string": {"string"},
    "integer": {"int64"},
    "decimal": {"decimal", "double"},
    "float": {"double"},
    "boolean": {"boolean"},
    "date": {"dateTime"},
    "timestamp": {"dateTime"},
}


@dataclass(frozen=True)
class _Model:
    tables: Mapping[str, Table]
    links: list[Link]

    def has_column(self, table: str, column: str) -> bool:
        return table in self.tables and any(
            one.name == column for one in self.tables[table].columns
        )

    def measure(self, name: str) -> tuple[str, Part] | None:
        for table in self.tables.values():
            for one in table.measures:
                if one.name == name:
                    return table.name, one
        return None

    def measured_tables(
        self, name: str, seen: frozenset[str] = frozenset()
    ) -> set[str]:
        """Return the tables whose columns a measure reads, through other measures."""
        found = self.measure(name)
        if found is None or name in seen:
            return set()
        dax = found[1].text
        tables = {table for table, _ in dax_columns(dax)} | set(dax_tables(dax))
        for other in dax_measures(dax):
            tables |= self.measured_tables(other, seen | {name})
        return tables

    def reaches(self, source: str, target: str) -> bool:
        return source == target or target in self.ways(source)

    def ways(self, source: str) -> dict[str, int]:
        """Return how many active ways lead from `source` to each table."""
        counts: dict[str, int] = {}
        waiting = [(source, frozenset({source}))]
        while waiting:
            table, passed = waiting.pop()
            for end in self._filtered_by(table):
                if end not in passed:
                    counts[end] = counts.get(end, 0) + 1
                    waiting.append((end, passed | {end}))
        return counts

    def has_two_ways(self) -> bool:
        return any(
            count > 1 for table in self.tables for count in self.ways(table).values()
        )

    def _filtered_by(self, table: str) -> Iterator[str]:
        for link in self.links:
            if link.is_active and link.parent[0] == table:
                yield link.child[0]
            if link.is_both_ways and link.child[0] == table:
                yield link.parent[0]


def lint(files: Mapping[str, str], marts: MartContract) -> list[str]:
    """Return what is wrong in a project's files (text by path), a line each."""
    problems: list[str] = []
    project = next((name for name in files if name.endswith(".pbip")), None)
    if project is None:
        return ["there is no .pbip file"]
    parts = json.loads(files[project]).get("artifacts", [])
    if len(parts) != 1:
        problems.append(f"{project}: {len(parts)} reports")
    for part in parts:
        report = part.get("report", {}).get("path", "")
        link = f"{report}/definition.pbir"
        if link not in files:
            problems.append(f"{project}: no report {report!r}")
            continue
        path = json.loads(files[link])["datasetReference"]["byPath"]["path"]
        model = path.removeprefix("../")
        if f"{model}/definition.pbism" not in files or model == path:
            problems.append(f"{link}: no semantic model {path!r}")
            continue
        found, model_problems = _read_model(_below(files, model), marts)
        problems += model_problems
        problems += _lint_report(_below(files, report), found)
    return problems


def _below(files: Mapping[str, str], folder: str) -> dict[str, str]:
    return {
        name.removeprefix(f"{folder}/"): text
        for name, text in files.items()
        if name.startswith(f"{folder}/")
    }


def _read_model(
    files: Mapping[str, str], marts: MartContract
) -> tuple[_Model, list[str]]:
    problems: list[str] = []
    tables: dict[str, Table] = {}
    for name, text in files.items():
        if not name.startswith("definition/tables/"):
            continue
        try:
            table = read_table(text)
        except ValueError as error:
            problems.append(f"{name}: {error}")
            continue
        if table.name != PurePosixPath(name).stem:
            problems.append(f"{name}: defines table {table.name}")
        tables[table.name] = table
    links = read_relationships(files.get("definition/relationships.tmdl", ""))
    model = _Model(tables, links)
    parameters = read_expressions(files.get("definition/expressions.tmdl", ""))
    listed = [
        unquoted(line.removeprefix("ref table "))
        for line in files.get("definition/model.tmdl", "").splitlines()
        if line.startswith("ref table ")
    ]
    if sorted(listed) != sorted(tables):
        difference = ", ".join(sorted(set(listed) ^ set(tables)))
        problems.append(f"model.tmdl: lists other tables than there are: {difference}")
    for table in tables.values():
        if table.name in marts:
            problems += _lint_mart(table, marts, parameters)
        else:
            problems += _lint_measure_table(table)
        problems += _lint_table(table, model)
    for name in sorted(set(marts.tables) - set(tables)):
        problems.append(f"mart {name} is not in the model")
    problems += _lint_links(model, marts)
    return model, problems


def _lint_mart(
    table: Table, marts: MartContract, parameters: set[str]
) -> Iterator[str]:
    mart = marts[table.name]
    where = f"table {table.name}"
    seen = []
    for column in table.columns:
        source = column.properties.get("sourceColumn", "")
        seen.append(source)
        if source not in mart.columns:
            yield f"{where}: column {column.name} reads {source}, which is no column"
        else:
            yield from _lint_type(where, column, mart.columns[source])
    if len(seen) != len(set(seen)):
        yield f"{where}: two columns read the same"
    for name in sorted(set(mart.columns) - set(seen)):
        yield f"{where}: column {name} is missing"
    if len(table.partitions) != 1:
        yield f"{where}: {len(table.partitions)} partitions"
        return
    partition = table.partitions[0]
    place = _PLACE.search(partition.text) or _LAKE_PLACE.search(partition.text)
    if place is None or place.groups() != (mart.schema, mart.name):
        yield f"{where}: its partition does not read {mart.schema}.{mart.name}"
    call = _CALL.search(partition.text) or _LAKE_CALL.search(partition.text)
    used = [] if call is None else list(call.groups())
    if not used or not set(used) <= parameters or len(set(used)) < len(used):
        yield f"{where}: its partition does not use the model's parameters"
    if partition.name != table.name:
        yield f"{where}: its partition is called {partition.name}"


def _lint_measure_table(table: Table) -> Iterator[str]:
    """Yield what is wrong in a table that is no mart: it only holds measures."""
    where = f"table {table.name}"
    if not table.measures:
        yield f"{where}: no mart, and no measures"
    if [partition.name for partition in table.partitions] != [table.name]:
        yield f"{where}: needs one partition of its name"
    rows = " ".join(partition.text for partition in table.partitions)
    for column in table.columns:
        source = column.properties.get("sourceColumn", "")
        if source != column.name or not re.search(rf"\b{re.escape(source)} =", rows):
            yield f"{where}: column {column.name} reads {source}, which is not there"
        if column.properties.get("dataType") not in set().union(*_TYPES.values()):
            yield f"{where}: column {column.name} has no known type"


def _lint_type(where: str, column: Part, source: Column) -> Iterator[str]:
    if column.properties.get("dataType") not in _TYPES[source.kind]:
        kind = column.properties.get("dataType")
        yield f"{where}: column {column.name} is {kind}, not {source.data_type}"


def _lint_table(table: Table, model: _Model) -> Iterator[str]:
    where = f"table {table.name}"
    names = [part.name for part in (*table.columns, *table.measures)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{where}: {name} is there twice"
    for column in table.columns:
        other = column.properties.get("sortByColumn")
        if other is not None and not model.has_column(table.name, unquoted(other)):
            yield f"{where}: {column.name} is sorted by {other}, which is no column"
    for measure in table.measures:
        holders = [
            t
            for t in model.tables.values()
            for m in t.measures
            if m.name == measure.name
        ]
        if len(holders) > 1:
            yield f"measure {measure.name}: there twice"
        for of, column in dax_columns(measure.text):
            if not model.has_column(of, column):
                yield f"measure {measure.name}: no column {of}[{column}]"
        for of in dax_tables(measure.text):
            if of not in model.tables:
                yield f"measure {measure.name}: no table {of}"
        for name in dax_measures(measure.text):
            if model.measure(name) is None or name == measure.name:
                yield f"measure {measure.name}: no measure [{name}]"
        if not model.measured_tables(measure.name):
            yield f"measure {measure.name}: reads no table"


def _lint_links(model: _Model, marts: MartContract) -> Iterator[str]:
    made = []
    names = [link.name for link in model.links]
    if len(names) != len(set(names)):
        yield "two relationships have one name"
    for link in model.links:
        ends = []
        for table, column in (link.child, link.parent):
            if not model.has_column(table, column):
                yield f"relationship {link.name}: no column {table}[{column}]"
                continue
            (part,) = (c for c in model.tables[table].columns if c.name == column)
            ends.append((table, part.properties.get("sourceColumn", "")))
        made.append(tuple(ends))
    keys = [
        ((mart.name, key.columns[0]), (key.table, key.to_columns[0]))
        for mart in marts
        for key in mart.foreign_keys
        if len(key.columns) == 1
    ]
    asked_for = {
        frozenset(dax_columns(call))
        for table in model.tables.values()
        for measure in table.measures
        for call in _ASKED.findall(measure.text)
    }
    asleep = {
        frozenset((link.child, link.parent))
        for link in model.links
        if not link.is_active
    }
    for ends in sorted(map(sorted, asked_for - asleep)):
        yield f"a measure asks for the relationship {ends}, which does not sleep"
    for ends in sorted(map(sorted, asleep - asked_for)):
        yield f"no measure asks for the relationship {ends}, which sleeps"
    for child, parent in sorted(set(keys) - set(made)):
        more = Link("", child, parent, is_active=True, is_both_ways=False)
        if not _Model(model.tables, [*model.links, more]).has_two_ways():
            yield f"no relationship for {child[0]}.{child[1]} to {parent[0]}"
    for ends in made:
        if ends not in keys:
            yield f"a relationship {ends} is no foreign key"
    for table in model.tables:
        for target, count in model.ways(table).items():
            if count > 1:
                yield f"{count} active ways lead from {table} to {target}"


def _lint_report(files: Mapping[str, str], model: _Model) -> Iterator[str]:
    report = json.loads(files.get("definition/report.json", "{}"))
    theme = report.get("themeCollection", {}).get("customTheme", {}).get("name")
    items = [
        item
        for package in report.get("resourcePackages", [])
        for item in package["items"]
    ]
    if theme not in [item["name"] for item in items]:
        yield f"report.json: no resource {theme}"
    for package in report.get("resourcePackages", []):
        if package["name"] != package["type"]:
            yield f"report.json: no package {package['name']}"
    for item in items:
        if f"StaticResources/RegisteredResources/{item['path']}" not in files:
            yield f"report.json: no file {item['path']}"
    order = json.loads(files.get("definition/pages/pages.json", "{}"))
    pages = {
        PurePosixPath(name).parent.name: json.loads(text)
        for name, text in files.items()
        if name.endswith("/page.json")
    }
    if sorted(order.get("pageOrder", [])) != sorted(pages):
        yield f"pages.json: lists {order.get('pageOrder')}, not {sorted(pages)}"
    if order.get("activePageName") not in pages:
        yield f"pages.json: no page {order.get('activePageName')}"
    for folder, page in pages.items():
        if page.get("name") != folder:
            yield f"page {folder}: calls itself {page.get('name')}"
    for name, text in files.items():
        if name.endswith("/visual.json"):
            visual = json.loads(text)
            folder = PurePosixPath(name).parent.name
            if visual.get("name") != folder:
                yield f"visual {folder}: calls itself {visual.get('name')}"
            if PurePosixPath(name).parts[2] not in pages:
                yield f"visual {folder}: is on no page"
            yield from _lint_visual(folder, visual, model)


def _lint_visual(name: str, content: dict[str, Any], model: _Model) -> Iterator[str]:
    where = f"visual {name}"
    visual = content.get("visual", {})
    kind = visual.get("visualType")
    if kind not in _ROLES:
        yield f"{where}: of no known type {kind}"
        return
    state = visual.get("query", {}).get("queryState", {})
    for role in sorted(set(state) - _ROLES[kind]):
        yield f"{where}: a {kind} has no role {role}"
    if _ROLES[kind] and not state:
        yield f"{where}: shows nothing"
    if _ROLES[kind] is _CHART and not {"Category", "Y"} <= set(state):
        yield f"{where}: needs the roles Category and Y"
    shown: dict[str, set[str]] = {}
    for role, value in state.items():
        for projection in value["projections"]:
            tables = _tables(projection["field"], model)
            shown.setdefault(role, set()).update(tables)
            expected = _query_ref(projection["field"])
            if projection.get("queryRef") != expected:
                yield f"{where}: {projection.get('queryRef')} should be {expected}"
    yield from (f"{where}: {text}" for text in _dangling(content, model, {}))
    measured = shown.get("Y", set())
    for role in ("Category", "Series"):
        for table in shown.get(role, set()):
            for target in measured:
                if not model.reaches(table, target):
                    yield f"{where}: {table} does not filter {target}"


def _tables(field: dict[str, Any], model: _Model) -> set[str]:
    if "Aggregation" in field:
        return _tables(field["Aggregation"]["Expression"], model)
    ((kind, value),) = field.items()
    if kind == "Measure":
        return model.measured_tables(value["Property"])
    return {value["Expression"]["SourceRef"].get("Entity", "")}


def _query_ref(field: dict[str, Any]) -> str:
    if "Aggregation" in field:
        name = {0: "Sum"}.get(field["Aggregation"]["Function"])
        return f"{name}({_query_ref(field['Aggregation']['Expression'])})"
    ((_, value),) = field.items()
    return f"{value['Expression']['SourceRef'].get('Entity')}.{value['Property']}"


def _dangling(value: Any, model: _Model, aliases: Mapping[str, str]) -> Iterator[str]:
    """Yield every table, column, measure and alias that is not there, at any depth."""
    if isinstance(value, list):
        for one in value:
            yield from _dangling(one, model, aliases)
    if not isinstance(value, dict):
        return
    if isinstance(value.get("From"), list):
        # A query sees its own sources only.
        aliases = {}
        for source in value["From"]:
            aliases[source["Name"]] = source.get("Entity", "")
            if "Entity" in source and source["Entity"] not in model.tables:
                yield f"no table {source['Entity']}"
    for kind in ("Column", "Measure"):
        if kind not in value:
            continue
        reference = value[kind]["Expression"]["SourceRef"]
        alias = reference.get("Source")
        if alias is not None and alias not in aliases:
            yield f"no source {alias}"
        table = reference.get("Entity") or aliases.get(alias or "", "")
        name = value[kind]["Property"]
        if kind == "Column" and not model.has_column(table, name):
            yield f"no column {table}[{name}]"
        if kind == "Measure":
            found = model.measure(name)
            if found is None or found[0] != table:
                yield f"no measure {table}[{name}]"
    source = value.get("SourceRef")
    if (
        isinstance(source, dict)
        and "Source" in source
        and source["Source"] not in aliases
    ):
        yield f"no source {source['Source']}"
    for one in value.values():
        yield from _dangling(one, model, aliases)
