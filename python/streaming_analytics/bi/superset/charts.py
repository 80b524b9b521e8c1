"""Charts: a visual of the pages over one dataset."""

from streaming_analytics import palette
from streaming_analytics.bi.pages import Mark, MetricValue, Total, Value, Visual
from streaming_analytics.bi.superset.datasets import (
    FORMATS,
    VERSION,
    Dataset,
    Yaml,
    made_uuid,
    name_of,
)
from streaming_analytics.mart_columns import Format

_MOST_ROWS = 10_000
_TYPES = {
    Mark.BAR: "echarts_timeseries_bar",
    Mark.COLUMN: "echarts_timeseries_bar",
    Mark.LINE: "echarts_timeseries_line",
    Mark.TABLE: "table",
}
# Superset knows a set of colours by this; one that its settings lack is its own.
SCHEME = palette.NAME.lower().replace(" ", "_")


def chart_uuid(visual: Visual) -> str:
    """Return what dashboards refer to a chart by."""
    return made_uuid("chart", visual.name)


def chart(visual: Visual, dataset: Dataset) -> Yaml:
    """Return a chart as the bundle holds it."""
    kind = _TYPES[visual.mark]
    drawn = _table(visual) if visual.mark is Mark.TABLE else _drawn(visual, dataset)
    return {
        "slice_name": visual.title,
        "description": None,
        "viz_type": kind,
        "params": {
            "viz_type": kind,
            "adhoc_filters": _filters(visual),
            "color_scheme": SCHEME,
            "row_limit": _MOST_ROWS if visual.top is None else visual.top,
            **drawn,
        },
        "query_context": None,
        "cache_timeout": None,
        "uuid": chart_uuid(visual),
        "version": VERSION,
        "dataset_uuid": dataset.uuid,
    }


def _table(visual: Visual) -> Yaml:
    return {
        "query_mode": "aggregate",
        "groupby": [field.column for field in visual.rows],
        "metrics": [name_of(value) for value in visual.beside],
        "all_columns": [],
        "order_desc": True,
        # An interval's ends are no lengths to compare.
        "show_cell_bars": False,
    }


def _drawn(visual: Visual, dataset: Dataset) -> Yaml:
    assert visual.value is not None
    (field,) = visual.rows
    shown = FORMATS[_format(visual.value, dataset)]
    params: Yaml = {
        "x_axis": field.column,
        "metrics": [name_of(visual.value)],
        "groupby": [] if visual.series is None else [visual.series.column],
        "order_desc": True,
        "y_axis_format": shown,
        "rich_tooltip": True,
        "show_legend": visual.series is not None,
        "truncate_metric": True,
    }
    if visual.mark is Mark.LINE:
        return params | {"time_grain_sqla": "P1M", "x_axis_time_format": "%Y-%m"}
    params |= {
        "orientation": "horizontal" if visual.mark is Mark.BAR else "vertical",
        "show_value": True,
    }
    if visual.sort_by is not None:
        order = f"min({visual.sort_by})"
    elif isinstance(visual.top_by, Total):
        order = f"sum({visual.top_by.column})"
    else:
        return params | {"x_axis_sort": name_of(visual.value), "x_axis_sort_asc": True}
    # A metric of the dataset would be drawn beside the value.
    return params | {
        "timeseries_limit_metric": {
            "expressionType": "SQL",
            "sqlExpression": order,
            "label": order,
            "hasCustomLabel": True,
        },
        "x_axis_sort": order,
        # A horizontal axis begins at the bottom.
        "x_axis_sort_asc": True,
    }


def _format(value: Value, dataset: Dataset) -> Format:
    if isinstance(value, MetricValue):
        return dataset.known.by_name[value.metric].format
    return dataset.mart.columns[value.column].format


def _filters(visual: Visual) -> list[Yaml]:
    if visual.only is None:
        return []
    return [
        {
            "clause": "WHERE",
            "expressionType": "SIMPLE",
            "subject": visual.only,
            "operator": "IS TRUE",
            "operatorId": "IS_TRUE",
            "comparator": None,
        }
    ]
