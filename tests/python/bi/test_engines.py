"""BI files for another engine are held to what those for PostgreSQL are held to.

No such server was reached: this is about the files alone.
"""

import os
from pathlib import Path
from types import ModuleType

import powerbi_lint
import pytest
import tableau_lint
from test_validators import MODEL, TabularModels

from streaming_analytics.bi.files import powerbi_files, tableau_files, write
from streaming_analytics.bi.metrics import Metrics
from streaming_analytics.bi.server import Engine, Server
from streaming_analytics.mart_contract import MartContract

LAKE = Server(
    "adb-1.example.com",
    443,
    "main",
    "token",
    Engine.DATABRICKS,
    "/sql/1.0/warehouses/abc",
)


@pytest.fixture(scope="module")
def powerbi(marts: MartContract, metrics: Metrics) -> dict[str, str]:
    return powerbi_files(marts, metrics, LAKE)


@pytest.fixture(scope="module")
def tableau(marts: MartContract, metrics: Metrics) -> dict[str, str]:
    return tableau_files(marts, metrics, LAKE)


def test_power_bi_asks_databricks(powerbi: dict[str, str], marts: MartContract) -> None:
    assert powerbi_lint.lint(powerbi, marts) == []
    parameters = powerbi[f"{MODEL}/expressions.tmdl"]
    for value in (LAKE.host, LAKE.http_path, LAKE.database):
        assert f'= "{value}" meta' in parameters
    assert not any("PostgreSQL" in text for text in powerbi.values())
    # The format of a connection alone knows no HTTP path.
    assert "streaming_analytics.pbids" not in powerbi


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Databricks.Catalogs(Server, HttpPath", "Databricks.Catalogs(Server, Server"),
        ("[Catalog = CatalogName", "[Catalog = Catalogue"),
        ("[Name = CatalogName", "[Name = HttpPath"),
        ('[Name = "mart_core"', '[Name = "core"'),
        ('[Name = "dim_plans"', '[Name = "dim_plan"'),
        ('Kind = "Table"', 'Kind = "View"'),
    ],
)
def test_a_broken_query_is_seen(
    powerbi: dict[str, str], marts: MartContract, right: str, wrong: str
) -> None:
    name = f"{MODEL}/tables/dim_plans.tmdl"
    assert right in powerbi[name]
    changed = powerbi[name].replace(right, wrong, 1)
    assert powerbi_lint.lint(powerbi | {name: changed}, marts)


def test_microsofts_library_takes_the_model(
    powerbi: dict[str, str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    write(powerbi, tmp_path)
    library = TabularModels(tmp_path_factory.mktemp("tom"))
    (told,) = library.told([tmp_path / MODEL])
    assert told.endswith(" 0 errors"), told


def test_tableau_asks_databricks(tableau: dict[str, str], marts: MartContract) -> None:
    for name, text in tableau.items():
        assert tableau_lint.lint(text, marts) == [], name
        assert 'class="databricks"' in text
        assert f'v-http-path="{LAKE.http_path}"' in text
        assert "postgres" not in text


@pytest.mark.only_where("BI_SCHEMAS" in os.environ)
def test_the_files_are_valid(
    powerbi: dict[str, str],
    tableau: dict[str, str],
    published_schemas: ModuleType,
    tmp_path: Path,
) -> None:
    write(powerbi, tmp_path / "powerbi")
    assert published_schemas.power_bi(tmp_path / "powerbi") == 0
    write(tableau, tmp_path / "tableau")
    workbook = tmp_path / "tableau" / "streaming_analytics.twb"
    assert published_schemas.tableau(workbook) == 0
