"""Arithmetic over names, as YAML states it: `(cancels - returns) / members`.

It is read once, by a parser of SQL, and written in whatever language a tool speaks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import sqlglot
from sqlglot import expressions as sql
from sqlglot.errors import SqlglotError

_SIGNS: dict[type[sql.Expr], str] = {sql.Add: "+", sql.Sub: "-", sql.Mul: "*"}

Name = Callable[[str], str]
Divide = Callable[[str, str], str]


@dataclass(frozen=True)
class Formula:
    """A formula of names, numbers, + - * / ( ) and `nullif(…, 0)` as a divisor."""

    text: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names in it, each once, in the order of the text."""
        found = self._tree.find_all(sql.Column, bfs=False)
        return tuple(dict.fromkeys(column.name for column in found))

    @property
    def is_name(self) -> bool:
        """Whether it is one name and nothing else."""
        return isinstance(self._tree, sql.Column)

    def terms(self) -> tuple[frozenset[str], ...]:
        """Return the names of each of the terms that are added up."""

        def split(node: sql.Expr) -> list[frozenset[str]]:
            node = node.unnest()
            if isinstance(node, sql.Add | sql.Sub):
                return split(node.this) + split(node.expression)
            return [frozenset(column.name for column in node.find_all(sql.Column))]

        return tuple(split(self._tree))

    def written(self, name: Name, divide: Divide) -> str:
        """Return the formula in another language.

        Args:
            name: Says a name in that language.
            divide: Joins two terms to a quotient that is nothing over 0.
        """
        return _written(self._tree, name, divide)

    @cached_property
    def _tree(self) -> sql.Expr:
        return parsed(self.text)


def formula(text: str) -> Formula:
    """Return the formula that a text states.

    Raises:
        ValueError: It states something else.
    """
    made = Formula(text)
    made.written(str, lambda top, bottom: f"{top} / {bottom}")
    if not made.names:
        raise ValueError(f"{text!r} names nothing")
    return made


def parsed(text: str) -> sql.Expr:
    """Return the tree of an SQL expression.

    Raises:
        ValueError: It is none.
    """
    try:
        return sqlglot.parse_one(text, dialect="postgres")
    except SqlglotError as error:
        raise ValueError(f"{text!r} is no expression of SQL") from error


def _written(node: sql.Expr, name: Name, divide: Divide) -> str:
    if isinstance(node, sql.Column) and not node.table:
        return name(node.name)
    if isinstance(node, sql.Literal) and not node.is_string:
        return node.name
    if isinstance(node, sql.Paren):
        return f"({_written(node.this, name, divide)})"
    if isinstance(node, sql.Mul) and _is_one(node.expression):
        # Times one only makes SQL divide with decimals.
        return _written(node.this, name, divide)
    for kind, sign in _SIGNS.items():
        if isinstance(node, kind):
            left = _written(node.this, name, divide)
            return f"{left} {sign} {_written(node.expression, name, divide)}"
    if isinstance(node, sql.Div):
        divisor = node.expression
        if isinstance(divisor, sql.Nullif) and divisor.expression.name == "0":
            top = _written(node.this, name, divide)
            return divide(top, _written(divisor.this, name, divide))
        if isinstance(divisor, sql.Literal):
            return f"{_written(node.this, name, divide)} / {divisor.name}"
    raise ValueError(f"{node.sql()!r} is more than + - * / over names and numbers")


def _is_one(node: sql.Expr) -> bool:
    return isinstance(node, sql.Literal) and float(node.name) == 1
