"""Metrics and measures as Tableau's calculated fields."""

from collections.abc import Collection, Iterator, Mapping

from streaming_analytics.bi.captions import Place
from streaming_analytics.bi.measures import Kind, Measure, measures_of
from streaming_analytics.bi.metrics import Aggregate, Metric, Quotient
from streaming_analytics.formulas import Formula
from streaming_analytics.mart_contract import Mart

Locals = Mapping[Place, str]


def metric_formula(metric: Metric, tables: Collection[Mart], fields: Locals) -> str:
    """Return a metric's formula.

    Args:
        metric: It reads only `tables`.
        tables: Those of the data source.
        fields: The names of their columns.
    """
    definition = metric.definition

    def measure(name: str) -> str:
        return f"[metric_{name}]"

    if isinstance(definition, Quotient):
        return f"{measure(definition.numerator)} / {measure(definition.denominator)}"
    if isinstance(definition, Formula):
        return definition.written(measure, _divide)
    (mart,) = (mart for mart in tables if mart.name == definition.table)
    return _aggregate(definition, mart, fields)


def measure_formulas(mart: Mart, fields: Locals) -> Iterator[tuple[Measure, str]]:
    """Yield the measures that take columns' places, with their formulas."""
    for measure in measures_of(mart):
        yield measure, _measure(measure, fields)


def _measure(measure: Measure, fields: Locals) -> str:
    mart, column = measure.mart, measure.column

    def field(name: str) -> str:
        return fields[mart.name, name]

    own = field(column.name)
    if measure.kind is Kind.VALUE:
        return f"IF MIN({own}) = MAX({own}) THEN MIN({own}) END"
    if measure.kind is Kind.RATIO:
        assert column.parts is not None
        top = column.parts.numerator.written(field, _divide)
        bottom = column.parts.denominator.written(field, _divide)
        value = f"SUM({top}) / SUM({bottom})"
    elif measure.last_of is not None:
        value = _of_last(mart, measure.last_of, own, fields)
    else:
        value = f"SUM({own})"
    if measure.single:
        tests = [f"MIN({field(one)}) = MAX({field(one)})" for one in measure.single]
        value = f"IF {' AND '.join(tests)} THEN {value} END"
    return value


def _of_last(mart: Mart, date: str, value: str, fields: Locals) -> str:
    """Return the sum of a value over the rows of the last date in each mark."""
    last = fields[mart.name, date]
    others = [fields[mart.name, name] for name in mart.primary_key if name != date]
    if not others:
        # A row for each date: nothing is to be added up.
        return f"IF MIN({last}) = MAX({last}) THEN SUM({value}) END"
    # Whatever else the table is split by, its groups share their last date.
    return (
        f"SUM(IF {last} = {{EXCLUDE {', '.join(others)} : MAX({last})}} "
        f"THEN {value} END)"
    )


def _aggregate(aggregate: Aggregate, mart: Mart, fields: Locals) -> str:
    def field(column: str) -> str:
        return fields[aggregate.table, column]

    tests = [
        _test(field(condition.column), condition.equals)
        for condition in aggregate.conditions
    ]
    sign = "-" if aggregate.is_negated else ""
    if aggregate.last_of is not None and aggregate.column is not None:
        own = field(aggregate.column)
        return sign + _of_last(mart, aggregate.last_of, own, fields)
    if aggregate.column is None and not tests:
        # A row of this table: a bare 1 belongs to none.
        return f"{sign}COUNT({field(mart.primary_key[0])})"
    value = "1" if aggregate.column is None else field(aggregate.column)
    if tests:
        value = f"IF {' AND '.join(tests)} THEN {value} END"
    functions = {
        "sum": "SUM",
        "count": "SUM" if aggregate.column is None else "COUNT",
        "count_distinct": "COUNTD",
    }
    return f"{sign}{functions[aggregate.how]}({value})"


def _test(field: str, value: str | bool) -> str:
    if isinstance(value, bool):
        return field if value else f"NOT {field}"
    return f'{field} = "{value}"'


def _divide(top: str, bottom: str) -> str:
    return f"({top}) / ({bottom})"
