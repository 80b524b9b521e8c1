"""A role of one region sees that region, in old tables and in new ones."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.regional_roles import (
    ensure_regional_reader,
    grant_regions,
)
from streaming_analytics.warehouse.roles import (
    READER_CONNECTIONS,
    Reader,
    ensure_reader,
    grant_marts,
)
from streaming_analytics.warehouse.selection import Selection
from streaming_analytics.warehouse.statements import trusted

MARTS = """
create schema mart_core;
create schema mart_churn;
create table mart_core.dim_regions as
select * from (values ('EMEA'), ('UCAN')) as t (region_code);
create table mart_core.dim_users as
select * from (values ('ana', 'EMEA'), ('bob', 'UCAN'), ('cem', 'EMEA'))
    as t (user_id, region_code);
create table mart_core.dim_countries as
select * from (values ('DE', 'EMEA'), ('US', 'UCAN')) as t (country_code, region_code);
create table mart_core.dim_content as select 'c1' as content_id;
create table mart_core.fct_viewing as
select * from (values ('p1', 'ana'), ('p2', 'bob')) as t (play_id, user_id);
create table mart_churn.agg_signups_by_day as
select * from (values ('DE', 5), ('US', 7)) as t (country_code, signups);
create table mart_churn.agg_winback_by_month as select 12 as returns;
"""
SEES = {
    "mart_core.dim_regions": [("EMEA",)],
    "mart_core.dim_users": [("ana", "EMEA"), ("cem", "EMEA")],
    "mart_core.dim_countries": [("DE", "EMEA")],
    "mart_core.dim_content": [("c1",)],
    "mart_core.fct_viewing": [("p1", "ana")],
    "mart_churn.agg_signups_by_day": [("DE", 5)],
}


def run(connection: Connection, statements: str) -> None:
    with connection.connect() as session:
        session.execute(trusted(statements))


def seen(database: Connection, reader: Reader, table: str) -> list[tuple]:
    assert reader.password is not None
    with database.with_user(reader.name, reader.password).connect() as session:
        return session.execute(trusted(f"select * from {table} order by 1")).fetchall()


@pytest.fixture
def everybody(database: Connection, tmp_path: Path) -> Iterator[Reader]:
    """Make the marts and the role that reads them all."""
    run(database, MARTS)
    reader = ensure_reader(Selection(database, True, ()), tmp_path)
    with database.connect() as session:
        grant_marts(session, reader, ["mart_core", "mart_churn"])
    yield reader
    run(database, "drop owned by bi_reader; drop role bi_reader")


@pytest.fixture
def emea(database: Connection, everybody: Reader, tmp_path: Path) -> Iterator[Reader]:
    assert everybody.is_there
    yield ensure_regional_reader(Selection(database, True, ()), tmp_path, "emea")
    run(database, "drop owned by bi_reader_emea; drop role bi_reader_emea")


@pytest.mark.parametrize("table", SEES)
def test_it_sees_its_region(database: Connection, emea: Reader, table: str) -> None:
    assert emea.name == "bi_reader_emea"
    assert seen(database, emea, table) == SEES[table]


def test_figures_of_all_regions_are_shut(database: Connection, emea: Reader) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        seen(database, emea, "mart_churn.agg_winback_by_month")


def test_who_sees_everything_still_does(
    database: Connection, emea: Reader, everybody: Reader
) -> None:
    assert emea.password != everybody.password
    assert len(seen(database, everybody, "mart_core.dim_users")) == 3
    assert seen(database, everybody, "mart_churn.agg_winback_by_month") == [(12,)]


def test_what_is_published_later_is_held_to_it_too(
    database: Connection, emea: Reader, everybody: Reader
) -> None:
    run(
        database,
        """
        create table mart_churn.agg_churn_by_region_month as
        select * from (values ('EMEA', 1), ('UCAN', 2)) as t (region_code, cancels);
        insert into mart_core.dim_users values ('dee', 'UCAN'), ('eva', 'EMEA');
        """,
    )
    with database.connect() as session:
        grant_marts(session, everybody, ["mart_core", "mart_churn"])
        grant_regions(session)

    table = "mart_churn.agg_churn_by_region_month"
    assert seen(database, emea, table) == [("EMEA", 1)]
    assert len(seen(database, everybody, table)) == 2
    users = [user for user, _ in seen(database, emea, "mart_core.dim_users")]
    assert users == ["ana", "cem", "eva"]


def test_publications_repeat_nothing(database: Connection, emea: Reader) -> None:
    """Each policy that is made shuts readers out for a moment."""
    policies = "select array_agg(oid order by oid) from pg_policy"
    with database.connect() as session:
        before = session.execute(trusted(policies)).fetchone()
        grant_regions(session)
        assert session.execute(trusted(policies)).fetchone() == before
    assert emea.is_there


def test_it_is_limited_as_the_other_is(database: Connection, emea: Reader) -> None:
    with database.connect() as session:
        assert session.execute(
            "select rolconnlimit, rolsuper, rolbypassrls from pg_roles"
            " where rolname = %s",
            [emea.name],
        ).fetchone() == (READER_CONNECTIONS, False, False)


def test_a_region_that_there_is_not_is_named(
    database: Connection, everybody: Reader, tmp_path: Path
) -> None:
    assert everybody.is_there
    with pytest.raises(UserError, match=r"there is no region MARS .*EMEA, UCAN"):
        ensure_regional_reader(Selection(database, True, ()), tmp_path, "MARS")
