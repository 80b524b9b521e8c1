"""What a chart of the dashboard is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import altair as alt
import pandas as pd

from streaming_analytics.report.marts import ALL, Marts
from streaming_analytics.report.wording import day_name, month_name

Row = dict[str, Any]
Kind = Literal[
    "text", "integer", "hours", "rate", "points", "stars", "ratio", "usd", "month"
]

# The name that the page knows the region filter by.
REGION = "selected_region"
IS_SELECTED = f"{REGION} === '{ALL}' || datum.region_code === {REGION}"


def whole_span(marts: Marts) -> str:
    """Return the first and the last day of the data."""
    if marts.first_date is None or marts.as_of_date is None:
        return ""
    return f"{day_name(marts.first_date)} to {day_name(marts.as_of_date)}"


def complete_months(marts: Marts, first: int = 0) -> str:
    """Return the first and the last complete month.

    Args:
        marts: What was published.
        first: How many months are left out at the beginning.
    """
    months = sorted(set(marts["growth"].get("month_start_date", ())))[first:]
    if not months:
        return ""
    return f"{month_name(months[0])} to {month_name(months[-1])}"


def newest_day(marts: Marts) -> str:
    """Return the last day of the data: for what is told as of today."""
    return "" if marts.as_of_date is None else f"as of {day_name(marts.as_of_date)}"


@dataclass(frozen=True)
class Column:
    """A column of the table beside a chart: field, heading, and how it is shown."""

    field: str
    heading: str
    kind: Kind


@dataclass(frozen=True)
class Panel:
    """One chart, what it says, and the same numbers as a table.

    Attributes:
        key: Its name in the page.
        topic: What it is about, in two or three words.
        queries: The queries it reads.
        region: `filter` shows the rows of the chosen region, `highlight` all regions
            with the chosen one in front, `none` knows no regions.
        subtitle: What is drawn, with its unit.
        reading: How to read it, for who cannot see it.
        columns: The table.
        rows: The rows of chart and table; with `region_code` unless `region` is none.
        chart: Makes the chart over the data named `rows`.
        finding: What it shows, for a region or `ALL`; also when there are no rows.
        note: What to mind, or what follows; for a region or `ALL`.
        legend: What the colours mean: a colour for each name.
        period: The time that is shown; empty without data.
        height: Of the chart, pixels.
    """

    key: str
    topic: str
    queries: tuple[str, ...]
    region: Literal["filter", "highlight", "none"]
    subtitle: Callable[[Marts], str]
    reading: str
    columns: tuple[Column, ...]
    rows: Callable[[Marts], list[Row]]
    chart: Callable[[Marts], Any]
    finding: Callable[[Marts, str], str]
    note: Callable[[Marts, str], str]
    legend: Callable[[Marts], Mapping[str, str]] = lambda marts: {}
    height: int = 300
    is_wide: bool = False
    period: Callable[[Marts], str] = whole_span

    def missing_tables(self, marts: Marts) -> list[str]:
        """Return the tables that nobody published."""
        return sorted(
            {
                table
                for query in self.queries
                for table in marts.unpublished.get(query, ())
            }
        )


# Altair types its charts in a way that a type checker cannot follow through a chain of
# calls; hence Any.
def chart_of_rows() -> Any:
    """Return a chart of the data that the page, or the paper, puts in."""
    return alt.Chart(alt.NamedData("rows"))


def chart_of_selected_rows() -> Any:
    """Return a chart of the rows of the chosen region."""
    return chart_of_rows().transform_filter(f"datum.region_code === {REGION}")


def layered(*layers: Any) -> Any:
    """Put charts over each other, with the region filter's parameter."""
    return alt.layer(*layers).add_params(alt.param(name=REGION, value=ALL))


def month_axis(**options: Any) -> alt.Axis:
    """Return an axis of months; years are told once."""
    return alt.Axis(
        format="%b",
        labelExpr="utcmonth(datum.value) == 0 || datum.index == 0 "
        "? [utcFormat(datum.value, '%b'), utcFormat(datum.value, '%Y')] "
        ": utcFormat(datum.value, '%b')",
        labelOverlap=True,
        tickCount={"interval": "month", "step": 2},
        title=None,
        **options,
    )


def month_band() -> alt.X:
    """Return the x of bars by month, with a label each quarter."""
    # The ISO text and no time unit: Vega-Lite 6 loses the unit in one of many layers.
    month = "toDate(datum.value)"
    return alt.X(
        "month_start_date:O",
        title=None,
        axis=alt.Axis(
            labelExpr=f"datum.index === 0 || utcmonth({month}) === 0 ? "
            f"[utcFormat({month}, '%b'), utcFormat({month}, '%Y')] : "
            f"utcmonth({month}) % 3 ? '' : utcFormat({month}, '%b')",
            labelAngle=0,
            labelOverlap=False,
            ticks=False,
        ),
    )


def to_rows(frame: pd.DataFrame, fields: Sequence[str]) -> list[Row]:
    """Return `fields` of the rows, with dates as ISO text."""
    if frame.empty:
        return []
    return [
        {field: _plain(value) for field, value in zip(fields, values, strict=True)}
        for values in frame[list(fields)].itertuples(index=False, name=None)
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def colour_of(colours: Mapping[str, str], field: str) -> alt.Color:
    """Return an encoding of `field` with fixed colours and no legend."""
    return alt.Color(
        f"{field}:N",
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=None,
    )


def no_note(marts: Marts, region: str) -> str:
    """Return nothing: for charts that need no note."""
    return ""
