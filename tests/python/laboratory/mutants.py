"""Models broken one operator at a time.

A mutant is named by its operator and the how-manieth place in the statement it changes.
The same place is found again in the statement that a unit test compiled, because both
come from one template: only the tables and today's date differ, and those are put aside
before.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

#: Stands for today in statements that read it from a table or have it written in.
TODAY = "today_as_the_models_know_it"
FIXTURE = "__dbt__cte__"
#: What dbt.generate_series wrote: its length depends on variables, and it is not ours.
SERIES = "numbers"

SWAPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.Add: exp.Sub,
    exp.Sub: exp.Add,
    exp.Mul: exp.Div,
    exp.Div: exp.Mul,
    exp.And: exp.Or,
    exp.Or: exp.And,
    exp.Sum: exp.Max,
    exp.Max: exp.Min,
    exp.Min: exp.Max,
    exp.Avg: exp.Max,
    exp.Lag: exp.Lead,
    exp.Lead: exp.Lag,
    exp.Greatest: exp.Least,
    exp.Least: exp.Greatest,
}
COMPARISONS = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.EQ, exp.NEQ)
AGGREGATES = (exp.Sum, exp.Max, exp.Min, exp.Avg)


@dataclass(frozen=True)
class Mutant:
    """One change of one statement."""

    model: str
    operator: str
    place: int


#: A place that an operator can change: the node, and how to change it.
Place = tuple[exp.Expr, Callable[[Any], exp.Expr]]


def parse(statement: str, today: str | None = None) -> exp.Expr:
    """Parse a compiled statement with today put aside.

    Args:
        statement: A query in PostgreSQL's words.
        today: The expression of today that a unit test wrote in.
    """
    text = re.sub(
        r"\(select as_of_date from (\"?\w+\"?\.)*\"?\w*util_as_of_date\"?\)",
        TODAY,
        statement,
    )
    if today:
        text = text.replace(today, TODAY)
    return sqlglot.parse_one(text, read="postgres")


def text_of(tree: exp.Expr, today: str) -> str:
    """Write a statement down, with this expression for today."""
    return tree.sql(dialect="postgres").replace(TODAY, today)


def own_nodes(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the nodes of the model itself, not those of a unit test's rows."""
    for node in tree.walk(prune=is_foreign):
        if not is_foreign(node):
            yield node


def is_foreign(node: exp.Expr) -> bool:
    """Tell whether a node is the rows of a unit test, or dbt's own series."""
    return isinstance(node, exp.CTE) and (
        node.alias.startswith(FIXTURE) or node.alias == SERIES
    )


def is_join_key(node: exp.Expr) -> bool:
    """Tell whether a comparison or `and` is part of how rows are joined."""
    inner: exp.Expr = node
    while isinstance(inner.parent, exp.And | exp.Or | exp.Paren):
        inner = inner.parent
    return isinstance(inner.parent, exp.Join)


def conjuncts(node: exp.Expr) -> list[exp.Expr]:
    """Return the conditions that an `and` joins."""
    return list(node.flatten()) if isinstance(node, exp.And) else [node]


def swap(node: exp.Expr) -> exp.Expr:
    """Put the opposite operator in the node's place."""
    return SWAPPED[type(node)](**node.args)


def add_one(node: exp.Expr) -> exp.Expr:
    """Return the number that follows."""
    number = node.name
    if "." in number:
        return exp.Literal.number(f"{float(number) + 1}")
    return exp.Literal.number(int(number) + 1)


def without_first(name: str) -> Callable[[exp.Expr], exp.Expr]:
    """Return what drops the first of a list of arguments."""

    def change(node: exp.Expr) -> exp.Expr:
        node.set(name, node.args[name][1:])
        return node

    return change


def flip(node: exp.Expr) -> exp.Expr:
    """Turn an order round."""
    is_descending = bool(node.args.get("desc"))
    node.set("desc", not is_descending)
    node.set("nulls_first", None)
    return node


def join_kind(node: exp.Expr) -> exp.Expr:
    """Make an inner join of an outer one, and the other way round."""
    node.set("side", None if node.args.get("side") else "LEFT")
    node.set("kind", None)
    return node


def drop_branch(node: exp.Expr) -> exp.Expr:
    """Drop the first branch of a case."""
    branches = node.args["ifs"]
    if len(branches) == 1:
        return node.args.get("default") or exp.Null()
    node.set("ifs", branches[1:])
    return node


def reverse_coalesce(node: exp.Expr) -> exp.Expr:
    """Ask the last argument first."""
    arguments = [node.this, *node.expressions]
    return exp.Coalesce(this=arguments[-1], expressions=arguments[:-1])


def not_is_null(node: exp.Expr) -> exp.Expr:
    """Turn `is null` and `is not null` round."""
    return exp.Not(this=node.copy())


def frameless(node: exp.Expr) -> exp.Expr:
    """Drop the frame of a window, for the whole partition."""
    node.set("spec", None)
    node.set("order", None)
    return node


def condition_places(node: exp.Expr) -> Iterator[tuple[str, Place]]:
    """Yield the conditions of a where, a having or a join that can be dropped."""
    holder = node.args.get("on") if isinstance(node, exp.Join) else node.this
    if isinstance(node, exp.Where | exp.Having):
        parts = conjuncts(node.this)
        if len(parts) == 1:
            yield "condition dropped", (node.this, lambda n: exp.true())
    else:
        parts = conjuncts(holder) if holder is not None else []
    if len(parts) > 1:
        for part in parts:
            yield "condition dropped", (part, lambda n: exp.true())


def window_places(node: exp.Window) -> Iterator[tuple[str, Place]]:
    """Yield what can be changed in a window."""
    if node.args.get("partition_by"):
        yield "partition", (node, without_first("partition_by"))
    if node.args.get("spec"):
        yield "window frame", (node, frameless)
    order = node.args.get("order")
    if order is not None:
        for key in order.expressions:
            yield "window order", (key, flip)
    if isinstance(node.this, exp.RowNumber):
        yield "window function", (node.this, lambda n: exp.func("rank"))


def literal_places(node: exp.Literal) -> Iterator[tuple[str, Place]]:
    """Yield a literal if changing it changes what is selected."""
    parent = node.parent
    if isinstance(
        parent, exp.DataTypeParam | exp.Group | exp.Ordered | exp.Interval | exp.Alias
    ) and not (isinstance(parent, exp.Alias) and not node.is_string):
        return
    if node.is_string:
        if isinstance(parent, exp.EQ | exp.NEQ | exp.In | exp.If | exp.Case):
            yield "literal", (node, lambda n: exp.Literal.string(n.name + "~"))
    elif not isinstance(parent, exp.Cast) or parent.to.is_type("numeric"):
        yield "literal", (node, add_one)


def places_of(node: exp.Expr) -> Iterator[tuple[str, Place]]:
    """Yield every change that can be made at a node."""
    if isinstance(node, COMPARISONS):
        # Joining on what differs would pair nearly all rows with nearly all others.
        if not (is_join_key(node) and isinstance(node, exp.EQ | exp.NEQ)):
            yield "comparison", (node, swap)
    elif isinstance(node, exp.And | exp.Or) and not is_join_key(node):
        yield "and/or", (node, swap)
    elif isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Div):
        yield "arithmetic", (node, swap)
    elif isinstance(node, AGGREGATES):
        yield "aggregate", (node, swap)
    elif isinstance(node, exp.Count):
        if isinstance(node.this, exp.Distinct):
            yield (
                "distinct dropped",
                (node, lambda n: exp.Count(this=n.this.expressions[0])),
            )
        else:
            yield "aggregate", (node, lambda n: exp.Max(this=exp.Literal.number(1)))
    elif isinstance(node, exp.Lag | exp.Lead | exp.Greatest | exp.Least):
        yield "function swapped", (node, swap)
    elif isinstance(node, exp.Coalesce):
        yield "coalesce swapped", (node, reverse_coalesce)
        yield "coalesce dropped", (node, lambda n: n.this)
    elif isinstance(node, exp.Nullif):
        yield "nullif dropped", (node, lambda n: n.this)
    elif isinstance(node, exp.Join) and node.args.get("on") is not None:
        yield "join kind", (node, join_kind)
        yield from condition_places(node)
    elif isinstance(node, exp.Where | exp.Having):
        yield from condition_places(node)
    elif isinstance(node, exp.Window):
        yield from window_places(node)
    elif isinstance(node, exp.Case):
        yield "case branch dropped", (node, drop_branch)
    elif isinstance(node, exp.Is):
        yield "is null turned", (node, not_is_null)
    elif isinstance(node, exp.Boolean):
        yield "boolean", (node, lambda n: exp.Boolean(this=not n.this))
    elif isinstance(node, exp.Not) and not isinstance(node.this, exp.Is):
        yield "not dropped", (node, lambda n: n.this)
    elif isinstance(node, exp.Select) and node.args.get("distinct"):
        yield "distinct dropped", (node, lambda n: n.distinct(distinct=False))
    elif isinstance(node, exp.Union) and not node.args.get("distinct"):
        yield "union all", (node, make_distinct)
    elif isinstance(node, exp.Literal):
        yield from literal_places(node)


def make_distinct(node: exp.Expr) -> exp.Expr:
    """Make a union of a union all."""
    node.set("distinct", True)
    return node


def places(tree: exp.Expr) -> list[tuple[str, Place]]:
    """Return everything that can be changed in a statement, in its order."""
    return [place for node in own_nodes(tree) for place in places_of(node)]


def shape(tree: exp.Expr) -> list[str]:
    """Return the operators of all places: two statements of one template share it."""
    return [operator for operator, _ in places(tree)]


def mutated(tree: exp.Expr, place: int) -> tuple[exp.Expr, str]:
    """Return a changed copy of a statement and what the change was."""
    copy = tree.copy()
    _, (node, change) = places(copy)[place]
    before = " ".join(node.sql(dialect="postgres").split())
    after = change(node)
    if after is not node:
        node.replace(after)
    written = " ".join(after.sql(dialect="postgres").split())
    return copy, f"{shortened(before)} → {shortened(written)}"


def shortened(text: str, width: int = 70) -> str:
    """Cut a text to a width."""
    return text if len(text) <= width else text[: width - 1] + "…"


def mutants(model: str, tree: exp.Expr) -> list[Mutant]:
    """Return every mutant of a model."""
    return [
        Mutant(model, operator, place) for place, operator in enumerate(shape(tree))
    ]
