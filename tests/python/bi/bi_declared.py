"""What each measure has to be, in SQL, from what the columns declare in the manifest.

It reads dbt's YAML alone, and nothing of what makes the BI files.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from streaming_analytics.mart_contract import Mart


@dataclass(frozen=True)
class Expected:
    """A column that a measure stands for, and the measure's value for any rows."""

    mart: Mart
    column: str
    sql: str


def expected_measures(manifest: Mapping[str, Any], mart: Mart) -> Iterator[Expected]:
    """Yield the measures of a mart, each as an aggregate of its rows."""
    (node,) = (
        one
        for one in manifest["nodes"].values()
        if one["resource_type"] == "model" and one["name"] == mart.name
    )
    metas = {name: one["config"]["meta"] for name, one in node["columns"].items()}
    for name, meta in metas.items():
        if not meta.get("unit") or meta["unit"] == "label" or meta.get("hidden"):
            continue
        if "numerator" in meta:
            names = mart.columns[name].parts
            assert names is not None
            over = [key for part in names.columns for key in _over(metas[part])]
            value = (
                f"sum(({meta['numerator']})::numeric)"
                f" / nullif(sum(({meta['denominator']})::numeric), 0)"
            )
            yield Expected(mart, name, _where_one(mart, over, value))
        elif meta["additivity"] == "semi_additive":
            over = _over(meta)
            dates = [key for key in over if mart.columns[key].kind == "date"]
            value = f"sum({name})"
            if dates:
                value += f" filter (where {dates[0]} = last_{dates[0]})"
            yield Expected(mart, name, _where_one(mart, over, value))
        elif meta["additivity"] == "none" and mart.is_aggregate:
            yield Expected(
                mart, name, f"case when min({name}) = max({name}) then min({name}) end"
            )


def _over(meta: Mapping[str, Any]) -> list[str]:
    over = meta.get("over", [])
    return [over] if isinstance(over, str) else list(over)


def _where_one(mart: Mart, over: list[str], value: str) -> str:
    keys = sorted({key for key in over if mart.columns[key].kind != "date"})
    tests = [f"min({key}) = max({key})" for key in keys]
    return f"case when {' and '.join(tests)} then {value} end" if tests else value


def rows_by(mart: Mart, keys: tuple[str, ...], measures: list[Expected]) -> str:
    """Return a query of the measures' values for each value of some columns."""
    dates = [name for name in mart.columns if mart.columns[name].kind == "date"]
    by = f"partition by {', '.join(keys)}" if keys else ""
    last = "".join(f", max({date}) over ({by}) as last_{date}" for date in dates)
    values = ", ".join(f"({one.sql})::double precision" for one in measures)
    grouped = f"group by {', '.join(keys)}" if keys else ""
    return (
        f"select {', '.join((*keys, values))} "
        f"from (select *{last} from dev_{mart.schema}.{mart.name}) as rows {grouped}"
    )
