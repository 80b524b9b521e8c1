"""How tables and columns read in a BI tool: captions, plain descriptions, folders."""

import re

from streaming_analytics.mart_columns import Additivity, Column
from streaming_analytics.mart_contract import Mart

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


def caption(name: str) -> str:
    """Return a column's or table's name as a reader would write it."""
    words = [_WORDS.get(word, word) for word in name.split("_") if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def column_caption(column: Column) -> str:
    """Return the caption of a column, as long as nothing else is called so."""
    return column.caption or caption(column.name)


def table_caption(mart: Mart) -> str:
    """Return the caption of a table, without the prefix that tells its kind."""
    return caption(re.sub(r"^(dim|fct|agg|bridge)_", "", mart.name))


def plain(markdown: str) -> str:
    """Return a description without Markdown, on one line."""
    text = re.sub(r"\*\*(.+?)\*\*", r"\1:", markdown, flags=re.DOTALL)
    text = text.replace("`", "")
    return " ".join(text.split())


def adds_up(mart: Mart, column: Column) -> bool:
    """Return whether a BI tool may sum the column over whatever rows it likes."""
    return column.additivity is Additivity.ADDITIVE and column.name not in mart.keys


def folder_of(mart: Mart, column: Column) -> str:
    """Return the folder that a BI tool files the column in."""
    if column.kind in ("date", "timestamp"):
        return "Dates"
    if column.name in mart.keys:
        return "Keys"
    if column.additivity is not Additivity.NONE:
        return "Counts and amounts"
    if column.parts is not None or (
        mart.is_aggregate and column.is_number and column.unit != "label"
    ):
        return "Rates and averages"
    return "Attributes"
