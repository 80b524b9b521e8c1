"""The constraints in the database are those of the contract, whatever was built."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from dbt_sample import Built, Dbt, copied

from streaming_analytics.warehouse.connection import Connection

# Seconds within which a loaded machine builds two models.
PATIENCE = 60
# A table, the constraint's kind and, without spaces, what it says.
Constraint = tuple[str, str, str]


@pytest.fixture
def dev(built: Built) -> Iterator[Connection]:
    """Yield a copy of the built sample."""
    with copied(built.connection, "constrained") as connection:
        yield connection


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which dbt finds what it parsed for the test before."""
    return tmp_path_factory.mktemp("constrained")


def _marts(built: Built) -> list[dict[str, Any]]:
    return [
        node
        for node in built.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["contract"]["enforced"]
    ]


def _promised(built: Built) -> set[Constraint]:
    """Return what the contracts say, NOT NULL of keys included."""
    promised = set()
    for mart in _marts(built):
        name = mart["name"]
        for column in mart["columns"].values():
            if any(c["type"] == "not_null" for c in column["constraints"]):
                promised.add((name, "not_null", column["name"]))
        for constraint in mart["constraints"]:
            columns = ",".join(constraint["columns"])
            if constraint["type"] == "primary_key":
                promised.add((name, "primary_key", columns))
                promised |= {(name, "not_null", c) for c in constraint["columns"]}
            elif constraint["type"] == "foreign_key":
                found = re.search(r"(\w+)\W*$", constraint["to"])
                assert found is not None
                target = f"{found[1]}({','.join(constraint['to_columns'])})"
                promised.add((name, "foreign_key", f"{columns}->{target}"))
    return promised


def _held(connection: Connection) -> set[Constraint]:
    """Return what PostgreSQL enforces on the marts; a key it has not checked is not."""
    with connection.connect() as session:
        rows = session.execute(
            """
            select
                child.relname,
                contype::text,
                (
                    select string_agg(attname, ',' order by place)
                    from unnest(conkey) with ordinality as key (number, place)
                    inner join pg_attribute
                        on attrelid = conrelid and attnum = key.number
                ),
                parent.relname,
                (
                    select string_agg(attname, ',' order by place)
                    from unnest(confkey) with ordinality as key (number, place)
                    inner join pg_attribute
                        on attrelid = confrelid and attnum = key.number
                )
            from pg_constraint
            inner join pg_class as child on child.oid = conrelid
            left join pg_class as parent on parent.oid = confrelid
            where contype in ('p', 'f')
                and convalidated
                and child.relnamespace::regnamespace::text like 'dev\\_mart\\_%'
            union all
            select relname, 'n', attname, null, null
            from pg_attribute
            inner join pg_class on pg_class.oid = attrelid
            where relkind = 'r'
                and attnotnull
                and attnum > 0
                and relnamespace::regnamespace::text like 'dev\\_mart\\_%'
            """
        ).fetchall()
    kinds = {"p": "primary_key", "f": "foreign_key", "n": "not_null"}
    return {
        (
            table,
            kinds[kind],
            columns if target is None else f"{columns}->{target}({target_columns})",
        )
        for table, kind, columns, target, target_columns in rows
    }


def test_a_build_from_nothing_sets_every_constraint(built: Built) -> None:
    promised = _promised(built)
    kinds = [kind for _, kind, _ in promised]
    assert kinds.count("primary_key") == len(_marts(built))
    assert kinds.count("foreign_key") > 80
    assert _held(built.connection) == promised


def test_no_type_loses_its_digits(built: Built) -> None:
    """CREATE TABLE AS would keep what the expression yields, not what is promised."""
    promised = {
        (mart["name"], column["name"]): column["data_type"].replace(" ", "")
        for mart in _marts(built)
        for column in mart["columns"].values()
        if "(" in column["data_type"]
    }
    with built.connection.connect() as session:
        rows = session.execute(
            """
            select relname, attname, format_type(atttypid, atttypmod)
            from pg_attribute
            inner join pg_class on pg_class.oid = attrelid
            where relkind = 'r'
                and relnamespace::regnamespace::text like 'dev\\_mart\\_%'
            """
        ).fetchall()
    held = {(table, column): type_ for table, column, type_ in rows}
    assert len(promised) > 100
    assert promised == {column: held[column] for column in promised}


@pytest.mark.parametrize(
    "selected",
    [
        pytest.param(["dim_users", "dim_content"], id="parents alone"),
        pytest.param(["fct_ratings", "dim_plans"], id="a child and a parent of others"),
        pytest.param(["group:core"], id="a whole area"),
    ],
)
def test_building_a_part_leaves_every_constraint_in_place(
    built: Built, dbt: Dbt, dev: Connection, target: Path, selected: list[str]
) -> None:
    before = _tables(dev)
    # Without it, tables whose rows are as ever would be kept.
    arguments = ["run", "--full-refresh", "--select", *selected]
    completed = dbt(*arguments, connection=dev, target=target)
    assert completed.returncode == 0, completed.stdout
    assert _tables(dev) != before
    assert _held(dev) == _promised(built)


def test_a_reader_of_a_parent_holds_up_no_model_after_its_child(
    dbt: Dbt, dev: Connection, target: Path
) -> None:
    """To drop the child's old table takes a lock that waits for the reader."""
    arguments = ["run", "--full-refresh", "--select"]
    arguments += ["agg_content_launch_curve", "int_launches"]
    before = _oid(dev, "dev_intermediate.int_launches")
    with ThreadPoolExecutor() as threads, dev.connect() as reader:
        reader.autocommit = False
        reader.execute("select from dev_mart_core.dim_content limit 1")
        run = threads.submit(dbt, *arguments, connection=dev, target=target)
        patience = time.monotonic() + PATIENCE
        while _oid(dev, "dev_intermediate.int_launches") == before:
            if run.done() or time.monotonic() > patience:
                break
            time.sleep(0.2)
        after = _oid(dev, "dev_intermediate.int_launches")
        is_waiting = not run.done()
        reader.rollback()
        completed = run.result()
    assert (after != before, is_waiting) == (True, True), completed.stdout
    assert completed.returncode == 0, completed.stdout
    left = "dev_mart_content.agg_content_launch_curve__dbt_backup"
    assert _oid(dev, left) is None


def _oid(connection: Connection, table: str) -> int | None:
    with connection.connect() as session:
        row = session.execute("select to_regclass(%s)::oid", [table]).fetchone()
    return None if row is None else row[0]


def _tables(connection: Connection) -> set[int]:
    """Return the tables' object ids, which a rebuilt table has new."""
    with connection.connect() as session:
        rows = session.execute("select oid from pg_class where relkind = 'r'")
        return {oid for (oid,) in rows}


@pytest.fixture
def withdrawn(dev: Connection) -> Connection:
    """Return the copy with a rating of a title that there is not."""
    with dev.connect() as session:
        session.execute(
            """
            alter table dev_mart_core.fct_ratings
            drop constraint content_id_fkey;
            update dev_mart_core.fct_ratings
            set content_id = 'withdrawn'
            where rating_id = (select min(rating_id) from dev_mart_core.fct_ratings)
            """
        )
    return dev


def test_rows_that_a_rebuilt_parent_lost_stop_the_build(
    dbt: Dbt, withdrawn: Connection, target: Path
) -> None:
    arguments = ["run", "--select", "dim_content"]
    completed = dbt(*arguments, connection=withdrawn, target=target)
    assert completed.returncode != 0
    assert "(content_id)=(withdrawn) is not present" in completed.stdout


def test_a_table_left_out_gets_its_key_when_it_is_built(
    built: Built, dbt: Dbt, withdrawn: Connection, target: Path
) -> None:
    """After the sample come own data: tables that are built after training are old."""
    arguments = ["run", "--full-refresh", "--select", "dim_content", "fct_ratings"]
    arguments += ["--exclude", "fct_ratings"]
    first = dbt(*arguments, connection=withdrawn, target=target)
    assert first.returncode == 0, first.stdout
    missing = ("fct_ratings", "foreign_key", "content_id->dim_content(content_id)")
    assert _promised(built) - _held(withdrawn) == {missing}

    arguments = ["run", "--full-refresh", "--select", "fct_ratings"]
    second = dbt(*arguments, connection=withdrawn, target=target)
    assert second.returncode == 0, second.stdout
    assert _held(withdrawn) == _promised(built)
