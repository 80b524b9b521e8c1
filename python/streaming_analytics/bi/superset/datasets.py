"""Datasets: a mart with its metrics, and the names that a dashboard reads beside it."""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from streaming_analytics.bi.captions import Captions, captions
from streaming_analytics.bi.measures import measures_of
from streaming_analytics.bi.metrics import Metric, Metrics
from streaming_analytics.bi.naming import adds_up, plain
from streaming_analytics.bi.pages import PAGES, Measured, Total, Value, tables_of
from streaming_analytics.bi.superset.expressions import measure_sql, metric_sql
from streaming_analytics.mart_columns import Column, Format
from streaming_analytics.mart_contract import ForeignKey, Mart, MartContract

Yaml = dict[str, Any]
VERSION = "1.0.0"
DATABASE = "Streaming analytics"

# In the language of d3, which Superset's charts speak.
FORMATS = {
    Format.WHOLE: ",.0f",
    Format.PLAIN: ".0f",
    Format.TENTHS: ",.1f",
    Format.HUNDREDTHS: ",.2f",
    Format.PERCENT: ".1%",
    Format.DOLLARS: "$,.0f",
    Format.CENTS: "$,.2f",
}
_TYPES = {
    "string": "TEXT",
    "integer": "BIGINT",
    "decimal": "NUMERIC",
    "float": "DOUBLE PRECISION",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITHOUT TIME ZONE",
}


@dataclass(frozen=True)
class Dataset:
    """A mart, and the dimensions whose names its charts show.

    Attributes:
        mart: Its rows are measured.
        guests: The dimensions, and the keys that name their rows.
        metrics: Of dbt's metrics, those that read this mart only.
        known: All of dbt's metrics, which those are made of.
    """

    mart: Mart
    guests: tuple[tuple[Mart, ForeignKey], ...]
    metrics: tuple[Metric, ...]
    known: Metrics

    @cached_property
    def uuid(self) -> str:
        """What charts refer to it by."""
        return made_uuid("dataset", self.mart.name)

    @cached_property
    def captions(self) -> Captions:
        """What readers call columns and measures."""
        tables = [self.mart, *(guest for guest, _ in self.guests)]
        linked = [(self.mart.name, key.columns[0]) for _, key in self.guests]
        return captions(tables, self.metrics, linked, in_one_list=True)

    @cached_property
    def columns(self) -> tuple[tuple[Mart, Column], ...]:
        """The columns that readers see, the mart's own first."""
        own = [(self.mart, column) for column in self.mart.columns.values()]
        for guest, _ in self.guests:
            own += [
                (guest, column)
                for column in guest.columns.values()
                if column.name not in self.mart.columns
            ]
        hidden = self.captions.hidden
        return tuple(
            (mart, column)
            for mart, column in own
            if (mart.name, column.name) not in hidden
        )

    def as_yaml(self) -> Yaml:
        """Return the dataset as the bundle holds it."""
        dates = [
            name
            for name in self.mart.columns
            if self.mart.columns[name].kind == "date" and name in self.mart.primary_key
        ]
        return {
            "table_name": self.mart.name,
            # Without one Superset takes the first date it meets.
            "main_dttm_col": dates[0] if dates else None,
            "description": plain(self.mart.description),
            "schema": self.mart.schema,
            "sql": self._sql() if self.guests else None,
            "uuid": self.uuid,
            "metrics": self._metrics(),
            "columns": [self._column(mart, column) for mart, column in self.columns],
            "version": VERSION,
            "database_uuid": made_uuid("database"),
        }

    def _sql(self) -> str:
        rows = self.mart.name
        named = [
            f"    {guest.name}.{column.name}"
            for guest, column in self.columns
            if guest is not self.mart
        ]
        lines = ["select", ",\n".join([f"    {rows}.*", *named])]
        lines.append(f"from {self.mart.schema}.{rows}")
        for guest, key in self.guests:
            pairs = zip(key.columns, key.to_columns, strict=True)
            tests = " and ".join(
                f"{rows}.{column} = {guest.name}.{other}" for column, other in pairs
            )
            lines.append(f"left join {guest.schema}.{guest.name} on {tests}")
        return "\n".join(lines)

    def _column(self, mart: Mart, column: Column) -> Yaml:
        is_number_to_add = adds_up(mart, column)
        return {
            "column_name": column.name,
            "verbose_name": self.captions.columns[mart.name, column.name],
            "is_dttm": column.kind in ("date", "timestamp"),
            "is_active": True,
            "type": _TYPES[column.kind],
            "groupby": not is_number_to_add,
            "filterable": True,
            "expression": None,
            "description": plain(column.description),
        }

    def _metrics(self) -> list[Yaml]:
        made = [
            _metric(
                metric_name(metric.name),
                metric.label,
                metric_sql(metric, self.known),
                metric.description,
                metric.format,
            )
            for metric in self.metrics
        ]
        for measure in measures_of(self.mart):
            column = measure.column
            made.append(
                _metric(
                    name_of(Measured(self.mart.name, column.name)),
                    self.captions.measures[self.mart.name, column.name],
                    measure_sql(measure),
                    column.description,
                    column.format,
                )
            )
        for mart, column in self.columns:
            if mart is self.mart and adds_up(mart, column):
                made.append(
                    _metric(
                        name_of(Total(mart.name, column.name)),
                        self.captions.columns[mart.name, column.name],
                        f"sum({column.name})",
                        column.description,
                        column.format,
                    )
                )
        return made


def datasets(marts: MartContract, metrics: Metrics) -> dict[str, Dataset]:
    """Return a dataset for each mart, by its name."""
    guests: dict[str, set[str]] = {}
    for page in PAGES:
        for visual in page.visuals:
            others = tables_of(visual) - {visual.table}
            guests.setdefault(visual.table, set()).update(others)
    return {
        mart.name: Dataset(
            mart,
            tuple(
                (marts[key.table], key)
                for key in mart.foreign_keys
                if key.table in guests.get(mart.name, ())
                and key.columns == key.to_columns
            ),
            tuple(
                metric
                for metric in metrics.by_name.values()
                if metrics.tables(metric) == {mart.name}
            ),
            metrics,
        )
        for mart in marts
    }


def name_of(value: Value) -> str:
    """Return the name of a dataset's metric; no column is called so."""
    if isinstance(value, Measured):
        return f"measure_{value.column}"
    if isinstance(value, Total):
        return f"sum_{value.column}"
    return metric_name(value.metric)


def metric_name(metric: str) -> str:
    """Return the name of a dataset's metric that is one of dbt's."""
    return f"metric_{metric}"


def made_uuid(*names: str) -> str:
    """Return an id that is the same for the same names."""
    path = "/".join(("streaming_analytics", "superset", *names))
    return str(uuid.uuid5(uuid.NAMESPACE_URL, path))


def _metric(
    name: str, label: str, expression: str, description: str, shown: Format
) -> Yaml:
    return {
        "metric_name": name,
        "verbose_name": label,
        "metric_type": None,
        "expression": expression,
        "description": plain(description),
        "d3format": FORMATS[shown],
    }


def database(address: str) -> Yaml:
    """Return the database as the bundle holds it; Superset asks for the password."""
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": address,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "extra": {"allows_virtual_table_explore": True},
        "uuid": made_uuid("database"),
        "version": VERSION,
    }
