"""The semantic model in Power BI's language TMDL."""

import re
import uuid
from collections.abc import Iterable

from streaming_analytics.bi.measures import is_money, is_share
from streaming_analytics.bi.metrics import (
    Aggregate,
    Metric,
    Metrics,
    Quotient,
    defined_ratio,
)
from streaming_analytics.bi.naming import (
    Format,
    Total,
    column_caption,
    folder_of,
    format_of,
    plain,
    total_of,
)
from streaming_analytics.bi.pages import PAGES, Ratio
from streaming_analytics.bi.powerbi.relationships import relationships
from streaming_analytics.bi.server import Server
from streaming_analytics.mart_contract import Column, Mart, MartContract

MEASURES = "Metrics"
_FORMATS = {
    Format.WHOLE: "#,##0",
    Format.PLAIN: "0",
    Format.DECIMAL: "#,##0.0",
    Format.PERCENT: "0.0%;-0.0%;0.0%",
    Format.MONEY: r"\$#,##0;-\$#,##0;\$#,##0",
    Format.DATE: "yyyy-mm-dd",
    Format.TIMESTAMP: "yyyy-mm-dd hh:nn",
    Format.YES_NO: '"""TRUE"";""TRUE"";""FALSE"""',
}
# Fixed decimals have four places in Power BI.
_FIXED_PLACES = 4


def model_files(
    marts: MartContract, metrics: Metrics, server: Server
) -> dict[str, str]:
    """Return the files of the model's `definition` folder, by path."""
    files = {
        "database.tmdl": "database\n\tcompatibilityLevel: 1567\n",
        "model.tmdl": _model(marts),
        "expressions.tmdl": _expressions(server),
        "relationships.tmdl": _relationships(marts),
        f"tables/{MEASURES}.tmdl": _measures(marts, metrics),
    }
    for mart in marts:
        files[f"tables/{mart.name}.tmdl"] = _table(mart)
    return files


def quoted(name: str) -> str:
    """Return a name as TMDL and DAX write it."""
    if re.fullmatch(r"[A-Za-z_]\w*", name):
        return name
    return "'" + name.replace("'", "''") + "'"


def ratio_label(ratio: Ratio) -> str:
    """Return the name of the measure of a page's own ratio."""
    return ratio.label


def lineage(*names: str) -> str:
    """Return a tag that is the same for the same names."""
    return str(
        uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("streaming_analytics", *names)))
    )


def _model(marts: MartContract) -> str:
    lines = [
        "model Model",
        "\tculture: en-US",
        "\tdefaultPowerBIDataSourceVersion: powerBI_V3",
        "\tsourceQueryCulture: en-US",
        "\tdataAccessOptions",
        "\t\tlegacyRedirects",
        "\t\treturnErrorValuesAsNull",
        "",
        # dim_dates is the calendar; Power BI need not make hidden ones.
        "\tannotation __PBI_TimeIntelligenceEnabled = 0",
        "",
        *(f"ref table {quoted(name)}" for name in (MEASURES, *marts.tables)),
        "",
    ]
    return "\n".join(lines)


def _expressions(server: Server) -> str:
    parts = []
    for name, value in (
        ("Server", f"{server.host}:{server.port}"),
        ("Database", server.database),
    ):
        text = value.replace('"', '""')
        parts.append(
            f'expression {name} = "{text}" meta [IsParameterQuery=true, '
            'Type="Text", IsParameterQueryRequired=true]\n'
            f"\tlineageTag: {lineage('expression', name)}\n\n"
            "\tannotation PBI_ResultType = Text\n"
        )
    return "\n".join(parts)


def _relationships(marts: MartContract) -> str:
    parts = []
    for one in relationships(marts):
        lines = [
            "relationship "
            + lineage("relationship", one.child, one.child_column, one.parent)
        ]
        if not one.is_active:
            lines.append("\tisActive: false")
        for side, table, column in (
            ("from", one.child, one.child_column),
            ("to", one.parent, one.parent_column),
        ):
            caption = column_caption(marts[table].columns[column])
            lines.append(f"\t{side}Column: {quoted(table)}.{quoted(caption)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _table(mart: Mart) -> str:
    lines = [
        *_described(mart.description),
        f"table {quoted(mart.name)}",
        f"\tlineageTag: {lineage('table', mart.name)}",
    ]
    if mart.name == "dim_dates":
        lines.append("\tdataCategory: Time")
    lines.append("")
    sorted_by = _sorted_by(mart)
    place = f'[Schema = "{mart.schema}", Item = "{mart.name}"]'
    for column in mart.columns.values():
        lines += _column(mart, column, sorted_by.get(column.name))
    lines += [
        f"\tpartition {quoted(mart.name)} = m",
        "\t\tmode: import",
        "\t\tsource =",
        "\t\t\t\tlet",
        "\t\t\t\t\tSource = PostgreSQL.Database(Server, Database),",
        f"\t\t\t\t\tRows = Source{{{place}}}[Data]",
        "\t\t\t\tin",
        "\t\t\t\t\tRows",
        "",
        "\tannotation PBI_ResultType = Table",
        "",
    ]
    return "\n".join(lines)


def _column(mart: Mart, column: Column, sorted_by: str | None) -> list[str]:
    caption = column_caption(column)
    summarize = {Total.SUM: "sum", Total.AVERAGE: "average", Total.NONE: "none"}
    lines = [
        *(f"\t{line}" for line in _described(column.description)),
        f"\tcolumn {quoted(caption)}",
        f"\t\tdataType: {_data_type(column)}",
    ]
    if mart.primary_key == (column.name,):
        lines.append("\t\tisKey")
    shown = _FORMATS.get(format_of(column))
    if shown is not None:
        lines.append(f"\t\tformatString: {shown}")
    lines += [
        f"\t\tdisplayFolder: {folder_of(mart, column)}",
        f"\t\tlineageTag: {lineage('column', mart.name, column.name)}",
        f"\t\tsummarizeBy: {summarize[total_of(mart, column)]}",
        f"\t\tsourceColumn: {column.name}",
    ]
    if sorted_by is not None:
        lines.append(
            f"\t\tsortByColumn: {quoted(column_caption(mart.columns[sorted_by]))}"
        )
    return [*lines, "", "\t\tannotation SummarizationSetBy = User", ""]


def _sorted_by(mart: Mart) -> dict[str, str]:
    """Return the labels of this table that the pages put in another column's order."""
    return {
        visual.rows[0].column: visual.sort_by
        for page in PAGES
        for visual in page.visuals
        if visual.sort_by is not None
        and visual.rows[0].table == mart.name
        and visual.rows[0].column != visual.sort_by
    }


def _data_type(column: Column) -> str:
    if column.kind == "decimal":
        return "decimal" if column.precision[1] <= _FIXED_PLACES else "double"
    return {
        "string": "string",
        "integer": "int64",
        "float": "double",
        "boolean": "boolean",
        "date": "dateTime",
        "timestamp": "dateTime",
    }[column.kind]


def _described(markdown: str) -> list[str]:
    text = plain(markdown)
    return [f"/// {text}"] if text else []


def _measures(marts: MartContract, metrics: Metrics) -> str:
    lines = [
        "/// Metrics, each a ratio of sums or a sum: right at every level of detail.",
        f"table {MEASURES}",
        f"\tlineageTag: {lineage('table', MEASURES)}",
        "",
    ]
    for metric in metrics.by_name.values():
        lines += _measure(
            metric.label,
            _dax(metric, marts, metrics),
            metric.description,
            _metric_format(metric, metrics),
            _folder(marts, metrics.tables(metric)),
        )
    for ratio in _page_ratios():
        mart = marts[ratio.table]
        numerator, denominator = (
            f"SUM({dax_column(mart, name)})"
            for name in defined_ratio(mart, ratio.column)
        )
        lines += _measure(
            ratio_label(ratio),
            f"DIVIDE({numerator}, {denominator})",
            mart.columns[ratio.column].description,
            Format.PERCENT,
            mart.area.capitalize(),
        )
    lines += [
        "\tcolumn Value",
        "\t\tdataType: string",
        "\t\tisHidden",
        f"\t\tlineageTag: {lineage('column', MEASURES, 'Value')}",
        "\t\tsummarizeBy: none",
        "\t\tsourceColumn: Value",
        "",
        f"\tpartition {MEASURES} = m",
        "\t\tmode: import",
        "\t\tsource =",
        "\t\t\t\tlet",
        "\t\t\t\t\tEmpty = #table(type table [Value = text], {})",
        "\t\t\t\tin",
        "\t\t\t\t\tEmpty",
        "",
    ]
    return "\n".join(lines)


def _page_ratios() -> Iterable[Ratio]:
    found = {
        visual.value.label: visual.value
        for page in PAGES
        for visual in page.visuals
        if isinstance(visual.value, Ratio)
    }
    return found.values()


def _measure(
    label: str, dax: str, description: str, shown: Format, folder: str
) -> list[str]:
    return [
        *(f"\t{line}" for line in _described(description)),
        f"\tmeasure {quoted(label)} = {dax}",
        f"\t\tformatString: {_FORMATS[shown]}",
        f"\t\tdisplayFolder: {folder}",
        f"\t\tlineageTag: {lineage('measure', label)}",
        "",
    ]


def _folder(marts: MartContract, tables: Iterable[str]) -> str:
    areas = sorted({marts[table].area for table in tables})
    return " and ".join(areas).capitalize()


def _metric_format(metric: Metric, metrics: Metrics) -> Format:
    if is_share(metric):
        return Format.PERCENT
    if is_money(metric, metrics):
        return Format.MONEY
    return Format.WHOLE if isinstance(metric.definition, Aggregate) else Format.DECIMAL


def dax_column(mart: Mart, column: str) -> str:
    """Return a column as DAX names it."""
    caption = column_caption(mart.columns[column]).replace("]", "]]")
    return f"'{mart.name}'[{caption}]"


def _dax(metric: Metric, marts: MartContract, metrics: Metrics) -> str:
    definition = metric.definition

    def measure(name: str) -> str:
        return f"[{metrics.by_name[name].label}]"

    if isinstance(definition, Quotient):
        top, bottom = measure(definition.numerator), measure(definition.denominator)
        return f"DIVIDE({top}, {bottom})"
    if not isinstance(definition, Aggregate):

        def named(text: str) -> str:
            return re.sub(r"[a-z_]\w*", lambda found: measure(found[0]), text)

        top = named(definition.formula)
        if definition.denominator is None:
            return top
        return f"DIVIDE({top}, {named(definition.denominator)})"
    return _aggregate(definition, marts[definition.table])


def _aggregate(aggregate: Aggregate, mart: Mart) -> str:
    sign = "-" if aggregate.is_negated else ""
    if aggregate.column is None:
        value = f"COUNTROWS('{mart.name}')"
    else:
        functions = {
            "sum": "SUM",
            "average": "AVERAGE",
            "count": "COUNT",
            "count_distinct": "DISTINCTCOUNTNOBLANK",
        }
        column = dax_column(mart, aggregate.column)
        value = f"{functions[aggregate.how]}({column})"
    tests = []
    for condition in aggregate.conditions:
        right = "TRUE()" if condition.equals is None else f'"{condition.equals}"'
        column = dax_column(mart, condition.column)
        tests.append(f"KEEPFILTERS({column} = {right})")
    if aggregate.last_of is not None:
        column = dax_column(mart, aggregate.last_of)
        # Members of several months do not add up: those of the last one count.
        tests.append(f"LASTNONBLANK({column}, {value})")
    if tests:
        value = f"CALCULATE({value}, {', '.join(tests)})"
    return sign + value
