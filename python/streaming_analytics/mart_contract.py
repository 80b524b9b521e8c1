"""The marts as dbt's manifest states them: tables, columns, types and keys.

Whatever is made for people (the ERD, Tableau's and Power BI's files) is made from
this, so that it follows the models without an edit.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from streaming_analytics.errors import UserError
from streaming_analytics.mart_columns import Column, read_columns

_MART_SCHEMA = re.compile(r"mart_\w+")
_REFERENCE = re.compile(r"""ref\(\s*['"](\w+)['"]\s*\)""")


@dataclass(frozen=True)
class ForeignKey:
    """Columns that name a row of another mart; both tuples are of one length."""

    columns: tuple[str, ...]
    table: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True)
class Mart:
    """A table of the public contract.

    Attributes:
        name: The model's and the table's name.
        schema: The schema it is published in, such as `mart_churn`.
        description: Markdown, the grain first.
        columns: In the contract's order, by name.
        primary_key: Names of its columns.
        foreign_keys: In the YAML's order.
        color: What dbt's lineage graph paints it with, such as `#7a3b69`.
    """

    name: str
    schema: str
    description: str
    columns: Mapping[str, Column]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    color: str

    @property
    def area(self) -> str:
        """The schema's name without `mart_`, such as churn."""
        return self.schema.removeprefix("mart_")

    @property
    def is_dimension(self) -> bool:
        """Whether the table describes things rather than what happened to them."""
        return self.name.startswith("dim_")

    @property
    def is_aggregate(self) -> bool:
        """Whether a row sums up many things: its rates belong to all of them."""
        return self.name.startswith("agg_")

    @property
    def is_bridge(self) -> bool:
        """Whether a row only says that two things belong together."""
        return self.name.startswith("bridge_")

    @property
    def keys(self) -> frozenset[str]:
        """The columns of its primary key and of its foreign keys."""
        named = {name for key in self.foreign_keys for name in key.columns}
        return frozenset(self.primary_key) | named


@dataclass(frozen=True)
class MartContract:
    """All tables of the public contract, by name; core first, then by area."""

    tables: Mapping[str, Mart]

    def __iter__(self) -> Iterator[Mart]:
        """Go through the tables."""
        return iter(self.tables.values())

    def __getitem__(self, name: str) -> Mart:
        """Return the table of that name."""
        return self.tables[name]

    def __contains__(self, name: object) -> bool:
        """Return whether there is a table of that name."""
        return name in self.tables

    @property
    def schemas(self) -> tuple[str, ...]:
        """The published schemas, in the tables' order."""
        return tuple(dict.fromkeys(mart.schema for mart in self))

    def of_schema(self, schema: str) -> tuple[Mart, ...]:
        """Return the tables of one schema."""
        return tuple(mart for mart in self if mart.schema == schema)


def read_mart_contract(manifest: Mapping[str, Any]) -> MartContract:
    """Return the marts of dbt's manifest: every model whose schema is `mart_*`.

    Raises:
        UserError: There is none.
    """
    nodes = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and _MART_SCHEMA.fullmatch(node["config"].get("schema") or "")
    ]
    if not nodes:
        raise UserError(
            "the dbt project has no model in a schema mart_*; nothing to do"
        )
    names = {node["relation_name"]: node["name"] for node in nodes}
    marts = [_mart(node, names) for node in nodes]
    marts.sort(key=lambda mart: (mart.area != "core", mart.schema, mart.name))
    return MartContract({mart.name: mart for mart in marts})


def _target(to: str, names: Mapping[str, str]) -> str:
    """Return the model that a key's `to` names: dbt leaves a ref until it compiles."""
    reference = _REFERENCE.fullmatch(to.strip())
    return reference[1] if reference else names[to]


def _mart(node: Mapping[str, Any], names: Mapping[str, str]) -> Mart:
    primary_key: tuple[str, ...] = ()
    foreign_keys = []
    for constraint in node["constraints"]:
        columns = tuple(constraint["columns"])
        if constraint["type"] == "primary_key":
            primary_key = columns
        elif constraint["type"] == "foreign_key":
            foreign_keys.append(
                ForeignKey(
                    columns,
                    _target(constraint["to"], names),
                    tuple(constraint["to_columns"]),
                )
            )
    return Mart(
        name=node["name"],
        schema=node["config"]["schema"],
        description=node["description"].strip(),
        columns=read_columns(
            node["name"],
            {column["name"]: column for column in node["columns"].values()},
            frozenset(primary_key)
            | {
                column["name"]
                for column in node["columns"].values()
                if any(c["type"] == "not_null" for c in column["constraints"])
            },
        ),
        primary_key=primary_key,
        foreign_keys=tuple(foreign_keys),
        color=node["config"]["docs"].get("node_color") or "#5b6770",
    )
