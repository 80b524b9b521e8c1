"""dbt's metrics, read from the manifest into something that other tools can say.

dbt states a metric in SQL. The few forms that the project uses are read here; another
one is refused by name instead of being left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import expressions as sql

from streaming_analytics.errors import UserError
from streaming_analytics.formulas import Formula, formula, parsed
from streaming_analytics.mart_columns import UNITS, Format


@dataclass(frozen=True)
class Condition:
    """A boolean column that is true or false, or a column that equals a text."""

    column: str
    equals: str | bool


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
        dated_by: The column by which it falls into days and months, a date or a
            moment; None where the model declares none.
    """

    table: str
    how: str
    column: str | None
    conditions: tuple[Condition, ...] = ()
    is_negated: bool = False
    last_of: str | None = None
    dated_by: str | None = None


@dataclass(frozen=True)
class Quotient:
    """One metric over another, nothing where the other is 0."""

    numerator: str
    denominator: str


@dataclass(frozen=True)
class Metric:
    """A metric: its name in dbt, what readers call it, and how it comes about.

    A formula is one of other metrics' names.
    """

    name: str
    label: str
    description: str
    definition: Aggregate | Quotient | Formula
    format: Format


@dataclass(frozen=True)
class Metrics:
    """All metrics, by name."""

    by_name: Mapping[str, Metric]

    def parts(self, metric: Metric) -> tuple[Metric, ...]:
        """Return the metrics that `metric` is made of directly."""
        definition = metric.definition
        if isinstance(definition, Quotient):
            names = [definition.numerator, definition.denominator]
        elif isinstance(definition, Formula):
            names = sorted(definition.names)
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
        UserError: A metric is stated in a form that is not known here, or declares no
            unit.
    """
    measures = {
        measure["name"]: (model, measure)
        for model in manifest["semantic_models"].values()
        for measure in model["measures"]
    }
    metrics = {}
    # By name: dbt's own order depends on which files it read anew.
    for name, node in sorted(
        (node["name"], node) for node in manifest["metrics"].values()
    ):
        try:
            definition = _definition(node, measures)
        except ValueError as error:
            raise UserError(
                f"metric {name} is of a form that BI files do not know ({error}); "
                "teach python/streaming_analytics/bi/metrics.py to read it"
            ) from error
        metrics[name] = Metric(
            name, node["label"] or name, node["description"], definition, _format(node)
        )
    return Metrics(metrics)


def _format(node: Mapping[str, Any]) -> Format:
    meta = node["config"].get("meta") or {}
    unit = meta.get("unit")
    if unit not in UNITS:
        raise UserError(
            f"metric {node['name']} has the unit {unit!r}; declare one of "
            f"{', '.join(UNITS)} in its config: {{meta: {{unit: …}}}}"
        )
    return Format(meta.get("format", UNITS[unit].value))


def _definition(
    node: Mapping[str, Any], measures: Mapping[str, tuple[Any, Any]]
) -> Aggregate | Quotient | Formula:
    parameters = node["type_params"]
    if node["type"] == "simple" and not node.get("filter"):
        return _aggregate(*measures[parameters["measure"]["name"]])
    if node["type"] == "ratio":
        return Quotient(
            parameters["numerator"]["name"], parameters["denominator"]["name"]
        )
    if node["type"] == "derived":
        made = formula(parameters["expr"].strip())
        unknown = set(made.names) - {one["name"] for one in parameters["metrics"]}
        if unknown:
            raise ValueError(f"it uses {', '.join(sorted(unknown))}")
        return made
    raise ValueError(f"its type is {node['type']}")


def _aggregate(model: Any, measure: Any) -> Aggregate:
    value = parsed((measure["expr"] or measure["name"]).strip())
    conditions: tuple[Condition, ...] = ()
    if isinstance(value, sql.Case):
        conditions, value = _case(value)
    is_negated = isinstance(value, sql.Neg)
    if is_negated:
        value = value.this
    counts_rows = isinstance(value, sql.Literal) and value.name == "1"
    if measure["agg"] not in ("sum", "count", "count_distinct") or not (
        counts_rows or _is_column(value)
    ):
        raise ValueError(f"{measure['agg']} of {measure['expr']!r}")
    last_of = measure.get("non_additive_dimension")
    if last_of and (conditions or counts_rows):
        raise ValueError("a last value under a condition")
    return Aggregate(
        model["node_relation"]["alias"],
        "count" if counts_rows else measure["agg"],
        None if counts_rows else value.name,
        conditions,
        is_negated,
        last_of["name"] if last_of else None,
        _dated_by(model, measure),
    )


def _case(
    case: sql.Case,
) -> tuple[tuple[Condition, ...], sql.Expr]:
    """Return the conditions of `case when … then value [else 0] end`, and the value."""
    other = case.args.get("default")
    (branch, *more) = case.args["ifs"]
    if more or case.this or (other is not None and other.name != "0"):
        raise ValueError(f"{case.sql()!r} has more than one way")
    terms = branch.this.flatten() if isinstance(branch.this, sql.And) else [branch.this]
    return tuple(_condition(term.unnest()) for term in terms), branch.args["true"]


def _condition(term: sql.Expr) -> Condition:
    if _is_column(term):
        return Condition(term.name, True)
    if isinstance(term, sql.Not) and _is_column(term.this):
        return Condition(term.this.name, False)
    if isinstance(term, sql.EQ) and _is_column(term.this) and term.expression.is_string:
        return Condition(term.this.name, term.expression.name)
    raise ValueError(
        f"{term.sql()!r} is no column, no `not column`, no column = 'text'"
    )


def _is_column(node: sql.Expr) -> bool:
    return isinstance(node, sql.Column) and not node.table


def _dated_by(model: Any, measure: Any) -> str | None:
    """Return the column behind a measure's time dimension.

    The day of a moment is read as the moment: both lie in the same days and months.
    """
    defaults = model.get("defaults") or {}
    name = measure.get("agg_time_dimension") or defaults.get("agg_time_dimension")
    for dimension in model.get("dimensions", []):
        if dimension["name"] == name:
            value = parsed(dimension.get("expr") or dimension["name"])
            if isinstance(value, sql.Cast) and value.is_type("date"):
                value = value.this
            if not _is_column(value):
                # Without its day, a metric's total would pass for that of a month.
                raise ValueError(f"the day {dimension['expr']!r}")
            return value.name
    return None
