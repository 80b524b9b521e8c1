"""Metrics and measures as DAX."""

from streaming_analytics.bi.captions import Captions
from streaming_analytics.bi.measures import Kind, Measure
from streaming_analytics.bi.metrics import Aggregate, Metric, Metrics, Quotient
from streaming_analytics.bi.powerbi.relationships import Relationship
from streaming_analytics.formulas import Formula
from streaming_analytics.mart_contract import Mart, MartContract

_FUNCTIONS = {
    "sum": "SUM",
    "count": "COUNT",
    "count_distinct": "DISTINCTCOUNTNOBLANK",
}


class DaxWriter:
    """Writes formulas over one set of names and relationships."""

    def __init__(
        self,
        contract: MartContract,
        metrics: Metrics,
        captions: Captions,
        links: list[Relationship],
    ) -> None:
        """Look names up in these."""
        self._contract = contract
        self._metrics = metrics
        self._captions = captions
        self._asleep = {
            (link.child, link.child_column): (link.parent, link.parent_column)
            for link in links
            if not link.is_active
        }

    def column(self, table: str, column: str) -> str:
        """Return a column as DAX names it."""
        caption = self._captions.columns[table, column].replace("]", "]]")
        return f"'{table}'[{caption}]"

    def metric(self, metric: Metric) -> str:
        """Return a metric's formula."""
        definition = metric.definition

        def measure(name: str) -> str:
            return f"[{self._metrics.by_name[name].label}]"

        if isinstance(definition, Quotient):
            return _divide(
                measure(definition.numerator), measure(definition.denominator)
            )
        if isinstance(definition, Formula):
            return definition.written(measure, _divide)
        return self._aggregate(definition)

    def measure(self, measure: Measure) -> str:
        """Return the formula of the measure that takes a column's place."""
        mart, column = measure.mart, measure.column
        name = self.column(mart.name, column.name)
        if measure.kind is Kind.VALUE:
            return f"SELECTEDVALUE({name})"
        if measure.kind is Kind.RATIO:
            assert column.parts is not None
            value = _divide(
                self._sum(mart, column.parts.numerator),
                self._sum(mart, column.parts.denominator),
            )
        else:
            value = f"SUM({name})"
        if measure.last_of is not None:
            last = self.column(mart.name, measure.last_of)
            value = f"CALCULATE({value}, LASTDATE({last}))"
        if measure.single:
            tests = [
                f"HASONEVALUE({self.column(mart.name, one)})" for one in measure.single
            ]
            value = f"IF({' && '.join(tests)}, {value})"
        return value

    def _sum(self, mart: Mart, formula: Formula) -> str:
        """Return the sum over all rows of a formula of columns."""
        if formula.is_name:
            return f"SUM({self.column(mart.name, formula.names[0])})"
        rows = f"'{mart.name}'"
        # A blank counts as 0 in DAX, where SQL leaves the row out.
        known = [
            f"NOT ISBLANK({self.column(mart.name, name)})"
            for name in formula.names
            if not mart.columns[name].is_required
        ]
        if known:
            rows = f"FILTER({rows}, {' && '.join(known)})"
        each = formula.written(lambda name: self.column(mart.name, name), _divide)
        return f"SUMX({rows}, {each})"

    def _aggregate(self, aggregate: Aggregate) -> str:
        table = aggregate.table
        sign = "-" if aggregate.is_negated else ""
        if aggregate.column is None:
            value = f"COUNTROWS('{table}')"
        else:
            column = self.column(table, aggregate.column)
            value = f"{_FUNCTIONS[aggregate.how]}({column})"
        tests = []
        for condition in aggregate.conditions:
            column = self.column(table, condition.column)
            value_there = _written(condition.equals)
            tests.append(f"KEEPFILTERS({column} = {value_there})")
        if aggregate.last_of is not None:
            # Members of several months do not add up: those of the last one count.
            tests.append(f"LASTDATE({self.column(table, aggregate.last_of)})")
        if aggregate.dated_by is not None:
            day = self._asleep.get((table, aggregate.dated_by))
            if day is not None:
                key = self.column(table, aggregate.dated_by)
                tests.append(f"USERELATIONSHIP({key}, {self.column(*day)})")
        if tests:
            value = f"CALCULATE({value}, {', '.join(tests)})"
        return sign + value


def _written(value: str | bool) -> str:
    if isinstance(value, bool):
        return "TRUE()" if value else "FALSE()"
    return f'"{value}"'


def _divide(top: str, bottom: str) -> str:
    return f"DIVIDE({top}, {bottom})"
