"""What one dbt build compiled."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Node:
    """A seed or model: its relation and the statement that fills it."""

    unique_id: str
    name: str
    relation: str
    #: First part of its folder (staging, utilities, …); or seeds.
    layer: str
    is_mart: bool
    schema: str
    sql: str
    parents: tuple[str, ...]


@dataclass(frozen=True)
class DataTest:
    """A data test or foreign key: a statement whose rows are failures."""

    name: str
    sql: str
    parents: frozenset[str]


@dataclass(frozen=True)
class UnitTest:
    """A unit test: the model's statement over its rows, and the columns it looks at."""

    name: str
    model: str
    sql: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Compiled:
    """Everything a build compiled; nodes stand after their parents."""

    nodes: dict[str, Node]
    data_tests: list[DataTest]
    unit_tests: dict[str, list[UnitTest]]

    def models(self) -> Iterable[Node]:
        """Return the models, each after its parents."""
        return (node for node in self.nodes.values() if node.layer != "seeds")

    def marts(self) -> Iterable[Node]:
        """Return the models of the marts."""
        return (node for node in self.nodes.values() if node.is_mart)


def in_order(nodes: dict[str, Node]) -> dict[str, Node]:
    """Sort nodes so that each stands after its parents."""
    sorted_nodes: dict[str, Node] = {}

    def add(name: str) -> None:
        if name not in sorted_nodes:
            for parent in nodes[name].parents:
                add(parent)
            sorted_nodes[name] = nodes[name]

    for name in sorted(nodes):
        add(name)
    return sorted_nodes


def foreign_keys(node: dict[str, Any]) -> list[DataTest]:
    """Return a test for each foreign key of a contract: copies of tables have none."""
    tests = []
    for constraint in node.get("constraints", []):
        if constraint["type"] != "foreign_key":
            continue
        parent = constraint["to"].split(".")[-1].strip('"')
        columns = ", ".join(constraint["columns"])
        tests.append(
            DataTest(
                name=f"{node['name']}_{'_'.join(constraint['columns'])}_fkey",
                sql=f"""
                    select {columns} from {node["relation_name"]}
                    where ({columns}) is not null
                        and ({columns}) not in (
                            select {", ".join(constraint["to_columns"])}
                            from {constraint["to"]}
                        )
                """,
                parents=frozenset({node["name"], parent}),
            )
        )
    return tests


def load(manifest: dict[str, Any], results: list[dict[str, Any]]) -> Compiled:
    """Read a build's manifest and results."""
    names = {
        unique_id: node["name"]
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    }
    nodes: dict[str, Node] = {}
    tests: list[DataTest] = []
    for unique_id, node in manifest["nodes"].items():
        parents = node["depends_on"].get("nodes", [])
        if unique_id in names:
            is_seed = node["resource_type"] == "seed"
            nodes[node["name"]] = Node(
                unique_id=unique_id,
                name=node["name"],
                relation=node["relation_name"],
                layer="seeds" if is_seed else node["fqn"][1],
                is_mart=node["config"].get("access") == "public",
                schema=node["schema"],
                sql="" if is_seed else node["compiled_code"],
                parents=tuple(names[parent] for parent in parents if parent in names),
            )
            tests += foreign_keys(node)
        elif node["resource_type"] == "test":
            tests.append(
                DataTest(
                    name=node["name"],
                    sql=node["compiled_code"],
                    parents=frozenset(names[p] for p in parents if p in names),
                )
            )
    compiled = {result["unique_id"]: result["compiled_code"] for result in results}
    unit_tests: dict[str, list[UnitTest]] = {name: [] for name in nodes}
    for unique_id, test in manifest["unit_tests"].items():
        if compiled.get(unique_id):
            unit_tests[test["model"]].append(
                UnitTest(
                    name=test["name"],
                    model=test["model"],
                    sql=compiled[unique_id],
                    columns=tuple(test["expect"]["rows"][0])
                    if test["expect"]["rows"]
                    else (),
                )
            )
    return Compiled(in_order(nodes), tests, unit_tests)


def load_target(target: Path) -> Compiled:
    """Read the folder that dbt wrote."""
    return load(
        json.loads((target / "manifest.json").read_text(encoding="utf-8")),
        json.loads((target / "run_results.json").read_text(encoding="utf-8"))[
            "results"
        ],
    )
