"""Plain dbt from nothing, and what it must refuse."""

import json
from pathlib import Path

import pytest
from dbt_sample import Built, Dbt

from streaming_analytics.warehouse.connection import Connection


def test_dbt_build_from_nothing_passes_with_warnings_as_errors(built: Built) -> None:
    assert built.completed.returncode == 0, built.completed.stdout
    statuses: dict[str, set[str]] = {}
    for result in built.results:
        kind = result["unique_id"].split(".")[0]
        statuses.setdefault(kind, set()).add(result["status"])
    assert statuses == {
        "seed": {"success"},
        "model": {"success"},
        "snapshot": {"success"},
        "test": {"pass"},
        "unit_test": {"pass"},
        # There is nothing to run for one.
        "exposure": {"no-op"},
        # The tables that training fills.
        "operation": {"success"},
    }


def test_the_sample_is_as_large_as_promised(built: Built) -> None:
    with built.connection.connect() as session:
        counts = session.execute(
            """
            select
                (select count(*) from dev_mart_core.dim_users),
                (select count(*) from dev_mart_core.fct_viewing),
                (select count(*) from dev_intermediate.util_months)
            """
        ).fetchone()
    assert counts is not None
    users, plays, months = counts
    assert users >= 1_000
    assert plays >= 80_000
    assert months == 24


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("raw_data", "elsewhere", "raw_data is 'elsewhere'; use one of: sample"),
        ("as_of_date", "31.12.2025", "as_of_date is '31.12.2025'; use yyyy-mm-dd"),
        ("as_of_date", "2025-01-01'; drop table x; --", "use yyyy-mm-dd"),
        ("churn_grace_days", "7) or (1=1", "use a whole number from 0 to 90"),
        ("completer_percent", 101, "use a whole number from 1 to 100"),
        ("rating_prior_weight", -5, "use a whole number from 1 to 1000"),
    ],
)
def test_a_variable_that_is_not_what_it_should_be_stops_the_build(
    dbt: Dbt,
    warehouse: Connection,
    tmp_path: Path,
    name: str,
    value: str | int,
    complaint: str,
) -> None:
    completed = dbt(
        "compile",
        "--vars",
        json.dumps({name: value}),
        connection=warehouse,
        target=tmp_path,
    )
    assert completed.returncode != 0
    assert complaint in " ".join(completed.stdout.split()), completed.stdout
