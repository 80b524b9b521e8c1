"""Tableau's calculated fields as SQL over one table.

It reads the generated data source and nothing of what wrote it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import sqlglot
from sqlglot import expressions as sql

_FIELD = re.compile(r"\[([^\]]+)\]")
_LAST = re.compile(r"\{EXCLUDE ([^:]+) : MAX\((\[[^\]]+\])\)\}")


@dataclass(frozen=True)
class Fields:
    """What a data source defines.

    Attributes:
        columns: Table and column by field name.
        formulas: Of the calculated fields, by name.
    """

    columns: Mapping[str, tuple[str, str]]
    formulas: Mapping[str, str]


def read_fields(source: Element) -> Fields:
    """Return the fields of a data source."""
    columns = {}
    for one in source.findall("connection/cols/map"):
        table, column = _FIELD.findall(one.get("value", ""))
        columns[one.get("key", "")[1:-1]] = (table, column)
    formulas = {
        one.get("name", "")[1:-1]: calculation.get("formula", "")
        for one in source.findall("column")
        if (calculation := one.find("calculation")) is not None
    }
    return Fields(columns, formulas)


def whole(fields: Fields, name: str) -> str:
    """Return a calculated field's formula with those in it written out."""

    def replaced(found: re.Match[str]) -> str:
        inner = found[1]
        return f"({whole(fields, inner)})" if inner in fields.formulas else found[0]

    return _FIELD.sub(replaced, fields.formulas[name])


def table_of(fields: Fields, formula: str) -> str:
    """Return the one table that a formula reads."""
    (table,) = {
        fields.columns[field][0]
        for field in _FIELD.findall(formula)
        if field in fields.columns
    }
    return table


def as_sql(fields: Fields, formula: str) -> str:
    """Return a formula as an aggregate of rows.

    The rows have a column last_… with the last of a date in each group, without the
    keys that EXCLUDE names; `last_dates` says which.
    """
    text = _LAST.sub(
        lambda found: f"[last_{fields.columns[found[2][1:-1]][1]}]", formula
    )
    text = _FIELD.sub(
        lambda found: fields.columns.get(found[1], ("", found[1]))[1], text
    )
    text = re.sub(r'"([^"]*)"', r"'\1'", text)
    text = re.sub(r"\bIF\b", "CASE WHEN", text)
    text = re.sub(r"\bCOUNTD\((\w+|CASE .*? END)\)", r"COUNT(DISTINCT \1)", text)
    tree = sqlglot.parse_one(text, dialect="postgres")
    return tree.transform(_exact).sql(dialect="postgres")


def last_dates(fields: Fields, formula: str) -> dict[str, tuple[str, ...]]:
    """Return the dates whose last value a formula asks for: what each leaves out."""
    return {
        fields.columns[date[1:-1]][1]: tuple(
            fields.columns[field][1] for field in _FIELD.findall(excluded)
        )
        for excluded, date in _LAST.findall(formula)
    }


def _exact(node: sql.Expr) -> sql.Expr:
    """Divide without cutting off decimals, and by 0 to nothing."""
    if isinstance(node, sql.Div):
        return sql.Div(
            this=sql.cast(node.this, "numeric"),
            expression=sql.Nullif(
                this=node.expression, expression=sql.Literal.number(0)
            ),
            typed=True,
        )
    return node
