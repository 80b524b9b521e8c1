"""The glossary: each metric in a sentence, its formula, and an example of this build.

Sentence, formula and format are those that the metrics declare; BI files read the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import jinja2

from streaming_analytics.bi.metrics import Aggregate, Metric, Metrics, Quotient
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
    if definition.conditions:
        told += f", where {listing([_condition(one) for one in definition.conditions])}"
    if definition.last_of is not None:
        told += f", on the last {definition.last_of}"
    return f"minus the {told}" if definition.is_negated else told


def _over(top: str, bottom: str) -> str:
    return f"{top}{_OVER}{bottom}"


def _condition(condition: Any) -> str:
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
    found: dict[str, float | None] = {}
    with warehouse.reading() as reader:
        for metric in metrics.by_name.values():
            names = [
                f"{contract[table].schema}.{table}" for table in metrics.tables(metric)
            ]
            if not all(reader.has_table(name) for name in names):
                continue
            _, rows = reader.rows(
                f"select {_sql(metric, metrics, contract, month)} as value"
            )
            value = rows[0][0]
            found[metric.name] = None if value is None else float(value)
    return found


def _sql(metric: Metric, metrics: Metrics, contract: MartContract, month: date) -> str:
    """Return a metric of one month as an expression."""

    def part(name: str) -> str:
        return _sql(metrics.by_name[name], metrics, contract, month)

    definition = metric.definition
    if isinstance(definition, Quotient):
        return _divided(part(definition.numerator), part(definition.denominator))
    if not isinstance(definition, Aggregate):
        return definition.written(part, _divided)
    value = "1" if definition.column is None else definition.column
    counted = "distinct " if definition.how == "count_distinct" else ""
    function = "sum" if definition.how == "sum" else "count"
    tests = list(_tests(definition, month))
    table = f"{contract[definition.table].schema}.{definition.table}"
    sign = "-" if definition.is_negated else ""
    where = f" where {' and '.join(tests)}" if tests else ""
    return f"(select {sign}{function}({counted}{value})::float8 from {table}{where})"


def _tests(definition: Aggregate, month: date) -> Iterable[str]:
    for condition in definition.conditions:
        if isinstance(condition.equals, bool):
            yield condition.column if condition.equals else f"not {condition.column}"
        else:
            text = condition.equals.replace("'", "''")
            yield f"{condition.column} = '{text}'"
    if definition.dated_by is not None:
        yield f"date_trunc('month', {definition.dated_by})::date = date '{month}'"


def _divided(top: str, bottom: str) -> str:
    return f"({top}) / nullif({bottom}, 0)"
