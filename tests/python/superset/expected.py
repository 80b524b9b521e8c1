"""What each visual has to show, asked of the published marts by the definitions."""

from collections.abc import Callable, Mapping
from typing import Any

from bi.bi_declared import expected_measures
from metric_queries import EXPECTED

from streaming_analytics.bi.pages import Measured, MetricValue, Total, Value, Visual
from streaming_analytics.bi.superset.datasets import name_of
from streaming_analytics.mart_contract import MartContract

Query = Callable[[str], list[tuple[Any, ...]]]


def expected_cells(
    visual: Visual, marts: MartContract, manifest: Mapping[str, Any], ask: Query
) -> dict[tuple[Any, ...], float | None]:
    """Return a visual's numbers by what they are split by, and in a table by name."""
    mart = marts[visual.table]
    fields = [*visual.rows, *([visual.series] if visual.series else [])]
    keys = [
        f"date_trunc('month', {field.column})::date" if field.by_month else field.column
        for field in fields
    ]
    told = {name_of(one): one for one in visual.beside}
    if visual.value is not None:
        told = {"": visual.value}
    values = ", ".join(
        f"({_value(one, marts, manifest)})::double precision" for one in told.values()
    )
    joins = "".join(
        f" left join {marts[key.table].schema}.{key.table} using ({key.columns[0]})"
        for key in mart.foreign_keys
        if key.table in {field.table for field in fields} - {mart.name}
    )
    where = f" where {visual.only}" if visual.only else ""
    ordered = ""
    if visual.top is not None:
        ranked = visual.top_by or visual.value
        assert isinstance(ranked, Total)
        ordered = f" order by sum({ranked.column}) desc limit {visual.top}"
    rows = ask(
        f"select {', '.join(keys)}, {values} from {mart.schema}.{mart.name}{joins}"
        f"{where} group by {', '.join(keys)}{ordered}"
    )
    return {
        (*row[: len(keys)], *filter(None, [name])): number
        for row in rows
        for name, number in zip(told, row[len(keys) :], strict=True)
    }


def _value(value: Value, marts: MartContract, manifest: Mapping[str, Any]) -> str:
    if isinstance(value, Total):
        return f"sum({value.column})"
    if isinstance(value, MetricValue):
        return EXPECTED[value.metric][0]
    assert isinstance(value, Measured)
    (expected,) = (
        one
        for one in expected_measures(manifest, marts[value.table])
        if one.column == value.column
    )
    return expected.sql
