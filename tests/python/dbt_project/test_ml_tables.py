"""The tables that training fills: there before anything was trained."""

from pathlib import Path

from dbt_sample import ROOT, Built, Dbt

from streaming_analytics.models.declaration import read_fitted_tables
from streaming_analytics.warehouse.connection import Connection

COLUMNS = """
select table_name::text, array_agg(column_name::text order by ordinal_position)
from information_schema.columns
where table_schema = 'ml'
group by 1
"""


def test_a_build_from_nothing_makes_them_empty_and_as_declared(built: Built) -> None:
    with built.connection.connect() as session:
        made = dict(session.execute(COLUMNS).fetchall())
        runs = session.execute("select count(*) from ml.runs").fetchone()

    declared = read_fitted_tables(ROOT)
    assert made == {name: list(table.column_names) for name, table in declared.items()}
    assert runs == (0,)


def test_one_of_another_shape_is_made_anew_and_others_are_kept(
    dbt: Dbt, database: Connection, tmp_path: Path
) -> None:
    def run() -> None:
        done = dbt(
            "run",
            "--select",
            "util_raw_data",
            "--vars",
            "{as_of_date: 2025-12-31}",
            connection=database,
            target=tmp_path,
        )
        assert done.returncode == 0, done.stdout

    run()
    with database.connect() as session:
        session.execute("insert into ml.runs (run_id) values (1)")
        session.execute("alter table ml.churn_coefficients add column older integer")
        session.execute("insert into ml.churn_coefficients (run_id) values (1)")
    run()

    with database.connect() as session:
        made = dict(session.execute(COLUMNS).fetchall())
        runs = session.execute("select run_id from ml.runs").fetchall()
        coefficients = session.execute("select * from ml.churn_coefficients").fetchall()
    declared = read_fitted_tables(ROOT)["churn_coefficients"]
    assert made["churn_coefficients"] == list(declared.column_names)
    assert (runs, coefficients) == ([(1,)], [])
