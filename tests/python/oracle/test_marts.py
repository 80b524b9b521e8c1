"""Every row and column of every mart, against the definitions."""

from collections.abc import Iterator

import psycopg
import pytest
from dbt_sample import Built, BuiltFile
from engines.parity import read
from psycopg import sql
from psycopg.rows import dict_row

from .raw import Raw
from .tables import ORACLES, differences, primary_keys


@pytest.fixture(scope="module")
def session(built: Built) -> Iterator[psycopg.Connection]:
    """Yield a session on the built sample."""
    with built.connection.connect() as session:
        yield session


def test_every_table_has_an_oracle_and_every_oracle_a_table(
    session: psycopg.Connection,
) -> None:
    existing = {name for _, name in primary_keys(session)}
    assert len(existing) >= 24
    assert existing - {name for _, name in ORACLES} == set()
    assert ORACLES.keys() - primary_keys(session).keys() == set()


@pytest.mark.parametrize(
    ("schema", "name"), sorted(ORACLES), ids=lambda part: str(part)
)
def test_table_is_what_the_definitions_say(
    session: psycopg.Connection,
    built_file: BuiltFile,
    raw: Raw,
    schema: str,
    name: str,
) -> None:
    relation = sql.Identifier(f"dev_{schema}", name)
    with session.cursor(row_factory=dict_row) as cursor:
        actual = cursor.execute(sql.SQL("select * from {}").format(relation)).fetchall()
    expected, key = ORACLES[schema, name](raw), primary_keys(session)[schema, name]
    found = differences(expected, actual, key)
    assert found[:10] == [], f"{len(found)} differences"

    of_duckdb = read(built_file.file, f"select * from {schema}.{name}")
    found = differences(expected, of_duckdb, key)
    assert found[:10] == [], f"{len(found)} differences on DuckDB"
