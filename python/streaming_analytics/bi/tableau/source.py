"""What a Tableau data source holds: tables, how they relate, and metrics."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from streaming_analytics.bi.captions import Captions, Place, captions
from streaming_analytics.bi.metrics import Metric, Metrics
from streaming_analytics.bi.naming import table_caption
from streaming_analytics.bi.pages import (
    PAGES,
    Measured,
    MetricValue,
    Value,
    tables_of,
)
from streaming_analytics.bi.shapes import COMPARED, SPANS
from streaming_analytics.bi.tableau.formulas import (
    Locals,
    measure_formulas,
    metric_formula,
)
from streaming_analytics.mart_columns import Format
from streaming_analytics.mart_contract import Mart, MartContract


@dataclass(frozen=True)
class Relation:
    """Two tables, and the pairs of columns (first's, second's) that have to agree."""

    first: str
    second: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Calculation:
    """A calculated field. `label` is its caption, `formula` Tableau's.

    One that goes along computes from the values of other marks, such as the month
    before.
    """

    name: str
    label: str
    description: str
    formula: str
    format: Format
    goes_along: bool = False


@dataclass(frozen=True)
class Source:
    """A data source.

    Attributes:
        key: Short and stable; the data source's id is made of it.
        caption: What readers see.
        tables: The first one is the base.
        relations: A tree over the tables.
        metrics: Those that read these tables only.
        shown: The fields that sheets show, which the others are left out beside; None
            in a data source of its own, which holds them all.
    """

    key: str
    caption: str
    tables: tuple[Mart, ...]
    relations: tuple[Relation, ...]
    metrics: tuple[Metric, ...] = ()
    shown: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """The id that sheets refer to."""
        return f"federated.{self.key}"

    @cached_property
    def locals(self) -> Locals:
        """Field names by table and column; a repeated one carries its table."""
        names: dict[Place, str] = {}
        taken: set[str] = set()
        for mart in self.tables:
            for column in mart.columns:
                name = column if column not in taken else f"{column} ({mart.name})"
                taken.add(name)
                names[mart.name, column] = f"[{name}]"
        return names

    @cached_property
    def captions(self) -> Captions:
        """What readers call the fields."""
        tables = {mart.name: mart for mart in self.tables}
        return captions(
            self.tables,
            self.metrics,
            [
                (mart.name, key.columns[0])
                for mart in self.tables
                for key in mart.foreign_keys
                if key.columns == key.to_columns and key.table in tables
            ],
            in_one_list=True,
        )

    @cached_property
    def calculations(self) -> tuple[Calculation, ...]:
        """The metrics, and the measures that take columns' places."""
        made = [
            Calculation(
                metric_name(metric.name),
                metric.label,
                metric.description,
                metric_formula(metric, self.tables, self.locals),
                metric.format,
            )
            for metric in self.metrics
        ]
        made += [
            Calculation(
                before_name(metric.name, span),
                f"{metric.label}, {span} before",
                f"{metric.label} of the {span} before, on a sheet by month.",
                f"LOOKUP([{metric_name(metric.name)}], -{months})",
                metric.format,
                goes_along=True,
            )
            for metric in self.metrics
            if metric.name in COMPARED
            for span, months in SPANS.items()
        ]
        for mart in self.tables:
            for measure, formula in measure_formulas(mart, self.locals):
                column = measure.column
                made.append(
                    Calculation(
                        measure_name(mart.name, column.name),
                        self.captions.measures[mart.name, column.name],
                        column.description,
                        formula,
                        column.format,
                    )
                )
        if self.shown is None:
            return tuple(made)
        return tuple(one for one in made if one.name in self.shown)


def schema_sources(marts: MartContract, metrics: Metrics, schema: str) -> list[Source]:
    """Return a schema's data sources: its tables and the dimensions they name.

    Tables that share no key with the others cannot stand in one data source with
    them; each such part is one of its own, named by its first table.
    """
    own = marts.of_schema(schema)
    names = {mart.name for mart in own}
    guests = dict.fromkeys(
        key.table for mart in own for key in mart.foreign_keys if key.table not in names
    )
    tables = [*own, *(marts[name] for name in guests)]
    relations = _tree(tables)
    parts = _parts(tables, relations)
    parts.sort(key=lambda part: -sum(mart in own for mart in part))
    return [
        Source(
            schema if place == 0 else f"{schema}.{part[0].name}",
            schema if place == 0 else f"{schema}: {table_caption(part[0])}",
            tuple(part),
            tuple(link for link in relations if marts[link.first] in part),
            _of(part, metrics),
        )
        for place, part in enumerate(parts)
        if any(mart in own for mart in part)
    ]


def page_sources(marts: MartContract, metrics: Metrics) -> list[Source]:
    """Return the data sources of the workbook: a measured table and its dimensions."""
    sources = []
    wanted: dict[str, set[str]] = {}
    shown: dict[str, set[str]] = {}
    for page in PAGES:
        for visual in page.visuals:
            wanted.setdefault(visual.table, set()).update(tables_of(visual))
            for value in (visual.value, visual.top_by, *visual.beside):
                shown.setdefault(visual.table, set()).update(_fields_of(value, metrics))
    for name, tables in wanted.items():
        base = marts[name]
        others = [marts[other] for other in sorted(tables - {name})]
        relations = [
            Relation(
                name, key.table, tuple(zip(key.columns, key.to_columns, strict=True))
            )
            for key in base.foreign_keys
            if key.table in tables and key.columns == key.to_columns
        ]
        sources.append(
            Source(
                name,
                table_caption(base),
                (base, *others),
                tuple(relations),
                _of([base], metrics),
                frozenset(shown[name]),
            )
        )
    return sources


def _fields_of(value: Value | None, metrics: Metrics) -> set[str]:
    """Return the calculated fields that a value is, or is made of."""
    if isinstance(value, Measured):
        return {measure_name(value.table, value.column)}
    if not isinstance(value, MetricValue):
        return set()
    found = set()
    waiting = [metrics.by_name[value.metric]]
    while waiting:
        metric = waiting.pop()
        found.add(metric_name(metric.name))
        waiting += metrics.parts(metric)
    return found


def metric_name(metric: str) -> str:
    """Return the name of the field that holds a metric."""
    return f"metric_{metric}"


def before_name(metric: str, span: str) -> str:
    """Return the name of the field that holds a metric's value of earlier months."""
    return f"{metric_name(metric)}_{span}_before"


def measure_name(table: str, column: str) -> str:
    """Return the name of the field that takes a column's place."""
    return f"measure_{table}_{column}"


def _of(tables: Collection[Mart], metrics: Metrics) -> tuple[Metric, ...]:
    names = {mart.name for mart in tables}
    return tuple(
        metric for metric in metrics.by_name.values() if metrics.tables(metric) <= names
    )


def _tree(tables: Sequence[Mart]) -> list[Relation]:
    """Return trees in which tables that share keys stand as close as can be.

    Tableau relates tables in a tree. Taking the pairs that share the most keys first
    keeps each key's tables connected where that is possible at all, so that a filter
    on a key reaches all of them.
    """
    candidates = []
    for place, first in enumerate(tables):
        for second in tables[place + 1 :]:
            pairs, is_role = _shared(first, second)
            if pairs:
                refers = _refers(first, second) or _refers(second, first)
                # A date explains least: Tableau makes years and months by itself.
                is_date = all(name.endswith(("_date", "_day")) for name, _ in pairs)
                order = (
                    *(is_role, -len(pairs), is_date, not refers),
                    *(first.name, second.name),
                )
                candidates.append((order, Relation(first.name, second.name, pairs)))
    group = {mart.name: mart.name for mart in tables}
    relations = []
    for _, relation in sorted(candidates, key=lambda candidate: candidate[0]):
        one, other = group[relation.first], group[relation.second]
        if one == other:
            continue
        group = {name: one if of == other else of for name, of in group.items()}
        relations.append(relation)
    return relations


def _shared(first: Mart, second: Mart) -> tuple[tuple[tuple[str, str], ...], bool]:
    """Return the pairs of columns that name the same thing, and if it is by a role.

    Keys of one name mean the same. A key under a name of its own, such as
    `leading_genre_code` or a fact's date, joins only to the table it names.
    """
    same = sorted(_keys(first) & _keys(second))
    if same:
        return tuple((name, name) for name in same), False
    for child, parent in ((first, second), (second, first)):
        for key in child.foreign_keys:
            if key.table == parent.name and len(key.columns) == 1:
                pair = (key.columns[0], key.to_columns[0])
                # The first date of a fact is when it happened: no mere role.
                is_role = key.to_columns != ("date_day",) or child.is_dimension
                return ((pair if child is first else pair[::-1]),), is_role
    return (), False


def _keys(mart: Mart) -> set[str]:
    """Return the columns that name something under its usual name."""
    keys = {key.columns[0] for key in mart.foreign_keys if len(key.columns) == 1}
    return keys | (set(mart.primary_key) if mart.is_dimension else set())


def _refers(child: Mart, parent: Mart) -> bool:
    return any(key.table == parent.name for key in child.foreign_keys)


def _parts(tables: Sequence[Mart], relations: Sequence[Relation]) -> list[list[Mart]]:
    """Return the connected tables; each but the first is related to one before it."""
    by_name = {mart.name: mart for mart in tables}
    parts: list[list[Mart]] = []
    placed: set[str] = set()
    for base in by_name:
        if base in placed:
            continue
        order = [base]
        for name in order:
            for link in relations:
                for one, other in (
                    (link.first, link.second),
                    (link.second, link.first),
                ):
                    if one == name and other not in order:
                        order.append(other)
        placed.update(order)
        parts.append([by_name[name] for name in order])
    return parts
