"""Rules of the project that dbt does not enforce by itself."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from dbt_sample import ROOT, Built

SQL_FILES = sorted((ROOT / "models").rglob("*.sql"))


def nodes(built: Built, kind: str) -> list[dict[str, Any]]:
    return [
        node
        for node in built.manifest["nodes"].values()
        if node["resource_type"] == kind
    ]


def marts(built: Built) -> list[dict[str, Any]]:
    """Return the models of core and the areas; their private steps are no contract."""
    return [
        model
        for model in nodes(built, "model")
        if model["fqn"][1] in ("core", "areas") and "steps" not in model["fqn"]
    ]


def test_every_column_of_every_relation_is_described(built: Built) -> None:
    """The catalogue is the database's own, so a column without yml shows as well."""
    described = {
        (node["schema"], node["name"], column["name"])
        for kind in ("model", "seed", "snapshot")
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
                -- The logs of kept tables, each with its table's columns.
                and table_schema <> 'dev_changes'
            """
        ).fetchall()
    assert len(existing) > 300
    assert set(existing) - described == set()
    assert described - set(existing) == set()


POINTS_ELSEWHERE = re.compile(
    r"(those|these|that|they|its|their|of (them|these|those)|the same|likewise)\b"
    r"|.* (in|of) (it|them)[.:;]|.*\b(likewise|those|these)\.",
    re.IGNORECASE,
)


def test_every_description_of_a_mart_stands_alone(built: Built) -> None:
    """It is the column's comment in the database, read without those around it."""
    assert [
        f"{mart['name']}.{column['name']}: {column['description']}"
        for mart in marts(built)
        for column in mart["columns"].values()
        if POINTS_ELSEWHERE.match(" ".join(column["description"].split()))
    ] == []


def test_no_line_of_a_fixture_is_longer_than_a_screen() -> None:
    long = [
        path.name
        for path in (ROOT / "models").rglob("*.yml")
        if any(len(row.strip()) > 160 for row in path.read_text().splitlines())
    ]
    assert long == [], "move the rows into tests/fixtures/ (format: csv)"


def test_every_fixture_is_read_by_a_unit_test() -> None:
    read = {
        name
        for path in (ROOT / "models").rglob("*.yml")
        for name in re.findall(r"fixture: (\w+)", path.read_text())
    }
    assert read == {path.stem for path in (ROOT / "tests" / "fixtures").iterdir()}


def test_every_mart_is_public_and_enforces_its_contract_and_key(built: Built) -> None:
    found = marts(built)
    assert len(found) >= 22
    for model in found:
        assert model["config"]["access"] == "public", model["name"]
        assert model["config"]["group"], model["name"]
        assert model["contract"]["enforced"], model["name"]
        kinds = [constraint["type"] for constraint in model["constraints"]]
        assert kinds.count("primary_key") == 1, model["name"]


def generic_tests(built: Built, kind: str) -> list[dict[str, Any]]:
    """Return the generic tests of a kind."""
    return [
        test
        for test in nodes(built, "test")
        if (test.get("test_metadata") or {}).get("name") == kind
    ]


def test_no_test_repeats_what_a_contract_holds(built: Built) -> None:
    """The database refuses such rows, so the test could not fail."""
    repeated = []
    for mart in marts(built):
        key = next(
            set(constraint["columns"])
            for constraint in mart["constraints"]
            if constraint["type"] == "primary_key"
        )
        required = key | {
            column["name"]
            for column in mart["columns"].values()
            if any(c["type"] == "not_null" for c in column["constraints"])
        }
        keys = {
            tuple(constraint["columns"])
            for constraint in mart["constraints"]
            if constraint["type"] == "foreign_key"
        }
        for test in nodes(built, "test"):
            if test.get("attached_node") != mart["unique_id"]:
                continue
            kind = test["test_metadata"]["name"]
            arguments = test["test_metadata"]["kwargs"]
            column = arguments.get("column_name")
            if (kind == "relationships" and (column,) in keys) or (
                kind == "rows_hold"
                and (
                    required & set(arguments.get("not_null", []))
                    or any(set(c) >= key for c in arguments.get("unique", []))
                )
            ):
                repeated.append(test["name"])
    assert repeated == []


def test_every_contract_has_its_row_test_for_engines_that_hold_less(
    built: Built,
) -> None:
    """`rows_hold` adds what an engine does not enforce; here it may be disabled."""
    declared = {test["attached_node"] for test in generic_tests(built, "rows_hold")}
    declared |= {
        test["attached_node"]
        for tests in built.manifest["disabled"].values()
        for test in tests
        if (test.get("test_metadata") or {}).get("name") == "rows_hold"
    }
    assert {mart["unique_id"] for mart in marts(built)} - declared == set()


def test_rules_on_one_row_take_one_scan(built: Built) -> None:
    row_tests = [test["attached_node"] for test in generic_tests(built, "rows_hold")]
    row_tests = [model for model in row_tests if model]
    assert len(row_tests) > 80
    assert len(row_tests) == len(set(row_tests))
    across_rows = {"no_overlapping_ranges", "relationships"}
    kinds = {
        (test.get("test_metadata") or {"name": "rows_hold"})["name"]
        for test in nodes(built, "test")
    }
    assert kinds == across_rows | {"rows_hold"}


def test_every_model_has_a_test_or_constraints(built: Built) -> None:
    tested = {
        parent
        for test in nodes(built, "test")
        for parent in test["depends_on"]["nodes"]
    }
    for model in nodes(built, "model"):
        assert model["unique_id"] in tested or model["constraints"], model["name"]


def needs_a_unit_test(statement: str) -> bool:
    """Tell whether a statement has a window, or a case of three branches or more."""
    cases = re.findall(r"\bcase\b.*?\bend\b", statement, re.DOTALL)
    has_window = re.search(r"\bover\b\s*(\(|\w)|\bwindow\b\s+\w+\s+as", statement)
    return has_window is not None or any(
        len(re.findall(r"\bwhen\b", case)) >= 3 for case in cases
    )


def unit_tested(built: Built) -> set[str]:
    """Return the names of the models with a unit test."""
    return {test["model"] for test in built.manifest["unit_tests"].values()}


def test_every_window_and_every_long_case_has_a_unit_test(built: Built) -> None:
    tested = unit_tested(built)
    needing = {
        model["name"]
        for model in nodes(built, "model")
        if not is_staged_raw_table(model) and needs_a_unit_test(model["compiled_code"])
    }
    assert len(needing) > 25
    assert needing - tested == set()


def is_staged_raw_table(model: dict[str, Any]) -> bool:
    """Tell whether a model keeps the latest of several arrivals by the one window."""
    return model["fqn"][1:3] in (["staging", "streaming_app"], ["staging", "reference"])


def test_the_window_that_every_staged_raw_table_has_is_tested(built: Built) -> None:
    windows = {
        re.sub(r".*over\s*\(\s*partition by .*? order by (\S+).*", r"\1", code)
        for model in nodes(built, "model")
        if is_staged_raw_table(model)
        and (code := " ".join(model["compiled_code"].split()))
        and needs_a_unit_test(code)
    }
    assert windows == {"loaded_at"}
    assert "stg_streaming_app__viewing" in unit_tested(built)


def test_every_macro_is_described(built: Built) -> None:
    for macro in built.manifest["macros"].values():
        if macro["package_name"] != "streaming_analytics":
            continue
        name = macro["name"]
        if "__" in name or name.startswith("test_"):
            continue
        assert macro["description"].strip(), name


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("the clock", r"\b(current_date|current_timestamp|now\(\)|run_started_at)\b"),
        ("an engine", r"target\.(type|name)|\b(postgres|duckdb|spark)\b(?!QL)"),
        ("a cast by ::", r"::\w"),
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


def test_every_test_that_the_page_of_traps_names_exists(built: Built) -> None:
    page = (ROOT / "docs" / "traps.md").read_text()
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| ")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row[-2])}
    existing = {test["name"] for test in nodes(built, "test")}
    for test in generic_tests(built, "rows_hold"):
        existing |= set(test["test_metadata"]["kwargs"].get("rules", {}))
    existing |= {test["name"] for test in built.manifest["unit_tests"].values()}
    for path in (ROOT / "tests" / "python").rglob("test_*.py"):
        existing |= set(re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE))
    assert len(named) > 35
    assert named - existing == set()


def variables() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))["vars"]


def descriptions(built: Built) -> Iterator[tuple[str, str]]:
    """Yield the name and text of everything that is described, as it was rendered."""
    for kind in ("nodes", "sources", "exposures", "metrics", "semantic_models"):
        for node in built.manifest[kind].values():
            yield node["name"], node.get("description") or ""
            columns = node.get("columns") or {}
            for column in columns.values() if isinstance(columns, dict) else columns:
                yield f"{node['name']}.{column['name']}", column["description"]


def test_a_variable_that_a_description_names_stands_beside_its_value(
    built: Built,
) -> None:
    stated = variables()
    named = set()
    for name, text in descriptions(built):
        assert not re.search(r"\{\w+\}|\{\{", text), f"{name}: {text}"
        words = " ".join(text.split())
        for variable, value in stated.items():
            for before in re.findall(rf"(.*?)`{variable}`", words):
                if isinstance(value, int):
                    near = before.rsplit("`", 1)[-1][-40:]
                    assert re.search(rf"\b{value}\b", near), f"{name}: {text}"
                    named.add(variable)
    # Those that are in the words of a mart; the others only order its rows.
    assert len(named) > 20


def test_a_unit_test_sets_the_variables_that_its_model_reads(built: Built) -> None:
    """Else a changed definition would break the tests of the logic."""
    sql = {path.stem: path.read_text("utf-8") for path in SQL_FILES}
    found = 0
    for test in built.manifest["unit_tests"].values():
        read = set(
            re.findall(r"(?:integer|text)_var\(\s*[\"'](\w+)", sql[test["model"]])
        )
        if "churn_features()" in sql[test["model"]]:
            read.add("churn_features")
        if "bayesian_average(" in sql[test["model"]]:
            read.add("rating_prior_weight")
        found += len(read)
        stated = (test["overrides"] or {}).get("vars") or {}
        assert read - stated.keys() == set(), test["name"]
    assert found > 50


ALIASED = re.compile(r"\b(ref|source)\([^)]*\)\s*\}\}[ \t]+(as\s+)?[a-z]\w*\n")


def test_no_reference_has_an_alias() -> None:
    """`dbt build --empty` writes one of its own there, and two are no SQL."""
    folders = ("models", "tests", "analyses", "macros", "snapshots")
    files = [path for name in folders for path in (ROOT / name).rglob("*.sql")]
    assert [
        f"{path.relative_to(ROOT)}: {found[0].strip()}"
        for path in files
        if (found := ALIASED.search(path.read_text(encoding="utf-8")))
    ] == []
