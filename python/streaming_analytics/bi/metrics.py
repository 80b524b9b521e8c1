"""dbt's metrics, read from the manifest into something that other tools can say.

dbt states a metric in SQL. The few forms that the project uses are read here; another
one is refused by name instead of being left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import Mart

_CASE = re.compile(r"case\s+when\s+(.+?)\s+then\s+(\S+)(?:\s+else\s+0)?\s+end", re.I)
_TERM = re.compile(r"(\w+)(?:\s*=\s*'([^']*)')?")
_OVER = re.compile(r"(.+?)\s*/\s*nullif\(\s*(.+?)\s*,\s*0\s*\)", re.I)
_DEFINED_RATIO = re.compile(r"`(\w+)` ÷ `(\w+)`")


@dataclass(frozen=True)
class Condition:
    """A boolean column that is true, or a column that equals a text."""

    column: str
    equals: str | None


@dataclass(frozen=True)
class Aggregate:
    """An aggregate of one table's rows.

    Attributes:
        table: The mart.
        how: sum, count, count_distinct or average.
        column: What is aggregated; None counts rows.
        conditions: Which rows, all of them holding.
        is_negated: Whether the sign is turned.
        last_of: A date column: only rows of its last value count.
    """

    table: str
    how: str
    column: str | None
    conditions: tuple[Condition, ...] = ()
    is_negated: bool = False
    last_of: str | None = None


@dataclass(frozen=True)
class Quotient:
    """One metric over another, nothing where the other is 0."""

    numerator: str
    denominator: str


@dataclass(frozen=True)
class Arithmetic:
    """A formula of metrics' names, numbers and + - * / ( ).

    With a `denominator` the whole is divided by it, and nothing where it is 0.
    """

    formula: str
    denominator: str | None

    def names(self) -> set[str]:
        """Return the metrics it uses."""
        return set(re.findall(r"[a-z_]\w*", f"{self.formula} {self.denominator or ''}"))


@dataclass(frozen=True)
class Metric:
    """A metric: its name in dbt, what readers call it, and how it comes about."""

    name: str
    label: str
    description: str
    definition: Aggregate | Quotient | Arithmetic


@dataclass(frozen=True)
class Metrics:
    """All metrics, by name."""

    by_name: Mapping[str, Metric]

    def parts(self, metric: Metric) -> tuple[Metric, ...]:
        """Return the metrics that `metric` is made of directly."""
        definition = metric.definition
        if isinstance(definition, Quotient):
            names = [definition.numerator, definition.denominator]
        elif isinstance(definition, Arithmetic):
            names = sorted(definition.names())
        else:
            names = []
        return tuple(self.by_name[name] for name in names)

    def tables(self, metric: Metric) -> frozenset[str]:
        """Return the marts that `metric` reads, through whatever it is made of."""
        if isinstance(metric.definition, Aggregate):
            return frozenset({metric.definition.table})
        return frozenset(
            table for part in self.parts(metric) for table in self.tables(part)
        )

    def columns(self, metric: Metric) -> frozenset[tuple[str, str]]:
        """Return the tables and columns that `metric` reads."""
        definition = metric.definition
        if isinstance(definition, Aggregate):
            names = [definition.column, definition.last_of]
            names += [condition.column for condition in definition.conditions]
            return frozenset((definition.table, name) for name in names if name)
        return frozenset(
            pair for part in self.parts(metric) for pair in self.columns(part)
        )


def read_metrics(manifest: Mapping[str, Any]) -> Metrics:
    """Return dbt's metrics.

    Raises:
        UserError: A metric is stated in a form that is not known here.
    """
    measures = {
        measure["name"]: (model, measure)
        for model in manifest["semantic_models"].values()
        for measure in model["measures"]
    }
    metrics = {}
    for node in manifest["metrics"].values():
        metrics[node["name"]] = Metric(
            node["name"],
            node["label"] or node["name"],
            node["description"],
            _definition(node, measures),
        )
    return Metrics(metrics)


def defined_ratio(mart: Mart, column: str) -> tuple[str, str]:
    """Return numerator and denominator that a ratio's description names.

    Raises:
        UserError: The description does not say "`a` ÷ `b`" of two columns beside it.
    """
    found = _DEFINED_RATIO.search(mart.columns[column].description)
    if found is None or not {found[1], found[2]} <= set(mart.columns):
        raise UserError(
            f"the description of {mart.name}.{column} does not say which columns it "
            "is the ratio of; write it as `numerator` ÷ `denominator`"
        )
    return found[1], found[2]


def _definition(
    node: Mapping[str, Any], measures: Mapping[str, tuple[Any, Any]]
) -> Aggregate | Quotient | Arithmetic:
    parameters = node["type_params"]
    if node["type"] == "simple" and not node.get("filter"):
        return _aggregate(node["name"], *measures[parameters["measure"]["name"]])
    if node["type"] == "ratio":
        return Quotient(
            parameters["numerator"]["name"], parameters["denominator"]["name"]
        )
    if node["type"] == "derived":
        # Times one only makes SQL divide with decimals.
        text = re.sub(r"\s*\*\s*1\.0\b", "", parameters["expr"].strip())
        over = _OVER.fullmatch(text)
        formula = Arithmetic(over[1], over[2]) if over else Arithmetic(text, None)
        used = {metric["name"] for metric in parameters["metrics"]}
        if formula.names() <= used:
            return formula
    raise UserError(
        f"metric {node['name']} is of a form that BI files do not know; teach "
        "python/streaming_analytics/bi/metrics.py to read it"
    )


def _aggregate(name: str, model: Any, measure: Any) -> Aggregate:
    table = model["node_relation"]["alias"]
    text = (measure["expr"] or measure["name"]).strip()
    case = _CASE.fullmatch(text)
    conditions = []
    if case:
        for term in re.split(r"\s+and\s+", case[1], flags=re.I):
            found = _TERM.fullmatch(term.strip())
            if found is None:
                break
            conditions.append(Condition(found[1], found[2]))
        else:
            text = case[2]
    is_negated = text.startswith("-")
    text = text.removeprefix("-")
    if measure["agg"] not in ("sum", "count", "count_distinct") or not re.fullmatch(
        r"\w+", text
    ):
        raise UserError(
            f"metric {name} aggregates {measure['expr']!r}, which BI files do not "
            "know; teach python/streaming_analytics/bi/metrics.py to read it"
        )
    last_of = measure.get("non_additive_dimension")
    return Aggregate(
        table,
        "count" if text == "1" else measure["agg"],
        None if text == "1" else text,
        tuple(conditions),
        is_negated,
        last_of["name"] if last_of else None,
    )
