"""An evaluator of the DAX that the model's measures are written in.

It reads the generated files and the tables' rows, and nothing of what wrote them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from streaming_analytics.bi.powerbi.tmdl import Link, Table

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"]|"")*")
    |(?P<column>'[^']+'\[(?:[^\]]|\]\])+\])|(?P<table>'[^']+')
    |(?P<measure>\[(?:[^\]]|\]\])+\])|(?P<word>[A-Z]+)
    |(?P<sign>&&|[-+*/(),=]))""",
    re.VERBOSE,
)
_COLUMN = re.compile(r"'([^']+)'\[((?:[^\]]|\]\])+)\]")

Node = tuple[Any, ...]
Cell = tuple[str, str]


def parse(dax: str) -> Node:
    """Return the tree of a formula.

    Raises:
        ValueError: It is of no form known here.
    """
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(dax.rstrip()):
        found = _TOKEN.match(dax, at)
        if found is None:
            raise ValueError(f"cannot read {dax[at:]!r}")
        assert found.lastgroup is not None
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    tree, rest = _binary(tokens, 0)
    if rest:
        raise ValueError(f"cannot read {rest!r}")
    return tree


_LEVELS = (("&&",), ("=",), ("+", "-"), ("*", "/"))


def _binary(tokens: list[tuple[str, str]], level: int) -> tuple[Node, Any]:
    if level == len(_LEVELS):
        return _single(tokens)
    left, rest = _binary(tokens, level + 1)
    while rest and rest[0][1] in _LEVELS[level] and rest[0][0] == "sign":
        right, after = _binary(rest[1:], level + 1)
        left, rest = (rest[0][1], left, right), after
    return left, rest


def _single(tokens: list[tuple[str, str]]) -> tuple[Node, Any]:
    (kind, text), rest = tokens[0], tokens[1:]
    if kind == "number":
        return ("number", float(text)), rest
    if kind == "text":
        return ("text", text[1:-1].replace('""', '"')), rest
    if kind == "column":
        found = _COLUMN.fullmatch(text)
        assert found is not None
        return ("column", (found[1], found[2].replace("]]", "]"))), rest
    if kind == "table":
        return ("table", text[1:-1]), rest
    if kind == "measure":
        return ("measure", text[1:-1].replace("]]", "]")), rest
    if text == "-":
        tree, rest = _single(rest)
        return ("-", ("number", 0.0), tree), rest
    if text == "(":
        tree, rest = _binary(rest, 0)
        return tree, rest[1:]
    if text == "NOT":
        tree, rest = _single(rest)
        return ("NOT", tree), rest
    if text in ("MONTH", "YEAR"):
        return ("word", text), rest
    if kind == "word" and rest[0][1] == "(":
        rest = rest[1:]
        arguments = []
        while rest[0][1] != ")":
            tree, rest = _binary(rest, 0)
            arguments.append(tree)
            if rest[0][1] == ",":
                rest = rest[1:]
        return (text, *arguments), rest[1:]
    raise ValueError(f"cannot read {tokens!r}")


@dataclass(frozen=True)
class Context:
    """What is filtered: values by column, and which sleeping links are awake."""

    allowed: tuple[tuple[Cell, frozenset[Any]], ...] = ()
    awake: frozenset[frozenset[Cell]] = frozenset()

    def only(self, cell: Cell, values: Sequence[Any]) -> "Context":
        """Return the context in which a column has one of these values as well."""
        return replace(self, allowed=(*self.allowed, (cell, frozenset(values))))


@dataclass
class Model:
    """Tables with their rows (columns by caption), measures and relationships."""

    tables: Mapping[str, Table]
    rows: Mapping[str, pd.DataFrame]
    links: Sequence[Link]
    _seen: dict[tuple[Context, str], np.ndarray] = field(default_factory=dict)

    def caption(self, table: str, column: str) -> str:
        """Return what readers call a column of the source."""
        (name,) = (
            part.name
            for part in self.tables[table].columns
            if part.properties["sourceColumn"] == column
        )
        return name

    def total(self, table: str, column: str, context: Context) -> float | None:
        """Return the sum of a column, as a visual makes it of a column itself."""
        return self._value(("SUM", ("column", (table, column))), context)

    def value(self, measure: str, context: Context) -> float | None:
        """Return a measure's value; None is DAX's blank."""
        (dax,) = (
            part.text.splitlines()[0]
            for table in self.tables.values()
            for part in table.measures
            if part.name == measure
        )
        return self._value(parse(dax), context)

    def _value(self, tree: Node, context: Context) -> Any:
        kind, *parts = tree
        if kind == "number":
            return parts[0]
        if kind == "measure":
            return self.value(parts[0], context)
        if kind in ("+", "-", "*", "/"):
            left, right = (self._value(part, context) for part in parts)
            return _compute(kind, left, right)
        if kind == "&&":
            return all(self._value(part, context) for part in parts)
        functions: dict[str, Callable[..., Any]] = {
            "SUM": lambda cell: _total(self._cells(cell, context)),
            "COUNT": lambda cell: _blank(len(self._cells(cell, context).dropna())),
            "COUNTROWS": lambda table: _blank(self._mask(table[1], context).sum()),
            "DISTINCTCOUNTNOBLANK": lambda cell: _blank(
                self._cells(cell, context).nunique()
            ),
            "HASONEVALUE": lambda cell: len(self._cells(cell, context).unique()) == 1,
            "SELECTEDVALUE": lambda cell: self._selected(cell, context),
            "DIVIDE": lambda top, bottom: _divided(
                self._value(top, context), self._value(bottom, context)
            ),
            "IF": lambda test, value: (
                self._value(value, context) if self._value(test, context) else None
            ),
            "SUMX": lambda table, each: self._summed(table, each, context),
            "CALCULATE": lambda value, *tests: self._value(
                value, self._narrowed(context, tests)
            ),
        }
        return functions[kind](*parts)

    def _narrowed(self, context: Context, tests: Sequence[Node]) -> Context:
        narrowed = context
        for kind, *parts in tests:
            if kind == "KEEPFILTERS":
                (_, (_, cell), right) = parts[0]
                truths = {"TRUE": True, "FALSE": False}
                value = truths[right[0]] if right[0] in truths else right[1]
                narrowed = narrowed.only(cell, [value])
            elif kind == "LASTDATE":
                # As seen before this CALCULATE narrows anything.
                last = self._cells(parts[0], context).max()
                narrowed = narrowed.only(parts[0][1], [last])
            elif kind == "DATEADD":
                narrowed = self._moved(parts, context, narrowed)
            elif kind == "USERELATIONSHIP":
                ends = frozenset(part[1] for part in parts)
                narrowed = replace(narrowed, awake=narrowed.awake | {ends})
            else:
                raise ValueError(f"no filter {kind}")
        return narrowed

    def _moved(
        self, parts: Sequence[Any], context: Context, narrowed: Context
    ) -> Context:
        """Return the context with its days so many months or years away.

        The calendar is marked as one: what was chosen in it gives way.
        """
        (_, cell), (_, _, (_, back)), (_, unit) = parts
        months = int(back) * (12 if unit == "YEAR" else 1)
        days = pd.to_datetime(self._cells(("column", cell), context))
        moved = {
            one.date() for one in days - pd.DateOffset(months=months) if pd.notna(one)
        }
        # A month that is there to its last day is moved to the last day of another.
        ends = {day for day in days if day.is_month_end}
        moved |= {
            date.date()
            for end in ends
            for date in pd.date_range(
                end - pd.DateOffset(months=months),
                end - pd.DateOffset(months=months) + pd.offsets.MonthEnd(0),
            )
        }
        kept = tuple(one for one in narrowed.allowed if one[0][0] != cell[0])
        return replace(narrowed, allowed=kept).only(cell, sorted(moved))

    def _selected(self, cell: Node, context: Context) -> Any:
        values = self._cells(cell, context).unique()
        return values[0] if len(values) == 1 and pd.notna(values[0]) else None

    def _summed(self, table: Node, each: Node, context: Context) -> float | None:
        name = table[1] if table[0] == "table" else table[1][1]
        rows = self.rows[name][self._mask(name, context)]
        if table[0] == "FILTER":
            rows = rows[self._row_value(table[2], rows)]
        return _total(self._row_value(each, rows))

    def _row_value(self, tree: Node, rows: pd.DataFrame) -> Any:
        kind, *parts = tree
        if kind == "column":
            # A blank counts as nothing in DAX's arithmetic.
            return rows[parts[0][1]].fillna(0)
        if kind == "number":
            return parts[0]
        if kind == "NOT":
            return ~self._row_value(parts[0], rows)
        if kind == "ISBLANK":
            return rows[parts[0][1][1]].isna()
        left, right = (self._row_value(part, rows) for part in parts)
        if kind == "&&":
            return left & right
        return {"+": left.__add__, "-": left.__sub__}.get(
            kind, lambda other: left * other
        )(right)

    def _cells(self, cell: Node, context: Context) -> pd.Series:
        table, column = cell[1]
        return self.rows[table].loc[self._mask(table, context), column]

    def _mask(self, table: str, context: Context) -> np.ndarray:
        """Return which rows of a table the filters leave."""
        if (context, table) not in self._seen:
            for name, mask in self._masks(context).items():
                self._seen[context, name] = mask
        return self._seen[context, table]

    def _masks(self, context: Context) -> dict[str, np.ndarray]:
        masks = {name: np.ones(len(rows), bool) for name, rows in self.rows.items()}
        changed: list[str] = []
        for (table, column), values in context.allowed:
            masks[table] &= self.rows[table][column].isin(list(values)).to_numpy()
            changed.append(table)
        while changed:
            table = changed.pop()
            for start, end in self._ways(table, context):
                keys = self.rows[table].loc[masks[table], start[1]]
                mask = masks[end[0]] & self.rows[end[0]][end[1]].isin(keys).to_numpy()
                if (mask != masks[end[0]]).any():
                    masks[end[0]] = mask
                    changed.append(end[0])
        return masks

    def _ways(self, table: str, context: Context) -> list[tuple[Cell, Cell]]:
        ways = []
        for link in self.links:
            ends = frozenset((link.child, link.parent))
            if not link.is_active and ends not in context.awake:
                continue
            if link.parent[0] == table:
                ways.append((link.parent, link.child))
            if link.is_both_ways and link.child[0] == table:
                ways.append((link.child, link.parent))
        return ways


def _total(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.sum()) if len(known) else None


def _blank(count: int) -> float | None:
    """Return a count; DAX has no rows of nothing to count."""
    return float(count) if count else None


def _divided(top: float | None, bottom: float | None) -> float | None:
    if top is None or not bottom:
        return None
    return top / bottom


def _compute(sign: str, left: float | None, right: float | None) -> float | None:
    if sign in ("+", "-"):
        if left is None and right is None:
            return None
        left, right = left or 0.0, right or 0.0
        return left + right if sign == "+" else left - right
    if left is None or right is None:
        return None
    return left * right if sign == "*" else left / right
