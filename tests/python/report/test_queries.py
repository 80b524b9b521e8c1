"""The SQL of dashboard and report against what dbt's manifest says of the marts."""

import dataclasses
from typing import Any

import pytest
import sqlglot
from dbt_sample import Built
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import MartContract
from streaming_analytics.report.resolving import query_names, resolve


def tables_in(statement: str) -> set[str]:
    """Return the tables that PostgreSQL would read, CTEs aside, as schema.table."""
    tree = sqlglot.parse_one(statement, read="postgres")
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    return {
        f"{table.db}.{table.name}"
        for table in tree.find_all(exp.Table)
        if table.db or table.name not in ctes
    }


def test_each_query_reads_published_marts_and_nothing_else(
    contract: MartContract,
) -> None:
    published = {f"{mart.schema}.{mart.name}" for mart in contract}
    assert len(query_names()) > 15
    for name in query_names():
        query = resolve(name, contract)
        assert tables_in(query.sql) == set(query.tables), name
        assert set(query.tables) <= published, name
        assert query.tables, name


def test_each_column_that_a_query_reads_is_in_the_contract(
    contract: MartContract,
) -> None:
    """A column that none of the tables of its query has would raise in qualify."""
    columns: dict[str, Any] = {}
    for mart in contract:
        columns.setdefault(mart.schema, {})[mart.name] = {
            column.name: column.data_type for column in mart.columns.values()
        }
    for name in query_names():
        tree = sqlglot.parse_one(resolve(name, contract).sql, read="postgres")
        qualify(tree, schema=columns, dialect="postgres")


@pytest.mark.parametrize("name", ["streaming_dashboard", "streaming_report"])
def test_dashboard_and_report_expose_what_their_queries_read(
    built: Built, contract: MartContract, name: str
) -> None:
    exposure = built.manifest["exposures"][f"exposure.streaming_analytics.{name}"]
    read = {
        table.partition(".")[2]
        for query in query_names()
        for table in tables_in(resolve(query, contract).sql)
    }
    exposed = {node.rpartition(".")[2] for node in exposure["depends_on"]["nodes"]}
    assert exposed == read


def test_a_mart_that_moves_is_read_where_it_is(contract: MartContract) -> None:
    moved = dataclasses.replace(contract["fct_ratings"], schema="mart_opinions")
    tables = dict(contract.tables) | {"fct_ratings": moved}
    query = resolve("ratings", MartContract(tables))
    assert query.tables == ("mart_opinions.fct_ratings",)
    assert "from mart_opinions.fct_ratings" in query.sql


def test_a_query_of_a_mart_that_is_gone_is_named(contract: MartContract) -> None:
    tables = {mart.name: mart for mart in contract if mart.name != "fct_ratings"}
    with pytest.raises(UserError, match=r"^the query ratings\.sql .* fct_ratings"):
        resolve("ratings", MartContract(tables))
