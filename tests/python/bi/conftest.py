"""The marts and metrics of the built sample, and the BI files over its rows."""

import importlib.util
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from dax import Model
from dbt_sample import ROOT, Built
from superset_bundle import Bundle
from tableau_sql import Fields, read_fields

from streaming_analytics.bi.files import powerbi_files, superset_files, tableau_files
from streaming_analytics.bi.metrics import Metrics, read_metrics
from streaming_analytics.bi.powerbi.tmdl import Table, read_relationships, read_table
from streaming_analytics.bi.server import Server
from streaming_analytics.mart_contract import MartContract, read_mart_contract
from streaming_analytics.warehouse.statements import trusted

Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def marts(built: Built) -> MartContract:
    return read_mart_contract(built.manifest)


@pytest.fixture(scope="session")
def metrics(built: Built) -> Metrics:
    return read_metrics(built.manifest)


@pytest.fixture(scope="session")
def published_schemas() -> ModuleType:
    """Return the validator that lies with Tableau's and Microsoft's schemas.

    BI_SCHEMAS names their folder: they are not ours to give away.
    """
    path = Path(os.environ["BI_SCHEMAS"]) / "validate.py"
    spec = importlib.util.spec_from_file_location("validate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def dashboards() -> Path:
    return ROOT / "docs" / "dashboards"


@pytest.fixture(scope="session")
def ask(built: Built) -> Query:
    """Return a function that asks the built sample.

    It leaves no connection open: a database with one cannot be copied.
    """

    def asked(statement: str) -> list[tuple[Any, ...]]:
        with built.connection.connect() as session:
            return session.execute(trusted(statement)).fetchall()

    return asked


@pytest.fixture(scope="session")
def model(marts: MartContract, metrics: Metrics, ask: Query) -> Model:
    """Return the generated Power BI model over the rows of the sample."""
    folder = "streaming_analytics.SemanticModel/definition"
    files = powerbi_files(marts, metrics, Server())
    tables: dict[str, Table] = {}
    rows: dict[str, pd.DataFrame] = {}
    for name in ("Metrics", *marts.tables):
        table = read_table(files[f"{folder}/tables/{name}.tmdl"])
        tables[name] = table
        if name not in marts:
            continue
        mart = marts[name]
        columns = {part.name: part.properties["sourceColumn"] for part in table.columns}
        found = ask(
            f"select {', '.join(columns.values())} from dev_{mart.schema}.{name}"
        )
        data = {
            caption: [
                float(row[place]) if isinstance(row[place], Decimal) else row[place]
                for row in found
            ]
            for place, caption in enumerate(columns)
        }
        rows[name] = pd.DataFrame(data)
    return Model(
        tables, rows, read_relationships(files[f"{folder}/relationships.tmdl"])
    )


@pytest.fixture(scope="session")
def sources(marts: MartContract, metrics: Metrics) -> list[Fields]:
    """Return the fields of every generated Tableau data source."""
    found = []
    for text in tableau_files(marts, metrics, Server()).values():
        root = ElementTree.fromstring(text)
        elements = (
            [root]
            if root.tag == "datasource"
            else root.findall("datasources/datasource")
        )
        found += [read_fields(element) for element in elements]
    return found


@pytest.fixture(scope="session")
def bundle(marts: MartContract, metrics: Metrics) -> Bundle:
    """Return the generated bundle of Superset."""
    return Bundle(superset_files(marts, metrics, Server()))
