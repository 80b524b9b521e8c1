"""Metrics and measures as SQL aggregates, which Superset asks a dataset for."""

from streaming_analytics.bi.measures import Kind, Measure
from streaming_analytics.bi.metrics import Aggregate, Metric, Metrics, Quotient
from streaming_analytics.formulas import Formula


def metric_sql(metric: Metric, metrics: Metrics) -> str:
    """Return a metric's aggregate, those that it is made of written out.

    Args:
        metric: It reads one mart.
        metrics: All of them, by name.
    """
    definition = metric.definition

    def part(name: str) -> str:
        return f"({metric_sql(metrics.by_name[name], metrics)})"

    if isinstance(definition, Quotient):
        return _divide(part(definition.numerator), part(definition.denominator))
    if isinstance(definition, Formula):
        return definition.written(part, _divide)
    return _aggregate(definition)


def measure_sql(measure: Measure) -> str:
    """Return the aggregate of the measure that takes a column's place."""
    column = measure.column
    if measure.kind is Kind.VALUE:
        return _only(column.name)
    if measure.kind is Kind.RATIO:
        assert column.parts is not None
        value = _divide(
            f"sum({column.parts.numerator.written(str, _divide)})",
            f"sum({column.parts.denominator.written(str, _divide)})",
        )
    elif measure.last_of is not None:
        value = _of_last(measure.last_of, column.name)
    else:
        value = f"sum({column.name})"
    if measure.single:
        tests = [f"min({one}) = max({one})" for one in measure.single]
        value = f"case when {' and '.join(tests)} then {value} end"
    return value


def _only(column: str) -> str:
    return f"case when min({column}) = max({column}) then min({column}) end"


def _of_last(date: str, value: str) -> str:
    """Return the sum of a value over the rows of the last date in each group.

    An aggregate cannot be asked of the rows that another one finds, so the group's
    rows are gathered and looked through.
    """
    return (
        f"(select sum(gathered.amount) from unnest(array_agg({date}), "
        f"array_agg({value})) as gathered (day, amount) "
        f"where gathered.day = max({date}))"
    )


def _aggregate(aggregate: Aggregate) -> str:
    sign = "-" if aggregate.is_negated else ""
    if aggregate.last_of is not None and aggregate.column is not None:
        return sign + _of_last(aggregate.last_of, aggregate.column)
    tests = " and ".join(
        _test(condition.column, condition.equals) for condition in aggregate.conditions
    )
    value = aggregate.column
    if tests:
        value = f"case when {tests} then {value or 1} end"
    functions = {
        "sum": f"sum({value})",
        "count": f"count({value or '*'})",
        "count_distinct": f"count(distinct {value})",
    }
    return sign + functions[aggregate.how]


def _test(column: str, value: str | bool) -> str:
    if isinstance(value, bool):
        return column if value else f"not {column}"
    escaped = value.replace("'", "''")
    return f"{column} = '{escaped}'"


def _divide(top: str, bottom: str) -> str:
    # Counts divided by counts would lose their decimals.
    return f"cast({top} as numeric) / nullif({bottom}, 0)"
