"""History: what changed in place stays readable as it was, on the data's own days."""

from pathlib import Path

import pytest
from dbt_sample import Built, Dbt, copied

from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

HISTORY = """
    select
        current_plan_code, dbt_valid_from::date::text, dbt_valid_to::date::text
    from dev_snapshots.users_history
    where user_id = '{}'
    order by dbt_valid_from, dbt_valid_to
"""
COPY = "create table kept as select * from dev_mart_core.dim_users where user_id = '{}'"


def test_a_change_a_loss_and_a_return_are_versions_that_never_overlap(
    built: Built, dbt: Dbt, tmp_path: Path
) -> None:
    with copied(built.connection, "history") as connection:

        def on(day: str, change: str = "select 1") -> None:
            """Let the data's today be a day, change something, take the snapshots."""
            with connection.connect() as session:
                # Other tables keep what refers to what is changed.
                session.execute("set local session_replication_role = replica")
                session.execute(
                    "update dev_intermediate.util_as_of_date set as_of_date = %s", [day]
                )
                session.execute(trusted(change))
            done = dbt(
                "build",
                "--select=resource_type:snapshot",
                connection=connection,
                target=tmp_path / "target",
            )
            assert done.returncode == 0, done.stdout

        (mover, leaver), first = accounts(connection)
        update = (
            "update dev_mart_core.dim_users set current_plan_code = '{}' "
            "where user_id = '{}'"
        )
        on("2026-01-10", update.format("gold", mover))
        on(
            "2026-01-20",
            f"{update.format('iron', mover)}; {COPY.format(leaver)}; "
            f"delete from dev_mart_core.dim_users where user_id = '{leaver}'",
        )
        # Data of an earlier day that are loaded again reach into nothing known.
        on("2026-01-15", update.format("lead", mover))
        on("2026-02-01", "insert into dev_mart_core.dim_users select * from kept")

        assert history(connection, mover) == [
            (first[mover], "2025-12-31", "2026-01-10"),
            ("gold", "2026-01-10", "2026-01-20"),
            ("iron", "2026-01-20", "2026-01-20"),
            ("lead", "2026-01-20", None),
        ]
        assert history(connection, leaver) == [
            (first[leaver], "2025-12-31", "2026-01-20"),
            (first[leaver], "2026-02-01", None),
        ]


def accounts(connection: Connection) -> tuple[list[str], dict[str, str]]:
    """Return two accounts without a day of their own, and the plans of all."""
    with connection.connect() as session:
        rows = session.execute(
            """
            select user_id, current_plan_code from dev_snapshots.users_history
            where dbt_valid_to is null order by user_id limit 2
            """
        ).fetchall()
    return [user for user, _ in rows], dict(rows)


def history(connection: Connection, user: str) -> list[tuple[str, ...]]:
    with connection.connect() as session:
        return session.execute(trusted(HISTORY.format(user))).fetchall()


@pytest.mark.parametrize(
    "name", ["plans_history", "plan_prices_history", "content_history", "users_history"]
)
def test_a_build_takes_every_snapshot(built: Built, name: str) -> None:
    with built.connection.connect() as session:
        rows = session.execute(
            trusted(f"select count(*), count(dbt_valid_to) from dev_snapshots.{name}")
        ).fetchone()
    assert rows is not None
    assert rows[0] > 0
    assert rows[1] == 0
