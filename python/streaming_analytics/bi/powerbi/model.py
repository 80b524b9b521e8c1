"""The semantic model in Power BI's language TMDL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from streaming_analytics.bi.captions import Captions, Place, captions
from streaming_analytics.bi.measures import measures_of
from streaming_analytics.bi.metrics import Metric, Metrics
from streaming_analytics.bi.naming import adds_up, folder_of, plain
from streaming_analytics.bi.pages import PAGES
from streaming_analytics.bi.powerbi.connector import parameters, steps
from streaming_analytics.bi.powerbi.dax import DaxWriter
from streaming_analytics.bi.powerbi.levels import ROLE, levels, role
from streaming_analytics.bi.powerbi.names import lineage, quoted
from streaming_analytics.bi.powerbi.relationships import (
    Relationship,
    filters,
    relationships,
)
from streaming_analytics.bi.server import Server
from streaming_analytics.bi.shapes import (
    COMPARED,
    COUNTRIES,
    HIERARCHIES,
    SORTED_BY,
    SPANS,
)
from streaming_analytics.mart_columns import Column, Format
from streaming_analytics.mart_contract import Mart, MartContract

MEASURES = "Metrics"
_FORMATS = {
    Format.WHOLE: "#,##0",
    Format.PLAIN: "0",
    Format.TENTHS: "#,##0.0",
    Format.HUNDREDTHS: "#,##0.00",
    Format.PERCENT: "0.0%;-0.0%;0.0%",
    Format.DOLLARS: r"\$#,##0;-\$#,##0;\$#,##0",
    Format.CENTS: r"\$#,##0.00;-\$#,##0.00;\$#,##0.00",
    Format.DATE: "yyyy-mm-dd",
    Format.TIMESTAMP: "yyyy-mm-dd hh:nn",
    Format.YES_NO: '"""TRUE"";""TRUE"";""FALSE"""',
}
# Fixed decimals have four places in Power BI.
_FIXED_PLACES = 4


@dataclass(frozen=True)
class Model:
    """What the model's files are made from.

    Attributes:
        contract: The marts.
        metrics: dbt's metrics.
        links: The relationships.
        captions: What columns and measures are called.
    """

    contract: MartContract
    metrics: Metrics
    links: tuple[Relationship, ...]
    captions: Captions

    @property
    def dax(self) -> DaxWriter:
        """What writes its formulas."""
        return DaxWriter(self.contract, self.metrics, self.captions, list(self.links))


def made_of(contract: MartContract, metrics: Metrics) -> Model:
    """Return the model of some marts and metrics."""
    links = relationships(contract, metrics)
    names = captions(
        list(contract),
        metrics.by_name.values(),
        _stand_ins(contract, links),
        in_one_list=False,
    )
    return Model(contract, metrics, tuple(links), names)


def _stand_ins(contract: MartContract, links: Sequence[Relationship]) -> set[Place]:
    """Return the keys in whose place readers use the table that they name."""
    linked = {(link.child, link.child_column) for link in links}
    return {
        (mart.name, key.columns[0])
        for mart in contract
        for key in mart.foreign_keys
        if len(key.columns) == 1
        and (
            (mart.name, key.columns[0]) in linked
            or (key.columns == key.to_columns and filters(links, key.table, mart.name))
        )
    }


def model_files(model: Model, server: Server) -> dict[str, str]:
    """Return the files of the model's `definition` folder, by path."""
    files = {
        "database.tmdl": "database\n\tcompatibilityLevel: 1567\n",
        "model.tmdl": _model(model.contract),
        "expressions.tmdl": _expressions(server),
        "relationships.tmdl": _relationships(model),
        f"tables/{MEASURES}.tmdl": _measures(model),
        f"roles/{ROLE}.tmdl": role(model.captions),
    }
    for mart in model.contract:
        files[f"tables/{mart.name}.tmdl"] = _table(model, mart, server)
    return files


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
        f"ref role {quoted(ROLE)}",
        "",
    ]
    return "\n".join(lines)


def _expressions(server: Server) -> str:
    parts = []
    for name, value in parameters(server).items():
        text = value.replace('"', '""')
        parts.append(
            f'expression {name} = "{text}" meta [IsParameterQuery=true, '
            'Type="Text", IsParameterQueryRequired=true]\n'
            f"\tlineageTag: {lineage('expression', name)}\n\n"
            "\tannotation PBI_ResultType = Text\n"
        )
    return "\n".join(parts)


def _relationships(model: Model) -> str:
    parts = []
    for one in model.links:
        lines = [
            "relationship "
            + lineage("relationship", one.child, one.child_column, one.parent)
        ]
        if not one.is_active:
            lines.append("\tisActive: false")
        if one.is_both_ways:
            lines.append("\tcrossFilteringBehavior: bothDirections")
        for side, table, column in (
            ("from", one.child, one.child_column),
            ("to", one.parent, one.parent_column),
        ):
            caption = model.captions.columns[table, column]
            lines.append(f"\t{side}Column: {quoted(table)}.{quoted(caption)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _table(model: Model, mart: Mart, server: Server) -> str:
    lines = [
        *_described(mart.description),
        f"table {quoted(mart.name)}",
        f"\tlineageTag: {lineage('table', mart.name)}",
    ]
    if mart.name == "dim_dates":
        lines.append("\tdataCategory: Time")
    lines.append("")
    for measure in measures_of(mart):
        column = measure.column
        lines += _measure(
            model.captions.measures[mart.name, column.name],
            model.dax.measure(measure),
            column.description,
            column.format,
            folder_of(mart, column),
        )
    sorted_by = _sorted_by(mart)
    for hierarchy in HIERARCHIES:
        if hierarchy.table == mart.name:
            lines += levels(model.captions, hierarchy)
    for column in mart.columns.values():
        lines += _column(model, mart, column, sorted_by.get(column.name))
    lines += [
        f"\tpartition {quoted(mart.name)} = m",
        "\t\tmode: import",
        "\t\tsource =",
        "\t\t\t\tlet",
        ",\n".join(f"\t\t\t\t\t{step}" for step in steps(server, mart)),
        "\t\t\t\tin",
        "\t\t\t\t\tRows",
        "",
        "\tannotation PBI_ResultType = Table",
        "",
    ]
    return "\n".join(lines)


def _column(
    model: Model, mart: Mart, column: Column, sorted_by: str | None
) -> list[str]:
    names = model.captions
    lines = [
        *(f"\t{line}" for line in _described(column.description)),
        f"\tcolumn {quoted(names.columns[mart.name, column.name])}",
        f"\t\tdataType: {_data_type(column)}",
    ]
    if (mart.name, column.name) in names.hidden:
        lines.append("\t\tisHidden")
    if mart.primary_key == (column.name,):
        lines.append("\t\tisKey")
    if (mart.name, column.name) in COUNTRIES:
        lines.append("\t\tdataCategory: Country")
    shown = _FORMATS.get(column.format)
    if shown is not None:
        lines.append(f"\t\tformatString: {shown}")
    lines += [
        f"\t\tdisplayFolder: {folder_of(mart, column)}",
        f"\t\tlineageTag: {lineage('column', mart.name, column.name)}",
        f"\t\tsummarizeBy: {'sum' if adds_up(mart, column) else 'none'}",
        f"\t\tsourceColumn: {column.name}",
    ]
    if sorted_by is not None:
        other = names.columns[mart.name, sorted_by]
        lines.append(f"\t\tsortByColumn: {quoted(other)}")
    return [*lines, "", "\t\tannotation SummarizationSetBy = User", ""]


def _sorted_by(mart: Mart) -> dict[str, str]:
    """Return this table's labels that are read in another column's order."""
    named = {
        column: other
        for (table, column), other in SORTED_BY.items()
        if table == mart.name
    }
    return named | {
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


def _measures(model: Model) -> str:
    lines = [
        "/// Metrics, each a ratio of sums or a sum: right at every level of detail.",
        f"table {MEASURES}",
        f"\tlineageTag: {lineage('table', MEASURES)}",
        "",
    ]
    for metric in model.metrics.by_name.values():
        lines += _measure(
            metric.label,
            model.dax.metric(metric),
            _told(model, metric),
            metric.format,
            _folder(model.contract, model.metrics.tables(metric)),
        )
    for name in COMPARED:
        lines += _compared(model, model.metrics.by_name[name])
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


def _told(model: Model, metric: Metric) -> str:
    """Return a metric's description; it warns where a choice of dates does nothing.

    A moment is no key of the calendar, and a slicer that leaves a number as it is
    looks like one that works.
    """
    asked_for = {one.child for one in model.links if not one.is_active}
    if all(
        table in asked_for or filters(model.links, "dim_dates", table)
        for table in model.metrics.tables(metric)
    ):
        return metric.description
    return f"{metric.description} Dates of the calendar (dim_dates) do not filter it."


def _compared(model: Model, metric: Metric) -> list[str]:
    """Return what a metric was in the month and in the year before."""
    day = model.captions.columns["dim_dates", "date_day"]
    folder = _folder(model.contract, model.metrics.tables(metric))
    lines = []
    for span in SPANS:
        lines += _measure(
            f"{metric.label}, {span} before",
            f"CALCULATE([{metric.label}], "
            f"DATEADD('dim_dates'[{day}], -1, {span.upper()}))",
            f"{metric.label} of the {span} before the days that are shown.",
            metric.format,
            f"{folder}\\Compared",
        )
    return lines


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


def _folder(contract: MartContract, tables: Iterable[str]) -> str:
    areas = sorted({contract[table].area for table in tables})
    return " and ".join(areas).capitalize()
