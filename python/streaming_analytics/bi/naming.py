"""How columns read in a BI tool: captions, plain descriptions, formats, totals.

All of it follows from the names, types and descriptions in dbt's YAML. Where a rule
does not fit, `config: {meta: {caption: …, format: …, total: …}}` of the column wins.
"""

import re
from enum import Enum

from streaming_analytics.mart_contract import Column, Mart

_WORDS = {
    "arm": "ARM",
    "arpu": "ARPU",
    "cac": "CAC",
    "dau": "DAU",
    "ecs": "ECS",
    "id": "ID",
    "ltv": "LTV",
    "mau": "MAU",
    "mrr": "MRR",
    "rfm": "RFM",
    "usd": "(USD)",
    "utc": "(UTC)",
    "wau": "WAU",
}
_RATIO = re.compile(
    r"(rate|share|share_viewed|ratio|stickiness|probability|utilisation|effect"
    r"|difference|bingeability)(_lower|_upper|_standard_error)?"
)
# Amounts over amounts, often several times as large: not shown in percent.
_MULTIPLE = re.compile(r"(.*_)?quick_ratio|.*_to_\w+_ratio")
_LABEL_NUMBER = re.compile(
    r".*_(number|rank|hour|weekday|score|decile|since|since_release|since_signup"
    r"|month|percentile)|year|months_since|local_hour|local_weekday"
)
_NOT_ADDITIVE = re.compile(
    r"p\d+_.*|(mean|median|average|shrunk|cumulative|tenure|recency|hours_to)_.*|rating"
    r"|.*_(lower|upper|index|size|per_hour_usd|position_seconds|active_users)"
    r"|(arm|cac|ltv|payback|half_life|runtime|forecast)(_.*)?|lift|ecs|gini"
    r"|.*_ratio"
)
# These do add up, although they begin like an average.
_ADDITIVE = re.compile(r"average_members")


class Format(Enum):
    """How a value is shown."""

    TEXT = "text"
    YES_NO = "yes_no"
    WHOLE = "whole"
    PLAIN = "plain"
    DECIMAL = "decimal"
    PERCENT = "percent"
    MONEY = "money"
    DATE = "date"
    TIMESTAMP = "timestamp"


class Total(Enum):
    """What a BI tool may do with the values of several rows."""

    SUM = "sum"
    AVERAGE = "average"
    NONE = "none"


def caption(name: str) -> str:
    """Return a column's or table's name as a reader would write it."""
    words = [_WORDS.get(word, word) for word in name.split("_") if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def column_caption(column: Column) -> str:
    """Return the caption of a column."""
    return str(column.meta.get("caption") or caption(column.name))


def table_caption(mart: Mart) -> str:
    """Return the caption of a table, without the prefix that tells its kind."""
    return caption(re.sub(r"^(dim|fct|agg|bridge)_", "", mart.name))


def plain(markdown: str) -> str:
    """Return a description without Markdown, on one line."""
    text = re.sub(r"\*\*(.+?)\*\*", r"\1:", markdown, flags=re.DOTALL)
    text = text.replace("`", "")
    return " ".join(text.split())


def format_of(column: Column) -> Format:
    """Return how the column's values are shown."""
    if "format" in column.meta:
        return Format(column.meta["format"])
    simple = {
        "string": Format.TEXT,
        "boolean": Format.YES_NO,
        "date": Format.DATE,
        "timestamp": Format.TIMESTAMP,
    }
    kind = column.kind
    if kind in simple:
        return simple[kind]
    if kind == "integer":
        is_label = _LABEL_NUMBER.fullmatch(column.name)
        return Format.PLAIN if is_label else Format.WHOLE
    if is_ratio(column.name):
        return Format.PERCENT
    return Format.MONEY if column.name.endswith("_usd") else Format.DECIMAL


def is_ratio(name: str) -> bool:
    """Return whether a column or metric of that name lies between 0 and 1."""
    is_multiple = _MULTIPLE.fullmatch(name) is not None
    return (
        not is_multiple and re.fullmatch(rf"(.*_)?{_RATIO.pattern}", name) is not None
    )


def total_of(mart: Mart, column: Column) -> Total:
    """Return what several rows of the column may be summed up to."""
    if "total" in column.meta:
        return Total(column.meta["total"])
    keys = set(mart.primary_key) | {
        name for key in mart.foreign_keys for name in key.columns
    }
    if column.kind not in ("integer", "decimal", "float") or column.name in keys:
        return Total.NONE
    if format_of(column) is Format.PLAIN:
        return Total.NONE
    if _ADDITIVE.fullmatch(column.name):
        return Total.SUM
    if is_ratio(column.name) or _NOT_ADDITIVE.fullmatch(column.name):
        return Total.AVERAGE
    return Total.SUM


def folder_of(mart: Mart, column: Column) -> str:
    """Return the folder that a BI tool files the column in."""
    keys = set(mart.primary_key) | {
        name for key in mart.foreign_keys for name in key.columns
    }
    if column.name in keys and column.kind not in ("date", "timestamp"):
        return "Keys"
    if column.kind in ("date", "timestamp"):
        return "Dates"
    total = total_of(mart, column)
    if total is Total.SUM:
        return "Counts and amounts"
    return "Rates and averages" if total is Total.AVERAGE else "Attributes"
