"""Tableau's data sources as XML, in the classic dialect of version 18.1."""

import hashlib
import uuid
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from streaming_analytics.bi.naming import adds_up, plain, table_caption
from streaming_analytics.bi.server import Server
from streaming_analytics.bi.shapes import COUNTRIES
from streaming_analytics.bi.tableau.connection import (
    connection_attributes,
    connection_name,
)
from streaming_analytics.bi.tableau.folders import drill_paths, folders_of_fields
from streaming_analytics.bi.tableau.source import Calculation, Source
from streaming_analytics.mart_columns import Column, Format
from streaming_analytics.mart_contract import Mart

VERSION = "18.1"
USER_NAMESPACE = "http://www.tableausoftware.com/xml/user"
EXTRACT_SCHEMA = "Extract"
# What a 2020.2 or newer Tableau understands without further conversion.
_MANIFEST = (
    "ObjectModelEncapsulateLegacy",
    "ObjectModelTableType",
    "SchemaViewerObjectModel",
    "SheetIdentifierTracking",
    "WindowsPersistSimpleIdentifiers",
)
# ODBC's numbers for the types.
_REMOTE_TYPES = {
    "string": "129",
    "integer": "3",
    "bigint": "20",
    "decimal": "131",
    "float": "5",
    "boolean": "11",
    "date": "7",
    "timestamp": "135",
}
_LOCAL_TYPES = {
    "string": "string",
    "integer": "integer",
    "decimal": "real",
    "float": "real",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
}
_FORMATS = {
    Format.WHOLE: "n#,##0;-#,##0",
    Format.PLAIN: "n0;-0",
    Format.TENTHS: "n#,##0.0;-#,##0.0",
    Format.HUNDREDTHS: "n#,##0.00;-#,##0.00",
    Format.PERCENT: "p0.0%",
    Format.DOLLARS: 'c"$"#,##0;-"$"#,##0',
    Format.CENTS: 'c"$"#,##0.00;-"$"#,##0.00',
    Format.DATE: "*yyyy-MM-dd",
    Format.TIMESTAMP: "*yyyy-MM-dd HH:mm",
}


# Tableau's own names of a country by its two letters, and by its name.
_COUNTRY = {True: "[Country].[ISO3166_2]", False: "[Country].[Name]"}


def document(root: Element) -> str:
    """Return the text of a file."""
    indent(root, "  ")
    text = tostring(root, encoding="unicode")
    return f"<?xml version='1.0' encoding='utf-8' ?>\n{text}\n"


def manifest() -> Element:
    """Return the list of what the file makes use of."""
    element = Element("document-format-change-manifest")
    for name in _MANIFEST:
        SubElement(element, name)
    return element


def simple_id(*names: str) -> Element:
    """Return an id that is the same for the same names."""
    made = uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("streaming_analytics", *names)))
    return Element("simple-id", {"uuid": f"{{{str(made).upper()}}}"})


def object_id(source: Source, table: str) -> str:
    """Return the id of a logical table."""
    digest = hashlib.sha256(f"{source.key}/{table}".encode()).hexdigest()[:32]
    return f"{table}_{digest.upper()}"


def tds(source: Source, server: Server) -> str:
    """Return a data source of its own, as a `.tds` file."""
    root = datasource(source, server)
    root.attrib.pop("caption")
    root.attrib.pop("name")
    root.set("formatted-name", source.caption)
    root.set("source-platform", "win")
    root.set("xmlns:user", USER_NAMESPACE)
    root.insert(0, manifest())
    return document(root)


def extract_path(source: Source) -> str:
    """Return where a workbook's package holds the extract of a data source."""
    return f"Data/Datasources/{source.key}.hyper"


def datasource(source: Source, server: Server, *, has_extract: bool = False) -> Element:
    """Return a data source on the live connection.

    Args:
        source: What it holds.
        server: What it connects to.
        has_extract: Whether the extract in the workbook's package is used in place
            of the connection.
    """
    element = Element(
        "datasource",
        {
            "caption": source.caption,
            "inline": "true",
            "name": source.name,
            "version": VERSION,
        },
    )
    element.append(_connection(source, server))
    SubElement(element, "aliases", {"enabled": "yes"})
    for mart in source.tables:
        for column in mart.columns.values():
            element.append(_column(source, mart, column))
    for calculation in source.calculations:
        element.append(calculated_column(calculation))
    for mart in source.tables:
        counted = object_id(source, mart.name)
        SubElement(
            element,
            "column",
            {
                "caption": table_caption(mart),
                "datatype": "table",
                "name": f"[__tableau_internal_object_id__].[{counted}]",
                "role": "measure",
                "type": "quantitative",
            },
        )
    paths = drill_paths(source)
    if len(paths):
        element.append(paths)
    element.append(folders_of_fields(source))
    if has_extract:
        element.append(_extract(source))
    SubElement(
        element,
        "layout",
        {
            "dim-ordering": "alphabetic",
            "measure-ordering": "alphabetic",
            "show-structure": "true",
        },
    )
    element.append(_object_graph(source, server, has_extract))
    return element


def _connection(source: Source, server: Server) -> Element:
    connection = Element("connection", {"class": "federated"})
    named = SubElement(
        SubElement(connection, "named-connections"),
        "named-connection",
        {"caption": server.host, "name": connection_name(server)},
    )
    SubElement(named, "connection", dict(sorted(connection_attributes(server).items())))
    relations = [_relation(mart, server) for mart in source.tables]
    if len(relations) == 1:
        connection.append(relations[0])
    else:
        collection = SubElement(connection, "relation", {"type": "collection"})
        collection.extend(relations)
    columns = SubElement(connection, "cols")
    for (table, column), local in source.locals.items():
        SubElement(columns, "map", {"key": local, "value": f"[{table}].[{column}]"})
    connection.append(_metadata(source, of_extract=False))
    return connection


def _relation(mart: Mart, server: Server) -> Element:
    return Element(
        "relation",
        {
            "connection": connection_name(server),
            "name": mart.name,
            "table": f"[{mart.schema}].[{mart.name}]",
            "type": "table",
        },
    )


def _metadata(source: Source, *, of_extract: bool) -> Element:
    records = Element("metadata-records")
    ordinal = 0
    for mart in source.tables:
        for column in mart.columns.values():
            ordinal += 1
            record = SubElement(records, "metadata-record", {"class": "column"})
            values: Mapping[str, str] = {
                "remote-name": column.name,
                "remote-type": _REMOTE_TYPES[
                    column.data_type if column.data_type == "bigint" else column.kind
                ],
                "local-name": source.locals[mart.name, column.name],
                "parent-name": f"[{object_id(source, mart.name)}]"
                if of_extract
                else f"[{mart.name}]",
                "remote-alias": column.name,
                "ordinal": str(ordinal),
                "local-type": _LOCAL_TYPES[column.kind],
                "aggregation": "Count"
                if column.kind in ("string", "boolean")
                else "Year"
                if column.kind in ("date", "timestamp")
                else "Sum",
            }
            for name, value in values.items():
                SubElement(record, name).text = value
            if column.kind == "decimal":
                digits, places = column.precision
                SubElement(record, "precision").text = str(digits)
                SubElement(record, "scale").text = str(places)
            nullable = "false" if column.is_required else "true"
            SubElement(record, "contains-null").text = nullable
            SubElement(record, "object-id").text = f"[{object_id(source, mart.name)}]"
    return records


def _column(source: Source, mart: Mart, column: Column) -> Element:
    is_measure = adds_up(mart, column)
    place = (mart.name, column.name)
    attributes = {
        "caption": source.captions.columns[place],
        "datatype": _LOCAL_TYPES[column.kind],
    }
    shown = _FORMATS.get(column.format)
    if is_measure:
        attributes["aggregation"] = "Sum"
    if shown is not None:
        attributes["default-format"] = shown
    if place in source.captions.hidden:
        attributes["hidden"] = "true"
    attributes |= {
        "name": source.locals[place],
        "role": "measure" if is_measure else "dimension",
    }
    if place in COUNTRIES:
        attributes["semantic-role"] = _COUNTRY[COUNTRIES[place]]
    attributes |= {
        "type": "quantitative"
        if is_measure
        else "nominal"
        if column.kind in ("string", "boolean")
        else "ordinal",
    }
    element = Element("column", attributes)
    _describe(element, plain(column.description))
    return element


def calculated_column(calculation: Calculation) -> Element:
    """Return a calculated field."""
    element = Element(
        "column",
        {
            "caption": calculation.label,
            "datatype": "real",
            "default-format": _FORMATS[calculation.format],
            "name": f"[{calculation.name}]",
            "role": "measure",
            "type": "quantitative",
        },
    )
    formula = {"class": "tableau", "formula": calculation.formula}
    written = SubElement(element, "calculation", formula)
    if calculation.goes_along:
        SubElement(written, "table-calc", {"ordering-type": "Rows"})
    _describe(element, plain(calculation.description))
    return element


def _describe(element: Element, text: str) -> None:
    if text:
        formatted = SubElement(SubElement(element, "desc"), "formatted-text")
        SubElement(formatted, "run").text = text


def _extract(source: Source) -> Element:
    extract = Element(
        "extract",
        {"count": "-1", "enabled": "true", "object-id": "", "units": "records"},
    )
    connection = SubElement(
        extract,
        "connection",
        {
            "access_mode": "readonly",
            "authentication": "auth-none",
            "author-locale": "en_US",
            "class": "hyper",
            "dbname": extract_path(source),
            "default-settings": "hyper",
            "schema": EXTRACT_SCHEMA,
            "sslmode": "",
            "tablename": EXTRACT_SCHEMA,
            "username": "",
        },
    )
    relations = [_extract_relation(source, mart) for mart in source.tables]
    if len(relations) == 1:
        connection.append(relations[0])
    else:
        SubElement(connection, "relation", {"type": "collection"}).extend(relations)
        columns = SubElement(connection, "cols")
        for (table, column), local in source.locals.items():
            value = f"[{object_id(source, table)}].[{column}]"
            SubElement(columns, "map", {"key": local, "value": value})
    connection.append(_metadata(source, of_extract=True))
    return extract


def _extract_relation(source: Source, mart: Mart) -> Element:
    name = object_id(source, mart.name)
    return Element(
        "relation",
        {"name": name, "table": f"[{EXTRACT_SCHEMA}].[{name}]", "type": "table"},
    )


def _object_graph(source: Source, server: Server, has_extract: bool) -> Element:
    graph = Element("object-graph")
    objects = SubElement(graph, "objects")
    for mart in source.tables:
        one = SubElement(
            objects,
            "object",
            {"caption": table_caption(mart), "id": object_id(source, mart.name)},
        )
        SubElement(one, "properties", {"context": ""}).append(_relation(mart, server))
        if has_extract:
            SubElement(one, "properties", {"context": "extract"}).append(
                _extract_relation(source, mart)
            )
    if not source.relations:
        return graph
    relationships = SubElement(graph, "relationships")
    for link in source.relations:
        relationship = SubElement(relationships, "relationship")
        parent = relationship
        if len(link.pairs) > 1:
            parent = SubElement(relationship, "expression", {"op": "AND"})
        for first, second in link.pairs:
            equal = SubElement(parent, "expression", {"op": "="})
            for table, column in ((link.first, first), (link.second, second)):
                SubElement(equal, "expression", {"op": source.locals[table, column]})
        for tag, table in (
            ("first-end-point", link.first),
            ("second-end-point", link.second),
        ):
            SubElement(relationship, tag, {"object-id": object_id(source, table)})
    return graph
