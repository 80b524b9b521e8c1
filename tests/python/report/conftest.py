"""Platforms that pages are made of: empty, of one region, with a quiet month."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import pytest
from dbt_sample import Built, copied

from streaming_analytics.mart_contract import MartContract, read_mart_contract
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted


def _delete_from_all(condition: str) -> str:
    """Return a block that deletes from every mart table with the column named."""
    column = condition.split()[0]
    return f"""
        do $$
        declare found record;
        begin
            for found in
                select table_schema, table_name
                from information_schema.columns
                where table_schema like 'mart\\_%' and column_name = '{column}'
            loop
                execute format(
                    'delete from %I.%I where {condition.replace("'", "''")}',
                    found.table_schema, found.table_name);
            end loop;
        end $$;
    """


# Keys off: whole areas go at once.
_UNKEYED = "set session_replication_role = replica;"
EMPTY = (
    _UNKEYED
    + """
    do $$
    declare found record;
    begin
        for found in
            select table_schema, table_name from information_schema.tables
            where table_schema like 'mart\\_%'
        loop
            execute format('delete from %I.%I', found.table_schema, found.table_name);
        end loop;
    end $$;
"""
)
ONE_REGION = (
    _UNKEYED
    + _delete_from_all("region_code <> 'EMEA'")
    + """
    delete from mart_acquisition.agg_member_forecast_by_month
    where segment_type <> 'all' and segment_code <> 'EMEA';
    """
)
QUIET_MONTH = (
    _UNKEYED
    + """
    delete from mart_core.dim_users where signup_month_start_date = date '2025-03-01';
    delete from mart_acquisition.agg_signups_by_day
    where signup_date between date '2025-03-01' and date '2025-03-31';
    update mart_acquisition.agg_platform_growth_by_month
    set signups = 0 where month_start_date = date '2025-03-01';
    """
)


@pytest.fixture(scope="session")
def contract(built: Built) -> MartContract:
    return read_mart_contract(built.manifest)


Changed = Callable[[str, str], AbstractContextManager[Connection]]


@pytest.fixture
def changed(published: Connection) -> Changed:
    """Return a function that yields a copy of the marts with statements run on it."""

    @contextmanager
    def made(name: str, statements: str) -> Generator[Connection]:
        with copied(published, name) as connection:
            with connection.connect() as session:
                session.execute(trusted(statements))
            yield connection

    return made
