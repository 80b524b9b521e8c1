"""Raw tables that another tool keeps, read where they are: nothing is copied."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbt_sample import ROOT, Built, Dbt, copied
from psycopg import sql

from streaming_analytics.errors import UserError
from streaming_analytics.mapped_tables import FILE, mapped_tables
from streaming_analytics.project import Project
from streaming_analytics.raw_contract import RawTable, read_raw_contract
from streaming_analytics.warehouse.connection import Connection

TABLES = [
    table
    for table in read_raw_contract(Project(ROOT).raw_contract)
    if not table.has_default
]
# Not in the other tool's schema at all, and a column that it does not have.
ABSENT, WITHOUT = "campaign_spend", ("viewing", "paused_seconds")
# Columns that it has in another form, and what makes the contract's of them.
OTHER_FORMS = {
    ("viewing", "started_at"): (
        "extract(epoch from started_at)",
        "to_timestamp(its_started_at) at time zone 'UTC'",
    ),
    ("viewing", "is_autoplayed"): (
        "case when is_autoplayed then 'Y' else 'N' end",
        "its_is_autoplayed = 'Y'",
    ),
}


def mapping() -> dict[str, dict[str, object]]:
    return {
        table.name: {
            "schema": "another_tool",
            "table": f"{table.name} of it",
            "columns": {
                name: OTHER_FORMS.get((table.name, name), ("", f"its_{name}"))[1]
                for name in table.column_names
                if (table.name, name) != WITHOUT
            },
        }
        for table in TABLES
        if table.name != ABSENT
    }


def make_tables(connection: Connection) -> None:
    with connection.connect() as session:
        session.execute("create schema another_tool")
        for table in TABLES:
            if table.name == ABSENT:
                continue
            columns = sql.SQL(", ").join(
                sql.SQL("{} as {}").format(
                    sql.SQL(form[0]) if form else sql.Identifier(name),  # ty: ignore
                    sql.Identifier(f"its_{name}"),
                )
                for name in table.column_names
                if (table.name, name) != WITHOUT
                for form in (OTHER_FORMS.get((table.name, name)),)
            )
            parts = sql.SQL(" union all ").join(
                sql.SQL("select {} from {}").format(
                    columns, sql.Identifier("dev_sample", seed)
                )
                for seed in table.seeds
            )
            session.execute(
                sql.SQL("create table {} as {}").format(
                    sql.Identifier("another_tool", f"{table.name} of it"), parts
                )
            )


@pytest.fixture(scope="module")
def mapped(
    built: Built, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Connection, dict]]:
    """Yield staging built from the other tool's tables, and what freshness said."""
    target = tmp_path_factory.mktemp("mapped")
    variables = json.dumps({"raw_data": "loaded", "raw_tables": mapping()})
    with copied(built.connection, "mapped") as connection:
        make_tables(connection)
        for command in (
            ["run", "--select", "path:models/staging/streaming_app", "--target", "ci"],
            ["source", "freshness", "--select", "source:raw.users", "--target", "ci"],
        ):
            done = dbt(
                *command, "--vars", variables, connection=connection, target=target
            )
            assert done.returncode == 0, done.stdout[-3000:]
        yield connection, json.loads((target / "sources.json").read_text())


def staged(table: RawTable) -> str:
    return f"stg_streaming_app__{table.name}"


def test_staging_is_what_it_is_of_loaded_rows(
    mapped: tuple[Connection, dict],
) -> None:
    connection, _ = mapped
    differing = {}
    with connection.connect() as session:
        for table in TABLES:
            names = [
                name
                for (name,) in session.execute(
                    "select column_name from information_schema.columns"
                    " where table_schema = 'dev_staging' and table_name = %s",
                    [staged(table)],
                )
                if (table.name, name) != WITHOUT
            ]
            assert names
            columns = sql.SQL(", ").join(map(sql.Identifier, names))
            loaded, mapped_ = (
                sql.SQL("select {} from {}").format(
                    columns, sql.Identifier(schema, staged(table))
                )
                for schema in ("dev_staging", "ci_staging")
            )
            (rows,) = session.execute(
                sql.SQL(
                    "select count(*) from (({0} except all {1})"
                    " union all ({1} except all {0})) as differing"
                ).format(loaded, mapped_)
            ).fetchone() or (None,)
            if rows:
                differing[table.name] = rows
        (absent,) = session.execute(
            "select count(*) from dev_staging.stg_streaming_app__campaign_spend"
        ).fetchone() or (0,)
    # What is absent is empty, and nothing else differs.
    assert differing == {ABSENT: absent}
    assert absent > 0


def test_what_is_not_mapped_is_null_in_the_contracts_type(
    mapped: tuple[Connection, dict],
) -> None:
    connection, _ = mapped
    with connection.connect() as session:
        assert session.execute(
            "select count(*) > 0, count(paused_seconds),"
            " min(pg_typeof(paused_seconds)::text)"
            " from ci_staging.stg_streaming_app__viewing"
        ).fetchone() == (True, 0, "integer")


def test_freshness_is_asked_where_the_table_is(
    mapped: tuple[Connection, dict],
) -> None:
    connection, freshness = mapped
    (result,) = freshness["results"]
    with connection.connect() as session:
        (latest,) = session.execute(
            "select max(loaded_at) from dev_sample.users"
        ).fetchone() or (None,)
    assert result["unique_id"].endswith("raw.users")
    assert result["max_loaded_at"].startswith(f"{latest:%Y-%m-%dT%H:%M:%S}")


def test_a_column_that_the_contract_lacks_is_named(
    built: Built, dbt: Dbt, tmp_path: Path
) -> None:
    tables = {"users": {"columns": {"id": "id", "loaded_at": "now()"}}}
    done = dbt(
        "compile",
        "--select",
        "stg_streaming_app__users",
        "--vars",
        json.dumps({"raw_data": "loaded", "raw_tables": tables}),
        connection=built.connection,
        target=tmp_path,
    )

    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert "raw_tables: users has no column id; it has user_id," in said


def test_the_file_is_read_as_a_variable_of_dbt(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert mapped_tables(project) == {}
    (tmp_path / FILE).write_text(
        "raw_data: loaded\nraw_tables:\n  users: {columns: {user_id: id}}\n"
    )
    tables = {"raw_tables": {"users": {"columns": {"user_id": "id"}}}}
    assert mapped_tables(project) == tables


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raw_tables: [", "is not YAML"),
        ("raw_tables: {users: accounts}", "has no tables under raw_tables, each with"),
        ("users: {columns: {}}", "has no tables under raw_tables"),
        ("", "has no tables under raw_tables"),
    ],
)
def test_a_file_without_a_mapping_is_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(UserError, match=message):
        mapped_tables(Project(tmp_path))
