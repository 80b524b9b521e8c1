"""The sample has the same marts on PostgreSQL and on DuckDB; oracle/ holds both."""

import re

import pytest
from dbt_sample import Built, BuiltFile

from streaming_analytics.reading import Reader

from .parity import compare_marts, differences, marts_of, rows_of
from .planted import PLANTED


def test_everything_is_green_on_duckdb(built_file: BuiltFile) -> None:
    assert built_file.completed.returncode == 0, built_file.completed.stdout[-3000:]


def test_every_mart_is_the_same_row_by_row(built: Built, built_file: BuiltFile) -> None:
    marts = marts_of(built.manifest)
    assert len(marts) > 50
    assert marts == marts_of(built_file.manifest)
    with (
        built.connection.reading() as postgres,
        built_file.file.reading() as duckdb,
    ):
        found, filled = compare_marts(postgres, duckdb, marts, "dev_")
    assert found == {}
    assert filled > 45


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_difference_is_seen(built_file: BuiltFile, what: str) -> None:
    pattern, replacement = PLANTED[what]
    compiled = {
        node["name"]: node["compiled_code"]
        for node in built_file.manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    tried = []
    with built_file.file.reading() as reader:
        for name, (schema, key) in marts_of(built_file.manifest).items():
            planted, places = re.subn(pattern, replacement, compiled[name])
            if not places:
                continue
            tried.append(name)
            actual = rows_of(reader, f"select * from {schema}.{name}")
            if differences(actual, rows_of(reader, typed(reader, name, planted)), key):
                return
    pytest.fail(f"nobody would notice that {what}; tried in {tried}")


def test_an_order_in_which_null_comes_first_is_seen(built_file: BuiltFile) -> None:
    """No mart orders by what may be NULL; which row arrived last is asked before."""
    (compiled,) = (
        node["compiled_code"]
        for node in built_file.manifest["nodes"].values()
        if node["name"] == "assert_latest_first"
    )
    planted, places = re.subn("nulls last", "nulls first", compiled)
    assert places > 1
    with built_file.file.reading() as reader:
        assert rows_of(reader, compiled) == []
        assert rows_of(reader, planted) != []


def typed(reader: Reader, mart: str, query: str) -> str:
    """Return a query with the types that the mart's contract gives its columns."""
    columns = reader.rows(
        "select column_name, data_type from information_schema.columns "
        f"where table_name = '{mart}' order by ordinal_position"
    )[1]
    casts = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns)
    return f"select {casts} from ({query}) as planted"
