"""ODBC and JDBC, as BI tools read the published marts: types, keys and rows."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dbt_sample import Built
from psycopg import sql

from streaming_analytics.mart_contract import Mart, MartContract
from streaming_analytics.warehouse.connection import Connection

_READER = "driver_reader"
_PASSWORD = "a password of this test's own"
# java.sql.Types by the contract's kinds.
_JDBC_TYPES = {
    "string": {12},
    "integer": {4, -5},
    "decimal": {2},
    "float": {8},
    "boolean": {-7},
    "date": {91},
    "timestamp": {93},
}
_DRIVER_PLACES = (
    "/usr/share/java/postgresql.jar",
    "/usr/share/java/postgresql-jdbc4.jar",
)


@pytest.fixture(scope="module")
def reader(built: Built, marts: MartContract) -> Iterator[Connection]:
    """Yield a connection of a role that may read the marts, as bi_reader does."""
    role = sql.Identifier(_READER)
    schemas = [sql.Identifier(f"dev_{schema}") for schema in marts.schemas]
    with built.connection.connect(autocommit=True) as session:
        session.execute(
            sql.SQL("create role {} login password {}").format(
                role, sql.Literal(_PASSWORD)
            )
        )
        for schema in schemas:
            for statement in (
                "grant usage on schema {schema} to {role}",
                "grant select on all tables in schema {schema} to {role}",
            ):
                session.execute(sql.SQL(statement).format(schema=schema, role=role))
    yield replace(built.connection, user=_READER, password=_PASSWORD)
    with built.connection.connect(autocommit=True) as session:
        session.execute(sql.SQL("drop owned by {}").format(role))
        session.execute(sql.SQL("drop role {}").format(role))


@pytest.fixture(scope="module")
def odbc(reader: Connection):
    pyodbc = pytest.importorskip("pyodbc", exc_type=ImportError)
    driver = "PostgreSQL Unicode"
    if driver not in pyodbc.drivers():
        pytest.skip("needs Debian's odbc-postgresql (apt-get install odbc-postgresql)")
    pyodbc.pooling = False
    connection = pyodbc.connect(
        f"DRIVER={{{driver}}};SERVER={reader.host};PORT={reader.port};"
        f"DATABASE={reader.database};UID={reader.user};PWD={{{reader.password}}};"
        "BoolsAsChar=0;TextAsLongVarchar=0"
    )
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def jdbc(reader: Connection, marts: MartContract) -> dict[str, Any]:
    """Return what a JDBC client sees of each mart, by its name."""
    pytest.importorskip("jpype")
    jar = next((path for path in _DRIVER_PLACES if Path(path).is_file()), None)
    if jar is None or shutil.which("java") is None:
        pytest.skip(
            "needs Java and its driver (apt-get install libpostgresql-jdbc-java)"
        )
    request = {
        "driver": jar,
        "url": reader.jdbc_url(),
        "user": reader.user,
        "password": reader.password,
        "tables": [(f"dev_{mart.schema}", mart.name) for mart in marts],
    }
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("jdbc_reader.py")],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _rows_of(built: Built, mart: Mart) -> int:
    with built.connection.connect() as session:
        row = session.execute(
            sql.SQL("select count(*) from {}").format(
                sql.Identifier(f"dev_{mart.schema}", mart.name)
            )
        ).fetchone()
    assert row is not None
    return row[0]


def test_odbc_reads_every_mart_with_sane_types(odbc, marts: MartContract) -> None:
    kinds = {
        "string": str,
        "integer": int,
        "float": float,
        "boolean": bool,
    }
    for mart in marts:
        cursor = odbc.cursor()
        cursor.execute(f'select * from "dev_{mart.schema}"."{mart.name}" limit 5')
        described = {column[0]: column for column in cursor.description}
        assert list(described) == list(mart.columns), mart.name
        for column in mart.columns.values():
            _, kind, _, _, precision, scale, _ = described[column.name]
            where = f"{mart.name}.{column.name}"
            if column.kind == "decimal":
                assert kind.__name__ == "Decimal", where
                assert (precision, scale) == column.precision, where
            elif column.kind in kinds:
                assert kind is kinds[column.kind], where
            else:
                expected = "datetime" if column.kind == "timestamp" else "date"
                assert kind.__name__ == expected, where
        for row in cursor.fetchall():
            for value, column in zip(row, mart.columns.values(), strict=True):
                if value is not None and column.kind in kinds:
                    assert type(value) is kinds[column.kind], f"{mart.name}.{column}"


def test_odbc_texts_fit_what_the_driver_gives_them(
    odbc, marts: MartContract, built: Built
) -> None:
    # As the driver is told in `odbc` and in docs/dashboards/README.md: texts are
    # SQL_WVARCHAR of 255 characters and none of the long type, which some tools
    # neither group nor sort by. So no text may be longer.
    for mart in marts:
        schema = f"dev_{mart.schema}"
        for row in odbc.cursor().columns(table=mart.name, schema=schema):
            if mart.columns[row.column_name].kind == "string":
                where = f"{mart.name}.{row.column_name}"
                assert (row.data_type, row.column_size) == (-9, 255), where
    with built.connection.connect() as session:
        for mart in marts:
            texts = [c.name for c in mart.columns.values() if c.kind == "string"]
            if not texts:
                continue
            longest = sql.SQL(", ").join(
                sql.SQL("max(length({}))").format(sql.Identifier(name))
                for name in texts
            )
            found = session.execute(
                sql.SQL("select {} from {}").format(
                    longest, sql.Identifier(f"dev_{mart.schema}", mart.name)
                )
            ).fetchone()
            assert found is not None
            for name, length in zip(texts, found, strict=True):
                assert length is None or length <= 255, f"{mart.name}.{name}"


def test_odbc_shows_the_keys(odbc, marts: MartContract) -> None:
    for mart in marts:
        schema = f"dev_{mart.schema}"
        keys = [
            r.column_name for r in odbc.cursor().primaryKeys(mart.name, None, schema)
        ]
        assert sorted(keys) == sorted(mart.primary_key), mart.name
        found = {
            (row.fkcolumn_name, row.pktable_name, row.pkcolumn_name)
            for row in odbc.cursor().foreignKeys(
                foreignTable=mart.name, foreignSchema=schema
            )
        }
        assert found == _foreign_keys(mart), mart.name


def _foreign_keys(mart: Mart) -> set[tuple[str, str, str]]:
    return {
        (column, key.table, to)
        for key in mart.foreign_keys
        for column, to in zip(key.columns, key.to_columns, strict=True)
    }


def test_jdbc_reads_every_mart_with_sane_types(
    jdbc: dict[str, Any], marts: MartContract, built: Built
) -> None:
    for mart in marts:
        seen = jdbc[mart.name]
        assert seen["rows"] == _rows_of(built, mart)
        assert [column["name"] for column in seen["columns"]] == list(mart.columns)
        for column, found in zip(mart.columns.values(), seen["columns"], strict=True):
            where = f"{mart.name}.{column.name}"
            assert found["type"] in _JDBC_TYPES[column.kind], where
            if column.kind == "decimal":
                assert tuple(found["digits"]) == column.precision, where


def test_jdbc_shows_imported_keys(jdbc: dict[str, Any], marts: MartContract) -> None:
    for mart in marts:
        found = {tuple(key) for key in jdbc[mart.name]["imported_keys"]}
        assert found == _foreign_keys(mart), mart.name
