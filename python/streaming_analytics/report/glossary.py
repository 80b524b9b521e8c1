"""The glossary: each metric in a sentence, its formula, and an example of this build.

Sentence, formula and format are those that the metrics declare; BI files read the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import jinja2

from streaming_analytics.bi.metrics import (
    Aggregate,
    Condition,
    Metric,
    Metrics,
    Quotient,
)
from streaming_analytics.mart_columns import Format
from streaming_analytics.mart_contract import MartContract
from streaming_analytics.reading import Warehouse
from streaming_analytics.report.marts import Marts
from streaming_analytics.report.wording import (
    SYNTHETIC,
    listing,
    month_name,
    number,
    percent,
    usd,
)

_TEMPLATES = Path(__file__).parent / "templates"
_OVER = " \N{DIVISION SIGN} "
_SHOWN = {
    Format.TENTHS: lambda value: number(value, 1),
    Format.HUNDREDTHS: lambda value: number(value, 2),
    Format.PERCENT: lambda value: percent(value, 1),
    Format.DOLLARS: usd,
    Format.CENTS: lambda value: usd(value, 2),
}


@dataclass(frozen=True)
class Entry:
    """One metric as the glossary tells it.

    Attributes:
        key: Its name in dbt, and on the page.
        label: What readers call it.
        sentence: What it is.
        formula: How it comes about, in words.
        example: Its value in the newest complete month; empty where there is none.
    """

    key: str
    label: str
    sentence: str
    formula: str
    example: str


@dataclass(frozen=True)
class Chapter:
    """The metrics of an area of the business, by label."""

    title: str
    entries: tuple[Entry, ...]


def glossary(
    metrics: Metrics, contract: MartContract, marts: Marts, warehouse: Warehouse
) -> str:
    """Return the page.

    Args:
        metrics: What it explains.
        contract: The marts that the metrics read.
        marts: For the month of the examples.
        warehouse: Where the marts are published.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    values = _values(metrics, contract, marts.month, warehouse)
    return environment.get_template("glossary.html.jinja").render(
        chapters=chapters(metrics, contract, values, marts.month),
        style=(_TEMPLATES / "dashboard.css").read_text(encoding="utf-8"),
        month="" if marts.month is None else month_name(marts.month),
        origin=SYNTHETIC if marts.is_synthetic else "",
    )


def chapters(
    metrics: Metrics,
    contract: MartContract,
    values: Mapping[str, float | None],
    month: date | None,
) -> list[Chapter]:
    """Return the metrics by area, each with its example.

    Args:
        metrics: What is explained.
        contract: The marts that the metrics read.
        values: Of each metric in the month; one that is not there has no example.
        month: The newest complete one; None where there is none.
    """
    by_area: dict[str, list[Entry]] = {}
    for metric in metrics.by_name.values():
        areas = {contract[table].area for table in metrics.tables(metric)}
        title = listing(sorted(areas)).capitalize()
        by_area.setdefault(title, []).append(
            Entry(
                metric.name,
                metric.label,
                _sentence(metric.description),
                formula_in_words(metric, metrics, contract),
                _example(metric, metrics, values, month),
            )
        )
    return [
        Chapter(title, tuple(sorted(entries, key=lambda entry: entry.label.lower())))
        for title, entries in sorted(by_area.items())
    ]


def formula_in_words(metric: Metric, metrics: Metrics, contract: MartContract) -> str:
    """Return how a metric comes about, of other metrics or of a mart's columns."""
    definition = metric.definition
    if isinstance(definition, Quotient):
        parts = (definition.numerator, definition.denominator)
        return _OVER.join(metrics.by_name[part].label for part in parts)
    if not isinstance(definition, Aggregate):
        return definition.written(lambda name: metrics.by_name[name].label, _over)
    table = f"{contract[definition.table].schema}.{definition.table}"
    told = {
        "sum": f"sum of {definition.column} in {table}",
        "count": f"number of rows of {table}",
        "count_distinct": f"number of different {definition.column} in {table}",
    }[definition.how]
    tests = [_condition(one) for one in definition.conditions]
    if definition.how == "count" and definition.column is not None:
        counted = contract[definition.table].columns[definition.column]
        if not counted.is_required:
            tests.insert(0, f"{counted.name} is not NULL")
    if tests:
        told += f", where {listing(tests)}"
    if definition.last_of is not None:
        told += f", on the last {definition.last_of}"
    elif _is_moment(definition, contract):
        # A table of no days: which one decides the month is not seen otherwise.
        told += f", by {definition.dated_by}"
    return f"minus the {told}" if definition.is_negated else told


def _over(top: str, bottom: str) -> str:
    return f"{top}{_OVER}{bottom}"


def _is_moment(aggregate: Aggregate, contract: MartContract) -> bool:
    """Return whether a metric falls into months by a moment and not by a day."""
    day = contract[aggregate.table].columns.get(aggregate.dated_by or "")
    return day is not None and day.kind == "timestamp"


def _condition(condition: Condition) -> str:
    wanted = {True: "true", False: "false"}.get(condition.equals, condition.equals)
    return f"{condition.column} is {wanted}"


def _sentence(text: str) -> str:
    words = " ".join(text.replace("`", "").split())
    return words if words.endswith(".") else f"{words}."


def _example(
    metric: Metric,
    metrics: Metrics,
    values: Mapping[str, float | None],
    month: date | None,
) -> str:
    value = values.get(metric.name)
    if value is None or month is None:
        return ""

    def shown(one: Metric) -> str:
        return _SHOWN.get(one.format, number)(values.get(one.name))

    definition = metric.definition
    told = shown(metric)
    if isinstance(definition, Quotient):
        parts = (definition.numerator, definition.denominator)
        told = f"{_OVER.join(shown(metrics.by_name[part]) for part in parts)} = {told}"
    elif not isinstance(definition, Aggregate):
        made = definition.written(
            lambda name: shown(metrics.by_name[name]),
            lambda one, two: one + _OVER + two,
        )
        told = f"{made} = {told}"
    return f"{month_name(month)}: {told}"


def _values(
    metrics: Metrics,
    contract: MartContract,
    month: date | None,
    warehouse: Warehouse,
) -> dict[str, float | None]:
    """Return each metric's value in the month, as far as its marts are published."""
    if month is None:
        return {}
    with warehouse.reading() as reader:
        published = {
            table
            for metric in metrics.by_name.values()
            for table in metrics.tables(metric)
            if reader.has_table(f"{contract[table].schema}.{table}")
        }
        known = [
            metric
            for metric in metrics.by_name.values()
            if metrics.tables(metric) <= published
        ]
        if not known:
            return {}
        _, rows = reader.rows(_statement(known, metrics, contract, month))
    return {
        metric.name: None if value is None else float(value)
        for metric, value in zip(known, rows[0], strict=True)
    }


def _statement(
    known: Iterable[Metric], metrics: Metrics, contract: MartContract, month: date
) -> str:
    """Return a query of one row, a month's value of each metric.

    A table is read once for all that is asked of it, whatever number of metrics ask.
    """
    columns: dict[Aggregate, str] = {}

    def value(metric: Metric) -> str:
        definition = metric.definition
        if isinstance(definition, Quotient):
            return _divided(part(definition.numerator), part(definition.denominator))
        if not isinstance(definition, Aggregate):
            return definition.written(part, _divided)
        return columns.setdefault(definition, f"aggregate_{len(columns)}")

    def part(name: str) -> str:
        return value(metrics.by_name[name])

    values = ", ".join(f"({value(metric)}) as {metric.name}" for metric in known)
    asked: dict[tuple[str, str | None], list[str]] = {}
    for aggregate, column in columns.items():
        place = (aggregate.table, aggregate.dated_by)
        asked.setdefault(place, []).append(f"{_sql(aggregate)} as {column}")
    reads = [
        f"(select {', '.join(aggregates)} from {contract[table].schema}.{table}"
        f"{_within(dated_by, month)}) as read_{number}"
        for number, ((table, dated_by), aggregates) in enumerate(asked.items())
    ]
    return f"select {values} from {' cross join '.join(reads)}"


def _sql(aggregate: Aggregate) -> str:
    value = "1" if aggregate.column is None else aggregate.column
    counted = "distinct " if aggregate.how == "count_distinct" else ""
    function = "sum" if aggregate.how == "sum" else "count"
    tests = " and ".join(map(_test, aggregate.conditions))
    only = f" filter (where {tests})" if tests else ""
    sign = "-" if aggregate.is_negated else ""
    return f"{sign}({function}({counted}{value}){only})::float8"


def _test(condition: Condition) -> str:
    if isinstance(condition.equals, bool):
        return condition.column if condition.equals else f"not {condition.column}"
    text = condition.equals.replace("'", "''")
    return f"{condition.column} = '{text}'"


def _within(dated_by: str | None, month: date) -> str:
    if dated_by is None:
        return ""
    return (
        f" where {dated_by} >= date '{month}'"
        f" and {dated_by} < date '{month}' + interval '1 month'"
    )


def _divided(top: str, bottom: str) -> str:
    return f"({top}) / nullif({bottom}, 0)"
