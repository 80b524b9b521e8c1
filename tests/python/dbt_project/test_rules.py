"""Rules of the project that dbt does not enforce by itself."""

import re
from typing import Any

import pytest
from dbt_sample import ROOT, Built

SQL_FILES = sorted((ROOT / "models").rglob("*.sql"))


def nodes(built: Built, kind: str) -> list[dict[str, Any]]:
    return [
        node
        for node in built.manifest["nodes"].values()
        if node["resource_type"] == kind
    ]


def marts(built: Built) -> list[dict[str, Any]]:
    return [model for model in nodes(built, "model") if "marts" in model["fqn"]]


def test_every_column_of_every_relation_is_described(built: Built) -> None:
    """The catalogue is the database's own, so a column without yml shows as well."""
    described = {
        (node["schema"], node["name"], column["name"])
        for kind in ("model", "seed")
        for node in nodes(built, kind)
        for column in node["columns"].values()
        if column["description"].strip()
    }
    with built.connection.connect() as session:
        existing = session.execute(
            """
            select table_schema, table_name, column_name
            from information_schema.columns
            where table_schema like 'dev\\_%'
            """
        ).fetchall()
    assert len(existing) > 300
    assert set(existing) - described == set()
    assert described - set(existing) == set()


def test_every_mart_is_public_and_enforces_its_contract_and_key(built: Built) -> None:
    found = marts(built)
    assert len(found) >= 22
    for model in found:
        assert model["config"]["access"] == "public", model["name"]
        assert model["config"]["group"], model["name"]
        assert model["contract"]["enforced"], model["name"]
        kinds = [constraint["type"] for constraint in model["constraints"]]
        assert kinds.count("primary_key") == 1, model["name"]


def test_foreign_keys_and_relationships_tests_are_the_same(built: Built) -> None:
    """Tools read the constraint, people and the ERD the test: neither alone will do."""
    names = {node["unique_id"]: node["name"] for node in marts(built)}
    constrained = {
        (model["name"], constraint["columns"][0], constraint["to"].split(".")[-1])
        for model in marts(built)
        for constraint in model["constraints"]
        if constraint["type"] == "foreign_key"
    }
    tested = {
        (
            names[test["attached_node"]],
            test["column_name"],
            re.sub(r".*ref\('(\w+)'\).*", r"\1", test["test_metadata"]["kwargs"]["to"]),
        )
        for test in nodes(built, "test")
        if (test.get("test_metadata") or {}).get("name") == "relationships"
        and test["attached_node"] in names
    }
    assert len(constrained) > 30
    assert {(a, b, c.strip('"')) for a, b, c in constrained} == tested


def test_every_model_has_a_test(built: Built) -> None:
    tested = {
        parent
        for test in nodes(built, "test")
        for parent in test["depends_on"]["nodes"]
    }
    for model in nodes(built, "model"):
        assert model["unique_id"] in tested, model["name"]


def test_every_macro_is_described(built: Built) -> None:
    for macro in built.manifest["macros"].values():
        if macro["package_name"] != "streaming_analytics":
            continue
        name = macro["name"]
        if "__" in name or name.startswith(("test_", "seed_")):
            continue
        assert macro["description"].strip(), name


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("the clock", r"\b(current_date|current_timestamp|now\(\)|run_started_at)\b"),
        ("an engine", r"target\.(type|name)|\b(postgres|duckdb|spark)\b(?!QL)"),
        ("a cast by ::", r"\w::\w"),
        ("every column of a joined table", r"select\s+\w+\.\*,?\s+from"),
    ],
)
def test_no_model_names(what: str, pattern: str) -> None:
    assert len(SQL_FILES) > 50
    offenders = [
        path.name
        for path in SQL_FILES
        if re.search(pattern, path.read_text(), re.IGNORECASE)
    ]
    assert offenders == [], what


def test_every_model_has_a_yml_beside_it() -> None:
    assert [
        path.name for path in SQL_FILES if not path.with_suffix(".yml").exists()
    ] == []


def test_no_personal_column_reaches_a_mart(built: Built) -> None:
    personal = {"full_name", "email", "birth_date"}
    for model in marts(built):
        assert personal.isdisjoint(model["columns"]), model["name"]
