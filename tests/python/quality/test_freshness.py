"""How late a raw table may be: what is usual for it, not what is usual for another."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from streaming_analytics.quality.measuring import measure
from streaming_analytics.warehouse.connection import Connection

TARGET = "late"
SCHEMA = "late_staging"
TABLES = ("viewing", "users", "ratings", "subscriptions", "payments")
LAST = date(2025, 12, 31)
HISTORY = 120
WARNS_ABOVE = 12

# Rows of each day, the last one first.
Days = Sequence[int]


def hours_late(database: Connection, others: Days, **days: Days) -> dict[str, float]:
    """Return the measure of each table, whose rows a day are given."""
    with database.connect() as session:
        session.execute(f"create schema {SCHEMA}")
        for table in TABLES:
            session.execute(
                f"create table {SCHEMA}.stg_streaming_app__{table} "
                "(loaded_at timestamp)"
            )
            session.execute(
                f"""
                insert into {SCHEMA}.stg_streaming_app__{table}
                select %s - cast(ordinality as integer)
                from unnest(%s::integer[]) with ordinality as days (row_count)
                cross join generate_series(1, row_count)
                """,
                [LAST, list(days.get(table, others))],
            )
        session.execute(
            f"""
            create table {SCHEMA}.stg_streaming_app__viewing_arrivals as
            select
                count(*) as plays,
                cast(loaded_at as date) as loaded_date,
                max(loaded_at) as last_loaded_at
            from {SCHEMA}.stg_streaming_app__viewing
            group by 2
            """
        )
        found = dict(measure(session, TARGET)["freshness"])
        session.rollback()
    return {table: numbers["value"] for table, numbers in found.items()}


EVERY_DAY = [40] * HISTORY


def test_a_table_with_rows_on_all_days_is_late_by_what_is_missing(
    database: Connection,
) -> None:
    late = hours_late(database, EVERY_DAY, ratings=[0, *EVERY_DAY[1:]])
    assert late == dict.fromkeys(TABLES, 0) | {"ratings": 24}
    late = hours_late(database, EVERY_DAY, ratings=[0, 0, *EVERY_DAY[2:]])
    assert late["ratings"] == 48


def test_a_table_that_comes_once_a_week_is_late_the_day_after_the_next(
    database: Connection,
) -> None:
    def weekly(days_since: int) -> Days:
        return [
            500 if age % 7 == days_since % 7 and age >= days_since else 0
            for age in range(HISTORY)
        ]

    for days_since, hours in ((0, -168), (6, -24), (7, 0), (8, 24)):
        late = hours_late(database, EVERY_DAY, payments=weekly(days_since))
        # Most of its days have no rows: one more is allowed.
        assert late["payments"] == hours


def test_a_table_that_comes_now_and_then_has_four_deviations_more(
    database: Connection,
) -> None:
    # After one day and after five, in turn: a deviation of two days.
    now_and_then = [9 if age % 6 in (0, 1) else 0 for age in range(HISTORY)]
    late = hours_late(database, EVERY_DAY, users=now_and_then)
    allowed_days = (5 - 1) + 4 * 2 + 1
    assert late["users"] == pytest.approx(-24 * allowed_days, abs=1)


def test_a_new_table_is_held_to_the_days_that_it_has(database: Connection) -> None:
    late = hours_late(database, EVERY_DAY, viewing=[0, 0, 30, 31, 29, 30])
    assert late["viewing"] == 48
    assert hours_late(database, EVERY_DAY, viewing=[0, 0, 30])["viewing"] == 48


@pytest.mark.parametrize("mean", [0.5, 1.0, 1.5, 3.0, 6.0, 12.0])
def test_chance_is_rarely_late_and_a_standstill_soon(
    database: Connection, mean: float
) -> None:
    """Rows a day by chance: a day without any is no fault, and a long standstill is."""
    chance = np.random.default_rng(7)
    counts = chance.poisson(mean, size=(20, HISTORY))
    false_alarms = sum(
        hours_late(database, EVERY_DAY, ratings=days.tolist())["ratings"] > WARNS_ABOVE
        for days in counts
    )
    assert false_alarms == 0
    standstill = int(12 + 12 / mean)
    late = hours_late(
        database, EVERY_DAY, ratings=[0] * standstill + counts[0].tolist()
    )
    assert late["ratings"] > WARNS_ABOVE
